import type { HeapPolicy } from "./policy.js";

/** A problem of a policy: where it lies, what stands there, and what is allowed. */
export interface Problem {
  path: string;
  found: string;
  allowed: string;
}

/** One thing that parts of a policy must have in common: what is wrong, or nothing. */
type Rule = (policy: HeapPolicy) => Problem | undefined;

/** What is wrong with a policy whose parts are right by themselves. */
export function policyProblems(policy: HeapPolicy): Problem[] {
  return RULES.flatMap((rule) => rule(policy) ?? []);
}

const RULES: readonly Rule[] = [
  onlyOneFit,
  buddiesHaveNoFooters,
  buddiesSplitInHalves,
  buddiesGrowWhole,
  footersToMergeBy,
  knownTail,
  alignedMinimum,
  largeMinimum,
  largeSplit,
  wholeChunk,
  roomForChunk,
];

function problem(path: keyof HeapPolicy, value: unknown, of: string, allowed: string): Problem {
  return { path, found: `${JSON.stringify(value)}${of}`, allowed };
}

function onlyOneFit({ organisation, fit }: HeapPolicy): Problem | undefined {
  if (fit === "first" || (organisation !== "tlsf" && organisation !== "buddy")) return;
  return problem(
    "fit",
    fit,
    ` of ${organisation}`,
    `"first": of a ${organisation} heap's class any block fits`,
  );
}

function buddiesHaveNoFooters({ organisation, footers }: HeapPolicy): Problem | undefined {
  if (organisation !== "buddy" || footers === "none") return;
  return problem("footers", footers, " of buddy", '"none": a buddy is found by its address');
}

function buddiesSplitInHalves({ organisation, splitThreshold }: HeapPolicy): Problem | undefined {
  if (organisation !== "buddy" || splitThreshold === null) return;
  return problem("splitThreshold", splitThreshold, " of buddy", "null: buddies are halved while they can be");
}

function buddiesGrowWhole({ organisation, extend }: HeapPolicy): Problem | undefined {
  if (organisation !== "buddy" || extend === "whole") return;
  return problem("extend", extend, " of buddy", '"whole": a buddy lies at a multiple of its size');
}

function footersToMergeBy({ organisation, footers, coalescing }: HeapPolicy): Problem | undefined {
  if (organisation === "buddy" || footers !== "none" || coalescing !== "immediate") return;
  const allowed = '"deferred" or "none", or footers: the block before is not found without them';
  return problem("coalescing", coalescing, ' with footers "none"', allowed);
}

function knownTail({ organisation, footers, coalescing, extend }: HeapPolicy): Problem | undefined {
  if (organisation === "buddy" || extend === "whole") return;
  if (coalescing === "none") {
    return problem(
      "extend",
      extend,
      ' with coalescing "none"',
      '"whole": growth is merged with no block before it',
    );
  }
  if (footers !== "none") return;
  return problem(
    "extend",
    extend,
    ' with footers "none"',
    '"whole", or footers: the last block is not found without them',
  );
}

/** What header, footer and a byte of payload take, or in a free block the links. */
export function smallestBlock(policy: HeapPolicy): number {
  const { organisation, header, footer, footers, alignment } = policy;
  const links = organisation === "implicit" ? 0 : 8;
  const used = header + 1 + (footers === "all" ? footer : 0);
  const free = header + links + (footers === "none" ? 0 : footer);
  const bytes = Math.ceil(Math.max(used, free) / alignment) * alignment;
  return organisation === "buddy" ? 2 ** Math.ceil(Math.log2(bytes)) : bytes;
}

function minimumOf(policy: HeapPolicy): number {
  return Math.max(policy.minBlock ?? 0, smallestBlock(policy));
}

function alignedMinimum({ organisation, minBlock, alignment }: HeapPolicy): Problem | undefined {
  if (minBlock === null) return;
  if (minBlock % alignment !== 0)
    return problem("minBlock", minBlock, "", `a multiple of the alignment, ${alignment}`);
  if (organisation !== "buddy" || isPower(minBlock)) return;
  return problem("minBlock", minBlock, " of buddy", "a power of two");
}

function largeMinimum(policy: HeapPolicy): Problem | undefined {
  const { minBlock, header, footer, footers, organisation } = policy;
  const smallest = smallestBlock(policy);
  if (minBlock === null || minBlock >= smallest) return;
  const parts = [
    `header ${header}`,
    footers === "none" ? "" : `footer ${footer}`,
    organisation === "implicit" ? "" : "links 8",
  ];
  return problem("minBlock", minBlock, "", `${smallest} or more, for ${parts.filter(Boolean).join(" + ")}`);
}

function largeSplit(policy: HeapPolicy): Problem | undefined {
  const { splitThreshold } = policy;
  if (splitThreshold === null || splitThreshold >= minimumOf(policy)) return;
  return problem(
    "splitThreshold",
    splitThreshold,
    "",
    `null, or the smallest block, ${minimumOf(policy)}, or more`,
  );
}

function wholeChunk(policy: HeapPolicy): Problem | undefined {
  const { chunk, alignment, organisation } = policy;
  if (chunk === 0) return;
  if (chunk < minimumOf(policy)) {
    return problem("chunk", chunk, "", `0, or the smallest block, ${minimumOf(policy)}, or more`);
  }
  if (organisation === "buddy" && !isPower(chunk))
    return problem("chunk", chunk, " of buddy", "0, or a power of two");
  if (chunk % alignment !== 0)
    return problem("chunk", chunk, "", `a multiple of the alignment, ${alignment}`);
}

function roomForChunk({ chunk, limit, header, footer, footers, alignment }: HeapPolicy): Problem | undefined {
  const up = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const least = chunk + up(header) + (footers === "all" ? up(header + footer) : 0);
  if (limit >= least) return;
  return problem("limit", limit, "", `${least} or more, for a chunk of ${chunk}`);
}

function isPower(value: number): boolean {
  return Math.log2(value) % 1 === 0;
}
