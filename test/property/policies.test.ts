import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPLACEMENTS, type Replacement } from "../../src/config/replacement.js";
import { runs } from "../builds.js";
import { CorePools, type PoolState } from "../curve.js";
import { type NaiveLookup, NaivePool } from "../oracle/paging/pool.js";
import { coreWith, TESTING } from "../testing.js";

/** Some lookups, then a page that ceases to exist or another number of frames. */
interface Step {
  lookups: { page: number; store: boolean; process: number; times: number }[];
  drop?: number | undefined;
  frames?: number | undefined;
}

/** Runs of one page that are worth trying now and then. */
const LONG: Partial<Record<Replacement, number[]>> = {
  aging: [4095, 4096, 9980, 9990, 9997, 9998, 9999, 10_000, 20_001],
  ws: [5, 200, 4097],
  wsclock: [5, 200, 4097],
};

function parameterOf(policy: Replacement): fc.Arbitrary<number> {
  if (policy === "sfifo") return fc.integer({ min: 0, max: 100 });
  if (policy === "wsclock" || policy === "ws")
    return fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(300));
  return fc.constant(0);
}

function stepsOf(policy: Replacement): fc.Arbitrary<Step[]> {
  const long = LONG[policy] ?? [5];
  const times = fc.oneof(
    { weight: 30, arbitrary: fc.constant(1) },
    { weight: 10, arbitrary: fc.integer({ min: 2, max: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(...long) },
  );
  // Mostly few pages; now and then one of many.
  const page = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2000 }) },
  );
  const process = fc.oneof(
    { weight: 9, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
  );
  const lookup = fc.record({ page, store: fc.boolean(), process, times });
  const lookups = fc.array(lookup, { minLength: 1, maxLength: 60, size: "max" });
  const step = fc.record({
    lookups,
    drop: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 2 }),
    frames: fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined, freq: 8 }),
  });
  // What knows the future is not told of pages that will cease to exist.
  if (policy === "opt") return fc.array(fc.record({ lookups }), { minLength: 1, maxLength: 8 });
  return fc.array(step, { minLength: 1, maxLength: 12 });
}

function expand({ lookups }: Step): NaiveLookup[] {
  return lookups.flatMap(({ page, store, process, times }) =>
    Array.from({ length: times }, (_, i) => ({
      page: `${process}:${page}`,
      store: store && i === times - 1,
      process,
    })),
  );
}

function stateOf(pool: NaivePool): PoolState {
  const { faults, evictions, writes, peak } = pool.counts;
  return {
    faults,
    evictions,
    writes,
    peak,
    resident: [...pool.resident].sort(),
    dirty: [...pool.dirty].sort(),
  };
}

describe.each(TESTING)("on the %s build", (build) => {
  test.each(REPLACEMENTS)("%s does what its twin does", async (policy) => {
    const frames = fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      fc.constant(130),
    );
    await fc.assert(
      fc.asyncProperty(
        frames,
        parameterOf(policy),
        stepsOf(policy),
        fc.bigInt(0n, 1n << 53n),
        async (frames, parameter, steps, seed) => {
          const future = steps.flatMap(expand);
          const core = new CorePools(await coreWith(build));
          const pool = core.add(policy, frames, parameter, seed);
          const twin = new NaivePool(policy, frames, parameter, seed, policy === "opt" ? future : []);
          let done = 0;
          for (const step of steps) {
            const lookups = expand(step);
            const first = done;
            core.look(lookups, policy === "opt" ? (at) => nextOf(future, first + at) : undefined);
            for (const lookup of lookups) twin.lookup(lookup);
            done += lookups.length;
            compare();
            if (step.drop !== undefined) {
              core.drop(pool, `1:${step.drop}`);
              twin.drop(`1:${step.drop}`);
              compare();
            }
            if (step.frames !== undefined) {
              core.resize(pool, step.frames);
              twin.resize(step.frames);
              compare();
            }
          }

          function compare(): void {
            const [real, wanted] = [core.state(pool), stateOf(twin)];
            // Which of two pages that are never used again has left, nobody can tell.
            if (policy === "opt") {
              for (const state of [real, wanted]) Object.assign(state, { resident: [], dirty: [] });
            }
            expect(real).toEqual(wanted);
          }
        },
      ),
      { numRuns: runs(LONG[policy] ? 15 : 50, LONG[policy] ? 400 : 2000) },
    );
  });
});

/** More pages than the core keeps near; then some of them again and again, by two processes. */
function manyPages(): NaiveLookup[] {
  const lookups = Array.from({ length: 33_000 }, (_, page) => ({ page: page + 1, store: page % 3 === 0 }));
  for (let at = 0; at < 6000; at++) {
    lookups.push({ page: ((at * at) % (at % 3 ? 211 : 32_749)) + 1, store: at % 5 === 0 });
  }
  return lookups.map(({ page, store }, at) => {
    const process = at % 500 < 400 ? 1 : 2;
    return { page: `${process}:${page}`, store, process };
  });
}

describe.each(TESTING)("with many pages, on the %s build", (build) => {
  // opt's twin would look for each next use among all lookups.
  test.each(REPLACEMENTS.filter((policy) => policy !== "opt"))("%s does so", async (policy) => {
    const parameter = { sfifo: 25, ws: 400, wsclock: 100 }[policy as string] ?? 0;
    const core = new CorePools(await coreWith(build));
    const pool = core.add(policy, 130, parameter, 7n);
    const twin = new NaivePool(policy, 130, parameter, 7n, []);
    const lookups = manyPages();
    core.look(lookups);
    for (const lookup of lookups) twin.lookup(lookup);
    expect(core.state(pool)).toEqual(stateOf(twin));
  });
});

function nextOf(lookups: readonly NaiveLookup[], at: number): number {
  const next = lookups.findIndex(({ page }, i) => i > at && page === lookups[at]?.page);
  return next < 0 ? 2 ** 32 - 1 : next;
}
