import * as v from "valibot";
import { nearest } from "../config/nearest.js";
import { PagewalkError, quote } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { HEAP_PRESETS } from "./presets.js";
import { type Problem, policyProblems } from "./rules.js";

export const ORGANISATIONS = [
  "implicit",
  "explicit-lifo",
  "explicit-address",
  "segregated",
  "tlsf",
  "buddy",
] as const;
export const FITS = ["first", "next", "best", "worst"] as const;
export const COALESCINGS = ["immediate", "deferred", "none"] as const;
export const FOOTERS = ["all", "free", "none"] as const;
export const REALLOCS = ["copy", "in-place"] as const;
export const EXTENDS = ["whole", "shortfall"] as const;

/** A heap's policy, whole. Sizes in bytes. */
export interface HeapPolicy {
  /** How free blocks are found. */
  organisation: (typeof ORGANISATIONS)[number];
  /** Which of those that are large enough; of tlsf and buddy, always the first. */
  fit: (typeof FITS)[number];
  /** When neighbours that are free become one block. */
  coalescing: (typeof COALESCINGS)[number];
  /** What payloads are aligned to, and blocks are multiples of. */
  alignment: 8 | 16;
  /** Of each block. */
  header: 4 | 8 | 16;
  /** Of each block that has one. */
  footer: 4 | 8 | 16;
  /** Which blocks have a footer. */
  footers: (typeof FOOTERS)[number];
  /** The smallest block; null: the smallest that header, footer and links of a free block allow. */
  minBlock: number | null;
  /** The smallest rest that becomes a block of its own; null: the smallest block. */
  splitThreshold: number | null;
  /** What the heap starts with, and grows by at least; 0: it starts empty and grows by what is needed. */
  chunk: number;
  /** What it grows by: the block that is wanted, or what the free block at its end lacks of it. */
  extend: (typeof EXTENDS)[number];
  /** Whether realloc stays where it is if it can. */
  realloc: (typeof REALLOCS)[number];
  /** Requests of this size and more are mapped by themselves, on pages of 4096 bytes; null: none are. */
  mmapThreshold: number | null;
  /** Of the heap and what is mapped, in whole pages: more is not to be had, as for a process that may use no more. */
  limit: number;
}

/** A policy over a preset, without one over the first. */
export type HeapPolicyInput = Partial<HeapPolicy> & { preset?: string };

const whole = (least: number, most: number) => {
  const allowed = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(most, allowed));
};
const oneOf = <const T extends readonly (string | number)[]>(values: T) =>
  v.picklist(values, values.map((value) => JSON.stringify(value)).join(" or "));

/** 3 GiB: what fits into linear memory beside everything else. */
export const MAX_HEAP = 3 * 2 ** 30;

/** What each key of a policy may be. @internal */
export const policyEntries = {
  organisation: oneOf(ORGANISATIONS),
  fit: oneOf(FITS),
  coalescing: oneOf(COALESCINGS),
  alignment: oneOf([8, 16]),
  header: oneOf([4, 8, 16]),
  footer: oneOf([4, 8, 16]),
  footers: oneOf(FOOTERS),
  minBlock: v.nullable(whole(8, 65536)),
  splitThreshold: v.nullable(whole(8, MAX_HEAP)),
  chunk: whole(0, 2 ** 30),
  extend: oneOf(EXTENDS),
  realloc: oneOf(REALLOCS),
  mmapThreshold: v.nullable(whole(1, MAX_HEAP)),
  limit: v.pipe(
    whole(4096, MAX_HEAP),
    v.check((value) => value % 4096 === 0, "a multiple of 4096, a page"),
  ),
};
const schema = v.strictObject(policyEntries, "a policy: a preset's name, or an object");

export type HeapPreset = keyof typeof HEAP_PRESETS;
/** Policies by name. */
export const heapPresets = deepFreeze(HEAP_PRESETS);

/**
 * A whole policy, checked and frozen.
 *
 * @param input a preset's name, or what differs from the preset that it names (`{ "preset": "tlsf", "alignment": 16 }`)
 * @throws PagewalkError `E_CONFIG` with every problem at once, each with its JSON path
 */
export function resolvePolicy(input: string | HeapPolicyInput): HeapPolicy {
  if (typeof input === "string") return resolvePolicy({ preset: input });
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw policyError([{ path: "", found: shown(input), allowed: "a preset's name, or an object" }]);
  }
  const { preset = "csapp-implicit-first", ...over } = input;
  const merged = { ...presetNamed(preset), ...over };
  const parsed = v.safeParse(schema, merged);
  if (!parsed.success) throw policyError(firstOfEach(parsed.issues.map(problemOf)));
  const policy = parsed.output as HeapPolicy;
  const problems = policyProblems(policy);
  if (problems.length > 0) throw policyError(problems);
  return deepFreeze({ ...policy });
}

function presetNamed(name: unknown): HeapPolicy {
  if (typeof name === "string" && Object.hasOwn(HEAP_PRESETS, name)) return HEAP_PRESETS[name as HeapPreset];
  const names = Object.keys(HEAP_PRESETS);
  const guess = typeof name === "string" ? nearest(name, names) : undefined;
  const hint = guess ? `; did you mean ${guess}?` : "";
  throw new PagewalkError(
    "E_CONFIG",
    `no heap policy ${shown(name)}${hint} (policies: ${names.join(", ")})`,
    {
      path: "preset",
    },
  );
}

/** Of a value that is wrong in several ways, the first. */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ path }, i) => problems.findIndex((other) => other.path === path) === i);
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = String(issue.path?.[0]?.key ?? "");
  const keys = Object.keys(schema.entries);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const guess = nearest(path, keys);
    return { path, found: "no such key", allowed: `${guess ? `"${guess}"? Keys: ` : ""}${keys.join(", ")}` };
  }
  return { path, found: shown(issue.input), allowed: issue.message };
}

/** A value as it can be told: what was written for it, as far as that is known. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Number.isInteger(value) ? String(BigInt(value)) : String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function policyError(problems: readonly Problem[]): PagewalkError {
  const lines = problems.map(
    ({ path, found, allowed }) => `${path || "the policy"}: ${found}; want ${allowed}`,
  );
  const first = problems[0]?.path;
  return new PagewalkError("E_CONFIG", lines.join(" | "), first ? { path: first } : {}, lines);
}
