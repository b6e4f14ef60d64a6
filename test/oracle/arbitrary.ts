// Random machines and traces, for fast-check.

import fc from "fast-check";
import type { Access, Config, ConfigInput, PageSize } from "../../src/config/model.js";
import { resolveConfig } from "../../src/config/resolve.js";
import type { OracleRecord } from "./machine.js";

const SIZES: PageSize[] = ["4K", "2M", "1G"];

/** How the TLBs of one level share the kinds of access among them. */
const SPLITS: Access[][][] = [
  [["instruction", "load", "store"]],
  [["instruction"], ["load", "store"]],
  [["instruction"], ["load"], ["store"]],
  [["instruction", "load"], ["store"]],
  [["load", "store"]],
  [["instruction"]],
  [["store"]],
];

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

const level = fc.record({
  split: fc.constantFrom(...SPLITS),
  shapes: fc.array(geometry, { minLength: 3, maxLength: 3 }),
  pageSizes: fc.uniqueArray(fc.constantFrom(...SIZES), { minLength: 1 }),
  latency: fc.integer({ min: 0, max: 20 }),
});

const walkCache = fc
  .uniqueArray(fc.constantFrom("pml4" as const, "pdpt" as const, "pd" as const))
  .chain((levels) =>
    fc.tuple(
      ...levels.map((level) => geometry.map(({ sets, ways }) => ({ level, entries: sets * ways, ways }))),
    ),
  );

/** A whole, valid configuration. */
export const machines: fc.Arbitrary<Config> = fc
  .record({
    levels: fc.array(level, { maxLength: 3 }),
    walkCache,
    pageSize: fc.constantFrom(...SIZES),
    count: fc.record({
      modify: fc.constantFrom("twice" as const, "once" as const),
      crossing: fc.constantFrom("split" as const, "first" as const),
    }),
    onFault: fc.constantFrom("continue" as const, "continue" as const, "stop" as const),
  })
  .map(({ levels, walkCache, pageSize, count, onFault }) => {
    const tlb: ConfigInput["tlb"] = levels.flatMap(({ split, shapes, pageSizes, latency }, i) =>
      split.map((kinds, j) => {
        const { sets, ways } = shapes[j] ?? { sets: 1, ways: 1 };
        return { name: `t${i}x${j}`, level: i + 1, kinds, pageSizes, entries: sets * ways, ways, latency };
      }),
    );
    const held = tlb.flatMap(({ pageSizes }) => pageSizes);
    const size = held.length === 0 || held.includes(pageSize) ? pageSize : held[0];
    return resolveConfig({ tlb, walkCache, count, onFault, ...(size ? { pageSize: size } : {}) });
  });

const kind = fc.constantFrom("instruction" as const, "load" as const, "store" as const, "modify" as const);
const size = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 16 }) },
  { weight: 2, arbitrary: fc.integer({ min: 17, max: 9000 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_536, 1_048_576) },
);

/** Places that make pages collide, cross, and leave the address space. */
const BASES = [
  0n,
  0x400000n,
  0x4_0000_0040_0000n,
  0x1ffeffe000n,
  0x40000000n - 0x1000n,
  0x7fff_ffff_f000n,
  0x8000_0000_0000n,
  0xffff_7fff_ffff_f000n,
  0xffff_8000_0000_0000n,
  0xffff_ffff_ffff_e000n,
  0x1234_5678_9abc_d000n,
];

const offset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 63 }) },
  { weight: 3, arbitrary: fc.integer({ min: 4080, max: 4095 }) },
);

const address = fc
  .record({
    base: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...BASES.slice(0, 5)) },
      { weight: 1, arbitrary: fc.constantFrom(...BASES) },
    ),
    step: fc.constantFrom(12n, 12n, 16n, 21n, 30n, 39n),
    count: fc.integer({ min: 0, max: 40 }),
    offset,
  })
  .map(({ base, step, count, offset }) => (base + (BigInt(count) << step) + BigInt(offset)) % (1n << 64n));

const record: fc.Arbitrary<OracleRecord> = fc.record({ va: address, size, kind });

/** A trace in which pages come back: a pool of records, replayed in a random order. */
export const traces: fc.Arbitrary<OracleRecord[]> = fc
  .array(record, { minLength: 1, maxLength: 60 })
  .chain((pool) =>
    fc
      .array(fc.nat({ max: pool.length - 1 }), { minLength: 1, maxLength: 600 })
      .map((order) => ({ pool, order })),
  )
  .map(({ pool, order }) => order.flatMap((at) => pool[at] ?? []));

const PREFIX = { instruction: "I  ", load: " L ", store: " S ", modify: " M " } as const;

/** The trace as lackey writes it. */
export function lackeyText(records: readonly OracleRecord[]): Uint8Array {
  const lines = records.map(
    ({ va, size, kind }) => `${PREFIX[kind]}${va.toString(16).padStart(8, "0")},${size}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}
