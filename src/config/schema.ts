import * as v from "valibot";
import { ACCESSES, TLB_DEFAULTS } from "./model.js";

/** More entries than any TLB, and few enough for memory. */
export const MAX_ENTRIES = 1 << 20;
/** Levels of TLB: more than any hierarchy, and few enough for one call each. */
const MAX_LEVEL = 64;

const whole = (least: number, most: number) =>
  v.pipe(
    v.number(`a whole number from ${least} to ${most}`),
    v.integer(`a whole number from ${least} to ${most}`),
    v.minValue(least, `a whole number from ${least} to ${most}`),
    v.maxValue(most, `a whole number from ${least} to ${most}`),
  );

const oneOf = <const T extends readonly string[]>(values: T) => v.picklist(values, anyOf(values));
const only = <const T extends string>(value: T) =>
  v.literal(value, `"${value}" (nothing else in this version)`);
const unlimited = v.null("null, for unlimited (nothing else in this version)");
/** A second at 1 GHz: more than any event costs. */
const MAX_CYCLES = 1_000_000_000;
const cycles = whole(0, MAX_CYCLES);

function anyOf(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(" or ");
}

const distinctList = <const T extends readonly string[]>(values: T) => {
  const allowed = `a list of ${anyOf(values)}, each once`;
  return v.pipe(
    v.array(v.picklist(values, anyOf(values)), allowed),
    v.minLength(1, allowed),
    v.check((items) => new Set(items).size === items.length, allowed),
  );
};

/** Names that paths can carry: `l1d.entries`, `tlb.l1d.misses`. */
const name = v.pipe(
  v.string("a name of letters, digits, - and _"),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "a name of letters, digits, - and _"),
);

const tlb = v.strictObject(
  {
    name,
    level: whole(1, MAX_LEVEL),
    kinds: v.optional(distinctList(ACCESSES), [...TLB_DEFAULTS.kinds]),
    pageSizes: v.array(v.string()),
    entries: v.any(),
    ways: v.any(),
    policy: v.optional(v.any(), "lru"),
    index: v.optional(v.any(), "mod"),
    latency: v.optional(cycles, TLB_DEFAULTS.latency),
  },
  "a TLB: { name, level, kinds, pageSizes, entries, ways, policy, index, latency }",
);

const walkCache = v.strictObject(
  {
    level: v.string(),
    levels: v.optional(v.array(v.string())),
    invlpg: v.optional(v.any(), "freed"),
    entries: whole(1, MAX_ENTRIES),
    ways: whole(1, MAX_ENTRIES),
    policy: v.optional(v.any(), "lru"),
  },
  "a walk cache: { level, entries, ways, policy }",
);

/** The shape of a whole configuration. What its parts must have in common is in `rules.ts`. */
export const schema = v.strictObject(
  {
    $schema: v.optional(v.string("a text")),
    name: v.optional(v.string("a text")),
    description: v.optional(v.string("a text")),
    sources: v.optional(v.record(v.string(), v.string("a text"), "an object of texts")),
    pageTable: v.any(),
    regions: v.any(),
    prefetch: v.any(),
    nested: v.any(),
    cores: v.any(),
    asids: v.any(),
    mode: v.any(),
    validate: v.any(),
    seed: v.any(),
    state: v.any(),
    pageSize: v.string(),
    tlb: v.array(tlb, "a list of TLBs"),
    walkCache: v.array(walkCache, "a list of walk caches"),
    caches: v.any(),
    memory: v.strictObject(
      { frames: unlimited, policy: only("lru"), swap: unlimited },
      "an object { frames, policy, swap }",
    ),
    latency: v.strictObject(
      { memory: cycles, minorFault: cycles, majorFault: cycles },
      "an object { memory, minorFault, majorFault }",
    ),
    count: v.strictObject(
      { modify: oneOf(["twice", "once"]), crossing: oneOf(["split", "first"]) },
      "an object { modify, crossing }",
    ),
    onFault: oneOf(["continue", "stop"]),
  },
  "a configuration: a JSON object",
);
