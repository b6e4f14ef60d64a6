import * as v from "valibot";
import { heapSchema } from "./heap.js";
import {
  ACCESSES,
  CACHE_DEFAULTS,
  GRANULES,
  INDEXES,
  POLICIES,
  PREFETCH_DEFAULTS,
  PREFETCHERS,
  RADIX_DEFAULTS,
  REGION_DEFAULTS,
  TABLE_DEFAULTS,
  TLB_DEFAULTS,
  TRANSLATIONS,
  TREES,
  WALK_CACHE_DEFAULTS,
} from "./model.js";
import { REPLACEMENT_NAMES, readReplacement } from "./replacement.js";

/** More entries than any TLB, and few enough for memory. */
export const MAX_ENTRIES = 1 << 20;
/** Levels of TLB: more than any hierarchy, and few enough for one call each. */
const MAX_LEVEL = 64;
const MAX_LIST = 64;

const whole = (least: number, most: number) => {
  const allowed = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(most, allowed));
};

const oneOf = <const T extends readonly string[]>(values: T) => v.picklist(values, anyOf(values));
/** A second at 1 GHz: more than any event costs. */
const MAX_CYCLES = 1_000_000_000;
const cycles = whole(0, MAX_CYCLES);
const yes = v.boolean("true or false");

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

const listOf = <const S extends v.GenericSchema>(item: S, what: string) =>
  v.pipe(v.array(item, `a list of ${what}`), v.maxLength(MAX_LIST, `a list of at most ${MAX_LIST} ${what}`));

/** Names that paths can carry: `l1d.entries`, `tlb.l1d.misses`. */
const name = v.pipe(
  v.string("a name of letters, digits, - and _"),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "a name of letters, digits, - and _"),
);

/** Which sizes there are hangs on the page table: a rule says. */
const pageSize = v.pipe(
  v.string('a page size, as in "4K" or "2M"'),
  v.regex(/^[1-9]\d{0,8}[KMGTPE]?$/, 'a page size, as in "4K" or "2M"'),
);

const HEX = 'a hexadecimal number in quotes, as in "0x1000"';
const address = v.pipe(v.string(HEX), v.regex(/^0x[0-9a-fA-F]{1,16}$/, HEX));
const hex = v.pipe(v.string(HEX), v.regex(/^(0x)?[0-9a-fA-F]{1,16}$/, HEX));

const ACCESS = 'what may be done, of r, w and x, as in "rw-"';
const access = v.pipe(v.string(ACCESS), v.regex(/^[r-]?[w-]?[x-]?$/, ACCESS));

const radix = v.strictObject(
  {
    format: v.literal("radix"),
    vaBits: whole(1, 64),
    paBits: whole(1, 52),
    pageBits: whole(2, 30),
    levels: v.pipe(
      v.array(whole(1, 20), "a list of the bits of each level, the root first"),
      v.minLength(1, "a list of the bits of 1 to 8 levels"),
      v.maxLength(8, "a list of the bits of 1 to 8 levels"),
    ),
    leaves: v.optional(v.array(v.string('a level, as in "l1"'), "a list of levels"), [
      ...RADIX_DEFAULTS.leaves,
    ]),
    pteBytes: v.optional(v.picklist([2, 4, 8], "2 or 4 or 8"), RADIX_DEFAULTS.pteBytes),
  },
  "a radix table: { format, vaBits, paBits, pageBits, levels, leaves, pteBytes }",
);

const trees = [
  ...TREES.map((format) => v.strictObject({ format: v.literal(format) }, "a page table: { format }")),
  ...GRANULES.map((format) =>
    v.strictObject(
      { format: v.literal(format), lpa: v.optional(yes, TABLE_DEFAULTS.lpa) },
      "a page table: { format, lpa }",
    ),
  ),
  radix,
] as const;

const slots = v.pipe(
  whole(2, 1 << 24),
  v.check((value) => Math.log2(value) % 1 === 0, "a power of two"),
);

