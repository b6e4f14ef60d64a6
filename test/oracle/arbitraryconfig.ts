// Random machines, for fast-check: simple ones most of all.

import fc from "fast-check";
import {
  ACCESSES,
  type Access,
  type CacheConfig,
  type Config,
  DEFAULTS,
  type NestedConfig,
  type PageTableConfig,
  POLICIES,
  PREFETCHERS,
  type PrefetchConfig,
  type RegionConfig,
  type TlbConfig,
  type TreeTable,
  type WalkCacheConfig,
} from "../../src/config/model.js";
import { configOf, regionOf } from "./configs.js";
import { cutBits, type Shape, type Size, shapeOf, uncut } from "./shapes.js";

const often = <T>(value: T, other: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

const RADIX = [
  { vaBits: 14, paBits: 22, pageBits: 6, levels: [8], leaves: [], pteBytes: 4 },
  { vaBits: 20, paBits: 24, pageBits: 8, levels: [6, 6], leaves: ["l1"], pteBytes: 4 },
  { vaBits: 32, paBits: 32, pageBits: 12, levels: [10, 10], leaves: ["l1"], pteBytes: 4 },
  { vaBits: 30, paBits: 40, pageBits: 10, levels: [5, 5, 5, 5], leaves: ["l2", "l3"], pteBytes: 8 },
] as const;

const granule = fc.record({
  format: fc.constantFrom("aarch64-4k" as const, "aarch64-16k" as const, "aarch64-64k" as const),
  lpa: fc.boolean(),
});

const pageTable: fc.Arbitrary<PageTableConfig> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ format: "x86-64" as const }) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(
        "x86-64-la57" as const,
        "sv32" as const,
        "sv39" as const,
        "sv48" as const,
        "sv57" as const,
      )
      .map((format) => ({ format })),
  },
  { weight: 3, arbitrary: granule },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...RADIX).map(({ levels, leaves, ...rest }) => ({
      format: "radix" as const,
      ...rest,
      levels: [...levels],
      leaves: [...leaves],
    })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      format: fc.constant("hashed" as const),
      collisions: fc.constantFrom("open" as const, "chained" as const),
      slots: fc.constantFrom(2, 4, 16, 256),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      format: fc.constant("inverted" as const),
      frames: often(65_536, fc.constantFrom(16, 100, 1000), 9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      format: fc.constant("elastic-cuckoo" as const),
      ways: fc.integer({ min: 2, max: 4 }),
      slots: fc.constantFrom(4, 16, 256),
    }),
  },
);

const geometry = fc.oneof(
  fc.record({ sets: fc.integer({ min: 1, max: 8 }), ways: fc.integer({ min: 1, max: 6 }) }),
  fc.constantFrom(
    { sets: 16, ways: 4 },
    { sets: 24, ways: 4 },
    { sets: 1, ways: 72 },
    { sets: 1, ways: 400 },
    { sets: 64, ways: 2 },
    { sets: 512, ways: 1 },
  ),
);

const policy = often("lru" as const, fc.constantFrom(...POLICIES), 2);

/** How the TLBs or caches of one level share the kinds of access among them. */
const SPLITS: Access[][][] = [
  [[...ACCESSES]],
  [["instruction"], ["load", "store"]],
  [["instruction"], ["load"], ["store"]],
  [["instruction", "load"], ["store"]],
  [["load", "store"]],
  [["instruction"]],
  [["store"]],
];

type TlbParts = Omit<TlbConfig, "name" | "level" | "kinds" | "pageSizes">;

const tlbParts: fc.Arbitrary<TlbParts> = fc
  .record({
    geometry,
    policy: fc.oneof(
      { weight: 12, arbitrary: policy },
      { weight: 1, arbitrary: fc.constant("ideal" as const) },
    ),
    folds: fc.boolean(),
    latency: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ geometry: { sets, ways }, policy, folds, latency }) => {
    if (policy === "ideal") return { entries: null, ways: null, policy, index: "mod" as const, latency };
    const index = folds && Number.isInteger(Math.log2(sets)) ? ("xor" as const) : ("mod" as const);
    return { entries: sets * ways, ways, policy, index, latency };
  });

/** TLBs of one level: of all sizes given, or one for each. */
const tlbLevel = (sizes: readonly string[]) =>
  fc.record({
    kinds: fc.constantFrom(...SPLITS),
    sizes: fc.uniqueArray(fc.constantFrom(...sizes), { minLength: 1 }),
    bySize: often(false, fc.constant(true)),
    parts: fc.array(tlbParts, { minLength: 18, maxLength: 18 }),
  });

