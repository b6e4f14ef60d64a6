import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { CorePools } from "../curve.js";
import { type NaiveLookup, NaivePool } from "../oracle/paging/pool.js";
import { coreWith, TESTING } from "../testing.js";

/** Sizes around what the stack keeps in front, and beyond all pages. */
const SIZES = [1, 2, 3, 7, 15, 16, 17, 18, 31, 64, 100, 300, 1000];

/** Phases, each with its pages: a small set in turn or at random, a walk over many. */
const phase = fc.record({
  pages: fc.constantFrom(3, 16, 17, 40, 250),
  from: fc.integer({ min: 0, max: 100 }),
  steps: fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 400 }),
  isWalk: fc.boolean(),
  process: fc.integer({ min: 1, max: 2 }),
});
type Phase = typeof phase extends fc.Arbitrary<infer P> ? P : never;

function lookupsOf(phases: readonly Phase[]): NaiveLookup[] {
  return phases.flatMap(({ pages, from, steps, isWalk, process }) =>
    steps.map(([number, store], i) => ({
      page: `${process}:${from + ((isWalk ? i : number) % pages)}`,
      store,
      process,
    })),
  );
}

describe.each(TESTING)("the stack of lru, by the %s core", (build) => {
  const open = async () => {
    const pools = new CorePools(await coreWith(build));
    pools.addLru();
    return pools;
  };

  test("counts with every size what lru counts with that size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(phase, { minLength: 1, maxLength: 12 }), async (phases) => {
        const lookups = lookupsOf(phases);
        const pools = await open();
        pools.look(lookups);
        const expected = SIZES.map((frames) => {
          const naive = new NaivePool("lru", frames, 0, 0n);
          for (const lookup of lookups) naive.lookup(lookup);
          const { faults, evictions, writes, peak } = naive.counts;
          return { faults, evictions, writes, peak };
        });
        expect(pools.lru(SIZES)).toEqual(expected);
      }),
      { numRuns: runs(40, 1000) },
    );
  });

  test("numbers its slots anew, and finds room for more pages", async () => {
    // Over more pages than the front holds, so that each lookup takes a slot: many times as many as there are at first, then with more pages.
    const walk = (pages: number, times: number) =>
      Array.from({ length: pages * times }, (_, i) => ({
        page: `1:${i % pages}`,
        store: i % 3 === 0,
        process: 1,
      }));
    const lookups = [...walk(100, 300), ...walk(3000, 5), ...walk(20, 1000)];
    const pools = await open();
    pools.look(lookups);
    const expected = [50, 100, 3000].map((frames) => {
      const naive = new NaivePool("lru", frames, 0, 0n);
      for (const lookup of lookups) naive.lookup(lookup);
      return naive.counts.faults;
    });
    expect(pools.lru([50, 100, 3000]).map(({ faults }) => faults)).toEqual(expected);
  });

  test("of no lookups is nothing", async () => {
    expect((await open()).lru([1, 2])).toEqual(
      [1, 2].map(() => ({ faults: 0, evictions: 0, writes: 0, peak: 0 })),
    );
  });
});