const flats = [
  v.strictObject(
    {
      format: v.literal("hashed"),
      collisions: v.optional(oneOf(["open", "chained"]), TABLE_DEFAULTS.collisions),
      slots: v.optional(slots, TABLE_DEFAULTS.slots),
    },
    "a hashed table: { format, collisions, slots }",
  ),
  v.strictObject(
    { format: v.literal("inverted"), frames: whole(1, 1 << 24) },
    'an inverted table: { format, frames }, as in "frames": 65536',
  ),
  v.strictObject(
    {
      format: v.literal("elastic-cuckoo"),
      ways: v.optional(whole(2, 8), TABLE_DEFAULTS.ways),
      slots: v.optional(slots, TABLE_DEFAULTS.slots),
    },
    "an elastic cuckoo table: { format, ways, slots }",
  ),
] as const;

const treeTable = v.variant("format", [...trees], anyOf([...TREES, ...GRANULES, "radix"]));
const pageTable = v.variant(
  "format",
  [...trees, ...flats],
  anyOf([...TREES, ...GRANULES, "radix", "hashed", "inverted", "elastic-cuckoo"]),
);

const tlb = v.strictObject(
  {
    name,
    level: whole(1, MAX_LEVEL),
    kinds: v.optional(distinctList(ACCESSES), [...TLB_DEFAULTS.kinds]),
    pageSizes: v.pipe(
      v.array(pageSize, "a list of page sizes, each once"),
      v.minLength(1, "a list of page sizes, each once"),
      v.check((items) => new Set(items).size === items.length, "a list of page sizes, each once"),
    ),
    entries: v.optional(v.nullable(whole(1, MAX_ENTRIES))),
    ways: v.optional(v.nullable(whole(1, MAX_ENTRIES))),
    policy: v.optional(oneOf([...POLICIES, "ideal"]), TLB_DEFAULTS.policy),
    index: v.optional(oneOf(INDEXES), TLB_DEFAULTS.index),
    latency: v.optional(cycles, TLB_DEFAULTS.latency),
  },
  "a TLB: { name, level, kinds, pageSizes, entries, ways, policy, index, latency }",
);

const walkCache = v.strictObject(
  {
    level: name,
    levels: v.optional(
      v.pipe(v.array(name, "a list of levels"), v.minLength(1, "a list of one level or more")),
    ),
    entries: whole(1, MAX_ENTRIES),
    ways: whole(1, MAX_ENTRIES),
    policy: v.optional(oneOf(POLICIES), WALK_CACHE_DEFAULTS.policy),
    invlpg: v.optional(oneOf(["freed", "all"]), WALK_CACHE_DEFAULTS.invlpg),
  },
  "a walk cache: { level, levels, entries, ways, policy, invlpg }",
);

const SIZE = 'a size in bytes, K or M, as in "32K"';
const cache = v.strictObject(
  {
    name,
    level: v.optional(whole(1, 3)),
    kinds: v.optional(distinctList(ACCESSES), [...CACHE_DEFAULTS.kinds]),
    size: v.pipe(v.string(SIZE), v.regex(/^[1-9]\d{0,8}[KM]?$/, SIZE)),
    line: v.pipe(
      whole(4, 65536),
      v.check((value) => Math.log2(value) % 1 === 0, "a power of two"),
    ),
    ways: whole(1, MAX_ENTRIES),
    policy: v.optional(oneOf(POLICIES), CACHE_DEFAULTS.policy),
    latency: cycles,
    vipt: v.optional(yes, CACHE_DEFAULTS.vipt),
  },
  "a cache: { name, level, kinds, size, line, ways, policy, latency, vipt }",
);

const region = v.strictObject(
  {
    from: address,
    to: address,
    pageSize: v.optional(pageSize),
    access: v.optional(access, REGION_DEFAULTS.access),
    user: v.optional(yes, REGION_DEFAULTS.user),
    global: v.optional(yes, REGION_DEFAULTS.global),
  },
  "a region: { from, to, pageSize, access, user, global }",
);

const prefetch = v.strictObject(
  {
    policy: oneOf(PREFETCHERS),
    degree: v.optional(whole(1, 64), PREFETCH_DEFAULTS.degree),
    buffer: v.optional(whole(1, 65536), PREFETCH_DEFAULTS.buffer),
    entries: v.optional(whole(1, 65536), PREFETCH_DEFAULTS.entries),
  },
  "null, or a prefetcher: { policy, degree, buffer, entries }",
);

