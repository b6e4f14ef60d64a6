import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACCESSES, type CacheConfig, POLICIES } from "../../src/config/model.js";
import { runs } from "../builds.js";
import { CoreCaches } from "../caches.js";
import { NaiveCaches } from "../oracle/caches.js";
import { coreWith } from "../testing.js";

const SPLITS: CacheConfig["kinds"][][] = [
  [[...ACCESSES]],
  [["instruction"], ["load", "store"]],
  [["load"], ["store", "instruction"]],
  [["store"]],
];

const shape = fc.record({
  line: fc.constantFrom(4, 16, 32, 64, 64, 64, 128),
  sets: fc.constantFrom(1, 2, 3, 4, 8, 24),
  ways: fc.constantFrom(1, 2, 3, 4, 8, 20),
  policy: fc.oneof({ weight: 3, arbitrary: fc.constant("lru" as const) }, fc.constantFrom(...POLICIES)),
  latency: fc.integer({ min: 0, max: 50 }),
  vipt: fc.boolean(),
});
const level = fc.record({
  split: fc.constantFrom(...SPLITS),
  shapes: fc.tuple(shape, shape, shape),
});

/** Up to three levels, each whole or split, in an order of their own. */
const caches: fc.Arbitrary<CacheConfig[]> = fc
  .array(level, { maxLength: 3 })
  .map((levels) =>
    levels.flatMap(({ split, shapes }, i) =>
      split.map((kinds, j) => {
        const { sets, line, ways, ...rest } = shapes[j] ?? shapes[0];
        return {
          name: `l${i}x${j}`,
          level: i + 1,
          kinds,
          size: `${sets * line * ways}`,
          line,
          ways,
          ...rest,
        };
      }),
    ),
  )
  .chain((caches) => fc.shuffledSubarray(caches, { minLength: caches.length }));

/** Few pages and lines, so that lines come back, and aliases: two pages of addresses to a frame. */
const access = fc.record({
  what: fc.constantFrom(...ACCESSES, "store" as const, "walk" as const),
  page: fc.integer({ min: 0, max: 7 }),
  line: fc.integer({ min: 0, max: 12 }),
  offset: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 63 })),
  bytes: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 16 }) },
    fc.integer({ min: 1, max: 400 }),
  ),
});

const TOP = 0xffff_8000_0000_0000n;
const seeds = fc.integer({ min: 0, max: 1 << 30 });

describe("data caches", () => {
  test("do what their twin does", async () => {
    await fc.assert(
      fc.asyncProperty(
        caches,
        fc.array(access, { minLength: 1, maxLength: 400, size: "max" }),
        seeds,
        async (configs, accesses, seed) => {
          const real = new CoreCaches(await coreWith("testing"), configs, 200, seed);
          const twin = new NaiveCaches(configs, 200, seed);
          for (const { what, page, line, offset, bytes } of accesses) {
            const inPage = BigInt(line * 64 + offset);
            const va = TOP + BigInt(page) * 4096n + inPage;
            const pa = BigInt(page >> 1) * 4096n + inPage;
            if (what === "walk") expect(real.walkRead(pa)).toEqual(twin.walkRead(pa));
            else {
              real.access(va, pa, bytes, what);
              twin.access(va, pa, bytes, what);
            }
          }
          expect(real.stats()).toEqual(twin.stats());
          expect(real.dataCycles()).toBe(twin.dataCycles);
        },
      ),
      { numRuns: runs(200, 5000) },
    );
  });
});
