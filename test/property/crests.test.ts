import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { coreWith, TESTING } from "../testing.js";

const LEAVES = 16;
const place = fc.integer({ min: 0, max: LEAVES });
const steps = fc.array(fc.tuple(place, place, fc.integer({ min: -3, max: 3 })), {
  maxLength: 40,
  size: "max",
});

describe.each(TESTING)("crests, by the %s core", (build) => {
  test("are the highest that each place ever was", async () => {
    const core = await coreWith(build);
    if (!core.openBatch()) throw new Error("no memory");
    fc.assert(
      fc.property(steps, (list) => {
        const crests = core.newCrests(LEAVES);
        const numbers = new Array<number>(LEAVES).fill(0);
        const highest = new Array<number>(LEAVES).fill(0);
        for (const [from, end, by] of list) {
          core.raise(crests, LEAVES, from, end, by);
          for (let at = from; at < end; at++) {
            numbers[at] = (numbers[at] ?? 0) + by;
            highest[at] = Math.max(highest[at] ?? 0, numbers[at] ?? 0);
          }
        }
        core.settle(crests, LEAVES);
        expect(highest.map((_, at) => core.crestAt(crests, LEAVES, at))).toEqual(highest);
      }),
      { numRuns: runs(200, 5000) },
    );
  });
});