const nested = v.strictObject(
  {
    pageTable: treeTable,
    pageSize: v.optional(pageSize, "4K"),
    walkCache: v.optional(listOf(walkCache, "walk caches"), []),
    tlb: v.optional(
      v.nullable(
        v.strictObject(
          {
            entries: whole(1, MAX_ENTRIES),
            ways: whole(1, MAX_ENTRIES),
            policy: v.optional(oneOf(POLICIES), "lru"),
          },
          "null, or a TLB of guest-physical pages: { entries, ways, policy }",
        ),
      ),
      null,
    ),
  },
  "null, or a host's table: { pageTable, pageSize, walkCache, tlb }",
);

const set = whole(0, MAX_ENTRIES - 1);
const state = v.strictObject(
  {
    pageTable: v.optional(
      v.array(
        v.strictObject(
          {
            vpn: hex,
            ppn: hex,
            access: v.optional(access),
            user: v.optional(yes),
            dirty: v.optional(yes),
          },
          "a page: { vpn, ppn, access, user, dirty }",
        ),
        "a list of { vpn, ppn, access, user, dirty }",
      ),
      [],
    ),
    tlb: v.optional(
      v.record(
        v.string(),
        v.array(
          v.strictObject({ set, tag: hex, ppn: hex }, "an entry: { set, tag, ppn }"),
          "a list of { set, tag, ppn }",
        ),
        "lists by the name of a TLB",
      ),
      {},
    ),
    caches: v.optional(
      v.record(
        v.string(),
        v.array(
          v.strictObject(
            {
              set,
              tag: hex,
              bytes: v.pipe(
                v.string('bytes in hexadecimal, as in "36 72 F0 1D"'),
                v.regex(
                  /^([0-9a-fA-F]{2})(\s+[0-9a-fA-F]{2})*$/,
                  'bytes in hexadecimal, as in "36 72 F0 1D"',
                ),
              ),
            },
            "a line: { set, tag, bytes }",
          ),
          "a list of { set, tag, bytes }",
        ),
        "lists by the name of a cache",
      ),
      {},
    ),
  },
  "null, or contents to start from: { pageTable, tlb, caches }",
);

/** A replacement policy that needs no knowledge of the future. */
const replacement = v.pipe(
  v.string(`a policy: ${REPLACEMENT_NAMES}`),
  v.check((text) => !("problem" in readReplacement(text)), `a policy: ${REPLACEMENT_NAMES}`),
  v.check((text) => text !== "opt", "a policy that does not know the future; `curve` has opt"),
);

/** The shape of what each list has. */
export const itemSchemas = { tlb, walkCache, caches: cache, regions: region } as const;

/** The shape of a whole configuration. What its parts must have in common is in `rules/`. */
export const schema = v.strictObject(
  {
    $schema: v.optional(v.string("a text")),
    name: v.optional(v.string("a text")),
    description: v.optional(v.string("a text")),
    sources: v.optional(v.record(v.string(), v.string("a text"), "an object of texts")),
    translation: oneOf(TRANSLATIONS),
    pageTable,
    pageSize,
    regions: v.array(region, "a list of regions"),
    tlb: listOf(tlb, "TLBs"),
    walkCache: listOf(walkCache, "walk caches"),
    prefetch: v.nullable(prefetch),
    nested: v.nullable(nested),
    caches: v.pipe(v.array(cache, "a list of caches"), v.maxLength(9, "a list of at most 9 caches")),
    cores: whole(1, 64),
    asids: v.nullable(whole(1, 4095)),
    mode: oneOf(["user", "supervisor"]),
    memory: v.strictObject(
      {
        frames: v.nullable(whole(1, 2 ** 28)),
        policy: replacement,
        swap: v.nullable(whole(0, 2 ** 30)),
        contents: yes,
        unmapped: oneOf(["auto", "demand", "strict"]),
        maxMaps: whole(1, 2 ** 31 - 1),
        maxProcesses: v.nullable(whole(1, 2 ** 22)),
        stackPages: whole(1, 2 ** 20),
        pagedTables: yes,
      },
      "an object { frames, policy, swap, contents, unmapped, maxMaps, maxProcesses, stackPages, pagedTables }",
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
    validate: yes,
    seed: whole(0, 2 ** 32 - 1),
    state: v.nullable(state),
    heap: v.nullable(heapSchema),
  },
  "a configuration: a JSON object",
);