const tlbs = (sizes: readonly string[]): fc.Arbitrary<TlbConfig[]> =>
  fc.array(tlbLevel(sizes), { maxLength: 3 }).map((levels) =>
    levels.flatMap(({ kinds, sizes, bySize, parts }, i) => {
      const groups = bySize ? sizes.map((size) => [size]) : [sizes];
      return kinds
        .flatMap((kinds) => groups.map((pageSizes) => ({ kinds, pageSizes })))
        .map((served, j) => ({
          ...(parts[j] as TlbParts),
          ...served,
          name: `t${i}x${j}`,
          level: i + 1,
        }));
    }),
  );

/** Walk caches: each level's own, and one that several share. */
function walkCaches(
  shape: Shape,
  ways: fc.Arbitrary<{ sets: number; ways: number }>,
): fc.Arbitrary<WalkCacheConfig[]> {
  const upper = shape.levels.slice(0, -1).map(({ name }) => name);
  if (upper.length === 0) return fc.constant<WalkCacheConfig[]>([]);
  const part = fc.record({
    geometry: ways,
    policy,
    invlpg: often("freed" as const, fc.constant("all" as const)),
  });
  return fc
    .record({
      own: fc.subarray(upper),
      shared: often<string[]>([], fc.subarray(upper)),
      parts: fc.array(part, { minLength: upper.length + 1, maxLength: upper.length + 1 }),
    })
    .map(({ own, shared, parts }): WalkCacheConfig[] => {
      const groups = own
        .filter((name) => !shared.includes(name))
        .map((name) => ({ level: name, levels: [name] }));
      if (shared.length > 0) groups.push({ level: "psc", levels: shared });
      return groups.map((group, i) => {
        const { geometry, policy, invlpg } = parts[i] as (typeof parts)[0];
        return { ...group, entries: geometry.sets * geometry.ways, ways: geometry.ways, policy, invlpg };
      });
    });
}

/** Addresses where the tables' spaces begin and end, and where sizes of page meet. */
export function anchorsOf(shape: Shape): bigint[] {
  const end = 1n << cutBits(shape);
  const half = end >> 1n;
  const size = shape.sizes.at(-1)?.bits ?? 12n;
  const largest = 1n << (size < 30n ? size : 30n);
  return [0n, 0n, 0n, half - largest, half, end - largest].map((part) => uncut(shape, part));
}

/** Regions whose ends are pages of the largest size in use, none overlapping, each in one half of the space. */
function regions(shape: Shape, sizes: readonly Size[]): fc.Arbitrary<RegionConfig[]> {
  const unit = 1n << (sizes.at(-1)?.bits ?? 0n);
  const region = fc.record({
    anchor: fc.constantFrom(...anchorsOf(shape)),
    start: fc.integer({ min: 0, max: 4 }),
    length: fc.integer({ min: 1, max: 3 }),
    pageSize: fc.constantFrom(...sizes.map(({ name }) => name)),
    access: fc.oneof(
      { weight: 4, arbitrary: fc.constant("rwx") },
      { weight: 3, arbitrary: fc.constantFrom("r--", "rw-", "r-x", "---", "--x", "-w-") },
    ),
    user: often(true, fc.constant(false)),
    global: often(false, fc.constant(true)),
  });
  return fc.array(region, { maxLength: 4 }).map((list) => {
    const chosen: (RegionConfig & { first: bigint; end: bigint })[] = [];
    for (const { anchor, start, length, ...rest } of list) {
      const first = (anchor / unit + BigInt(start)) * unit;
      const end = first + BigInt(length) * unit;
      const isIn = uncut(shape, BigInt.asUintN(Number(cutBits(shape)), end - 1n)) === end - 1n;
      const isOneHalf = end < 1n << 64n && first >> 63n === end >> 63n;
      const isFree = chosen.every((other) => end <= other.first || other.end <= first);
      if (isIn && isOneHalf && isFree) chosen.push({ ...regionOf(first, end, rest), first, end });
    }
    return chosen.map(({ first: _first, end: _end, ...rest }) => rest);
  });
}

const prefetch: fc.Arbitrary<PrefetchConfig | null> = often(
  null as PrefetchConfig | null,
  fc.record({
    policy: fc.constantFrom(...PREFETCHERS),
    degree: fc.integer({ min: 1, max: 4 }),
    buffer: fc.integer({ min: 1, max: 8 }),
    entries: fc.integer({ min: 1, max: 8 }),
  }),
  2,
);

/** Tables of a host, of the guest's architecture. */
const HOSTS: { guest: RegExp; tables: TreeTable[] }[] = [
  { guest: /^x86/, tables: [{ format: "x86-64" }, { format: "x86-64-la57" }] },
  { guest: /^sv/, tables: [{ format: "sv39" }, { format: "sv48" }] },
  {
    guest: /^aarch64/,
    tables: [
      { format: "aarch64-4k", lpa: false },
      { format: "aarch64-4k", lpa: true },
    ],
  },
];

const oneSet = fc.record({ sets: fc.constant(1), ways: fc.integer({ min: 1, max: 12 }) });

