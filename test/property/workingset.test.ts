import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WorkingSetPoint } from "../../src/curve/workingset.js";
import { runs } from "../builds.js";
import { CorePools } from "../curve.js";
import { type NaiveLookup, NaivePool } from "../oracle/paging/pool.js";
import { coreWith, TESTING } from "../testing.js";

const WINDOWS = [1, 2, 3, 5, 8, 20, 64, 100, 1000, 100_000];

/** The window slides: after each lookup the pages in it are counted. */
function slid(lookups: readonly NaiveLookup[], tau: number): WorkingSetPoint {
  const pool = new NaivePool("ws", Number.MAX_SAFE_INTEGER, tau, 0n);
  let sum = 0;
  for (const lookup of lookups) {
    pool.lookup(lookup);
    sum += pool.resident.size;
  }
  return {
    tau,
    mean: lookups.length > 0 ? sum / lookups.length : 0,
    peak: pool.counts.peak,
    faults: pool.counts.faults,
  };
}

const turn = fc.record({
  process: fc.integer({ min: 1, max: 3 }),
  pages: fc.constantFrom(2, 7, 40, 300),
  steps: fc.array(
    fc.tuple(fc.nat(), fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 9 }))),
    {
      minLength: 1,
      maxLength: 80,
      size: "max",
    },
  ),
});
const lookups = fc.array(turn, { maxLength: 8 }).map((turns) =>
  turns.flatMap(({ process, pages, steps }) =>
    steps.flatMap(([number, times]) => {
      const lookup: NaiveLookup = { page: `${process}:${number % pages}`, store: false, process };
      return Array.from({ length: times }, () => lookup);
    }),
  ),
);

describe.each(TESTING)("working sets of all windows, by the %s core", (build) => {
  const made = async (list: readonly NaiveLookup[], windows: readonly number[]) => {
    const pools = new CorePools(await coreWith(build));
    pools.addWorkingSets(windows);
    pools.look(list);
    return pools.workingSets();
  };

  test("are those that sliding each window finds", async () => {
    await fc.assert(
      fc.asyncProperty(lookups, async (list) => {
        expect(await made(list, WINDOWS)).toEqual(WINDOWS.map((tau) => slid(list, tau)));
      }),
      { numRuns: runs(40, 1000) },
    );
  });

  test("also when logs are full, are shortened, and grow", async () => {
    const list = Array.from({ length: 14_000 }, (_, i): NaiveLookup => {
      const process = i % 9000 < 7000 ? 1 : 2;
      const pages = i < 6000 ? 50 : 1500;
      return { page: `${process}:${(i * i + (i >> 9)) % pages}`, store: false, process };
    });
    const windows = [10, 500, 20_000];
    expect(await made(list, windows)).toEqual(windows.map((tau) => slid(list, tau)));
  });

  test("grow from one window to the next by the lookups that miss it, but for those at the end", async () => {
    // Denning and Schwartz (CACM 1972): s(T + 1) - s(T) = m(T), where all pages are looked up again.
    const pages = "abcabdabccbadb".split("");
    const list = pages.map(
      (page): NaiveLookup => ({ page: `1:${page.charCodeAt(0)}`, store: false, process: 1 }),
    );
    const windows = Array.from({ length: pages.length + 1 }, (_, i) => i + 1);
    const points = await made(list, windows);
    const untilEnd = [...new Set(pages)].map((page) => pages.length - pages.lastIndexOf(page));
    for (const [i, { tau, mean, faults }] of points.entries()) {
      const next = points[i + 1];
      if (!next) continue;
      const ended = untilEnd.filter((rest) => rest <= tau).length;
      expect((next.mean - mean) * pages.length).toBeCloseTo(faults - ended, 9);
    }
  });
});
