import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { curve } from "../../src/curve/curve.js";
import { openTrace } from "../../src/trace/trace.js";
import { runs } from "../builds.js";
import { CorePools, nextUses } from "../curve.js";
import { type NaiveLookup, NaivePool } from "../oracle/paging/pool.js";
import { coreWith, TESTING } from "../testing.js";

const SIZES = [1, 2, 3, 4, 5, 7, 10, 16, 17, 30, 100];

const lookups = fc
  .record({
    pages: fc.constantFrom(3, 8, 20, 60),
    // Mostly loads: then pages come back clean, and are dirty with some sizes only.
    stores: fc.constantFrom(0.05, 0.3, 0.9),
    steps: fc.array(
      fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 3 })),
      {
        minLength: 1,
        maxLength: 300,
        size: "max",
      },
    ),
  })
  .map(({ pages, stores, steps }) =>
    steps.map(([number, chance, process], i): NaiveLookup => {
      const owner = process === 3 ? 2 : 1;
      return { page: `${owner}:${(number + (i >> 6)) % pages}`, store: chance < stores, process: owner };
    }),
  );

describe.each(TESTING)("the stack of opt, by the %s core", (build) => {
  test("counts with every size what opt counts with that size, clean pages first", async () => {
    await fc.assert(
      fc.asyncProperty(lookups, async (list) => {
        const pools = new CorePools(await coreWith(build));
        const expected = SIZES.map((frames) => {
          const naive = new NaivePool("opt", frames, 0, 0n, list);
          for (const lookup of list) naive.lookup(lookup);
          const { faults, evictions, writes, peak } = naive.counts;
          return { faults, evictions, writes, peak };
        });
        expect(pools.opt(SIZES, list)).toEqual(expected);
      }),
      { numRuns: runs(40, 400) },
    );
  });

  test("counts what pools count, over many pages of which many die", async () => {
    const list = Array.from({ length: 30_000 }, (_, i): NaiveLookup => {
      const page = i % 3 === 0 ? i : (i * i) % (i % 2 ? 97 : 1009);
      return { page: `1:${page}`, store: (i * 7) % 11 < 3, process: 1 };
    });
    const sizes = [1, 10, 64, 65, 300, 1000, 5000];
    const pools = new CorePools(await coreWith(build));
    // The pools see the lookups once, the stack twice: the pages' numbers must be known to it.
    const apart = new CorePools(await coreWith(build));
    const numbers = sizes.map((frames) => apart.add("opt", frames, 0, 0n));
    apart.look(list, nextUses(list));
    const expected = numbers.map((number) => {
      const { faults, evictions, writes, peak } = apart.state(number);
      return { faults, evictions, writes, peak };
    });
    expect(pools.opt(sizes, list)).toEqual(expected);
  });

  test("of no lookups is nothing", async () => {
    const pools = new CorePools(await coreWith(build));
    expect(pools.opt([1], [])).toEqual([{ faults: 0, evictions: 0, writes: 0, peak: 0 }]);
  });
});

test("of more pages than one stack is made for, opt counts the same by pools", async () => {
  // A sweep over all pages, twice: the first C - 1 of them stay, and the last.
  const pages = 2 ** 14 + 1;
  const sweep = Array.from({ length: pages }, (_, i) => ` L ${(i + 1).toString(16)}000,4\n`).join("");
  const trace = () => openTrace(new TextEncoder().encode(sweep + sweep), { format: "lackey" });
  const frames = [1, 2, 1000, pages - 1, pages];
  const faults = async (options: object) => {
    const { curves } = await curve(trace(), { policies: ["lru", "opt"], ...options });
    return curves[1]?.points.map((point) => point.faults);
  };
  expect(await faults({ frames })).toEqual(frames.map((size) => 2 * pages - (size === 1 ? 0 : size)));
  const powers = await faults({});
  expect(powers).toHaveLength(16);
  expect(powers?.at(-1)).toBe(pages);
});