/** Where tables lie is the core's affair: what is keyed by that has one set. */
function nested(hosts: readonly TreeTable[]): fc.Arbitrary<NestedConfig> {
  return fc.constantFrom(...hosts).chain((pageTable) =>
    fc.record({
      pageTable: fc.constant(pageTable),
      pageSize: often("4K", fc.constantFrom("2M", "1G")),
      walkCache: walkCaches(shapeOf(pageTable), oneSet),
      tlb: fc.option(
        fc
          .record({ ways: fc.integer({ min: 1, max: 12 }), policy })
          .map(({ ways, policy }) => ({ entries: ways, ways, policy })),
      ),
    }),
  );
}

/** Up to three levels. The sets of a cache lie within a page, so that it is the same wherever tables are put. */
function caches(shape: Shape): fc.Arbitrary<CacheConfig[]> {
  const most = Math.min(shape.pageBits, 12);
  const part = fc
    .record({
      line: fc.integer({ min: 4, max: Math.min(6, most) }),
      sets: fc.integer({ min: 0, max: 5 }),
      ways: fc.integer({ min: 1, max: 8 }),
      policy,
      latency: fc.integer({ min: 0, max: 50 }),
      vipt: often(false, fc.constant(true)),
    })
    .map(({ line, sets, ways, ...rest }) => {
      const bytes = 2 ** Math.min(line + sets, most) * ways;
      return { ...rest, ways, line: 2 ** line, size: bytes % 1024 === 0 ? `${bytes / 1024}K` : `${bytes}` };
    });
  const level = fc.record({
    kinds: fc.constantFrom(...SPLITS.slice(0, 4)),
    parts: fc.array(part, { minLength: 3, maxLength: 3 }),
  });
  return fc.array(level, { maxLength: 3 }).map((levels) =>
    levels.flatMap(({ kinds, parts }, i) =>
      kinds.map((kinds, j) => {
        const part = parts[j] as (typeof parts)[0];
        return { ...part, name: `c${i}x${j}`, level: i + 1, kinds };
      }),
    ),
  );
}

/** Hosts for a guest; none where its pages may lie beyond what a host's table reaches. */
function hostsFor({ format }: PageTableConfig, shape: Shape, largest: Size): TreeTable[] {
  if (shape.paBits < 35 || largest.bits > 30n) return [];
  return HOSTS.find(({ guest }) => guest.test(format))?.tables ?? [];
}

/** The sizes that a machine uses: the smallest most of all. */
function someSizes(shape: Shape): fc.Arbitrary<Size[]> {
  const { sizes } = shape;
  const fewest = Math.min(2, sizes.length);
  return fc
    .record({
      from: often(0, fc.integer({ min: 0, max: sizes.length - 1 }), 4),
      count: fc.integer({ min: 1, max: fewest + 1 }),
    })
    .map(({ from, count }) => sizes.slice(from, from + count));
}

/** A whole, valid configuration. */
export const machines: fc.Arbitrary<Config> = pageTable.chain((table) => {
  const shape = shapeOf(table);
  return someSizes(shape).chain((sizes) =>
    tlbs(sizes.map(({ name }) => name)).chain((tlb) => {
      const held = sizes.filter(
        ({ name }) => tlb.length === 0 || tlb.some(({ pageSizes }) => pageSizes.includes(name)),
      );
      const hosts = hostsFor(table, shape, held.at(-1) as Size);
      return fc
        .record({
          pageSize: fc.constantFrom(...held.map(({ name }) => name)),
          regions: often<RegionConfig[]>([], regions(shape, held), 1),
          walkCache: walkCaches(shape, geometry),
          prefetch,
          nested: hosts.length > 0 ? often<NestedConfig | null>(null, nested(hosts)) : fc.constant(null),
          caches:
            shape.levels.length > 0
              ? often<CacheConfig[]>([], caches(shape), 2)
              : fc.constant<CacheConfig[]>([]),
          cores: often(1, fc.integer({ min: 2, max: 4 }), 2),
          spareIds: fc.option(fc.integer({ min: 0, max: 3 })),
          mode: often("user" as const, fc.constant("supervisor" as const)),
          latency: often(
            { ...DEFAULTS.latency },
            fc.record({
              memory: fc.integer({ min: 0, max: 300 }),
              minorFault: fc.integer({ min: 0, max: 2000 }),
              majorFault: fc.constant(1_000_000),
            }),
          ),
          count: fc.record({
            modify: fc.constantFrom("twice" as const, "once" as const),
            crossing: fc.constantFrom("split" as const, "split" as const, "first" as const),
          }),
          onFault: often("continue" as const, fc.constant("stop" as const), 9),
          validate: often(false, fc.constant(true)),
          seed: often(0, fc.integer({ min: 1, max: 2 ** 31 })),
        })
        .map(({ spareIds, ...rest }) => {
          const asids = spareIds === null ? null : rest.cores + spareIds;
          return configOf({ pageTable: table, tlb, ...rest, asids });
        });
    }),
  );
});
