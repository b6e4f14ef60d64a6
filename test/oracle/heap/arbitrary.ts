// Random policies and operations.

import fc from "fast-check";
import {
  COALESCINGS,
  EXTENDS,
  FITS,
  FOOTERS,
  type HeapPolicy,
  ORGANISATIONS,
  REALLOCS,
} from "../../../src/heap/policy.js";
import { policyProblems } from "../../../src/heap/rules.js";
import { type HeapCommand, NULL_SLOT } from "../../heap.js";

/** Any policy that is possible. */
export const anyPolicy: fc.Arbitrary<HeapPolicy> = fc
  .record({
    organisation: fc.constantFrom(...ORGANISATIONS),
    fit: fc.constantFrom(...FITS),
    coalescing: fc.constantFrom(...COALESCINGS),
    alignment: fc.constantFrom(8, 16),
    header: fc.constantFrom(4, 8, 16),
    footer: fc.constantFrom(4, 8, 16),
    footers: fc.constantFrom(...FOOTERS),
    minBlock: fc.constantFrom(null, null, 48, 64),
    splitThreshold: fc.constantFrom(null, null, 64, 100),
    chunk: fc.constantFrom(0, 64, 256, 4096),
    extend: fc.constantFrom(...EXTENDS),
    realloc: fc.constantFrom(...REALLOCS),
    mmapThreshold: fc.constantFrom(null, null, 1, 500, 5000),
    limit: fc.constantFrom(8192, 40_960, 65_536, 303_104),
  })
  .map((policy) => possible(policy as HeapPolicy));

/** A policy without what makes it impossible. */
function possible(policy: HeapPolicy): HeapPolicy {
  const fitting: HeapPolicy = { ...policy };
  for (const { path } of policyProblems(policy)) Object.assign(fitting, { [path]: SAFE[path] });
  return policyProblems(fitting).length > 0 ? possible(fitting) : fitting;
}

const SAFE: Record<string, unknown> = {
  fit: "first",
  footers: "none",
  splitThreshold: null,
  extend: "whole",
  coalescing: "deferred",
  minBlock: 64,
  chunk: 0,
  limit: 303_104,
};

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 700 }) },
  { weight: 3, arbitrary: fc.integer({ min: 500, max: 9000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 9000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32 - 8, 303_103, 303_104, 65_500) },
);

const slot = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 24 }) },
  { weight: 1, arbitrary: fc.constant(NULL_SLOT) },
);

const alignment = fc.constantFrom(1, 8, 16, 32, 64, 256, 4096, 8192, 3, 24, 2 ** 31);

const command: fc.Arbitrary<HeapCommand[]> = fc.oneof(
  // A slot that has a block gets a new one only when that is freed.
  {
    weight: 10,
    arbitrary: fc
      .tuple(slot, size)
      .map(([slot, size]) => [free(slot), { op: "malloc" as const, slot, size }]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(slot, size)
      .map(([slot, size]) => [free(slot), { op: "calloc" as const, slot, size }]),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(slot, size).map(([slot, size]) => [{ op: "realloc" as const, slot, size }]),
  },
  { weight: 10, arbitrary: slot.map((slot) => [free(slot)]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(slot, size, alignment)
      .map(([slot, size, alignment]) => [
        free(slot),
        { op: "align" as const, slot: 0, size: alignment },
        { op: "malloc" as const, slot, size },
      ]),
  },
);

function free(slot: number): HeapCommand {
  return { op: "free", slot, size: 0 };
}

export const anyCommands: fc.Arbitrary<HeapCommand[]> = fc
  .array(command, { minLength: 1, maxLength: 150, size: "max" })
  .map((groups) => groups.flat().filter(({ op, slot }) => slot !== NULL_SLOT || op === "free"));

/** A long sequence of a seed: blocks come and go, mostly small and young ones. */
export function longSequence(seed: number, length: number): HeapCommand[] {
  const next = xorshift(seed);
  const below = (end: number) => Math.floor(next() * end);
  const commands: HeapCommand[] = [];
  const live: number[] = [];
  const spare: number[] = [];
  const most = 50 + below(1000);
  const bytes = () => (next() < 0.9 ? below(200) : next() < 0.9 ? below(5000) : below(400_000));
  while (commands.length < length) {
    const kind = next();
    if (live.length < most * next() || live.length === 0) {
      const slot = spare.pop() ?? live.length + spare.length;
      live.push(slot);
      if (kind < 0.02) commands.push({ op: "align", slot: 0, size: 2 ** below(14) });
      commands.push({ op: kind > 0.1 || kind < 0.02 ? "malloc" : "calloc", slot, size: bytes() });
      continue;
    }
    const at = live.length - 1 - Math.floor(live.length * next() * next());
    const [slot = 0] = live.splice(at, 1);
    const op = kind < 0.2 ? "realloc" : "free";
    const size = op === "realloc" ? bytes() : 0;
    commands.push({ op, slot, size });
    if (size > 0) live.push(slot);
    else spare.push(slot);
  }
  return commands.slice(0, length);
}

function xorshift(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
