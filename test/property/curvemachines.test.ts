import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { curve } from "../../src/curve/curve.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";

const POLICIES = [
  "lru",
  "fifo",
  "mru",
  "random",
  "clock",
  "clock0",
  "aging",
  "wsclock:20",
  "2q",
  "arc",
  "lirs",
];
const OTHERS = ["s3fifo", "sieve", "mglru", "sfifo:25", "ws:7", "ws:30"];
const lines = fc.array(
  fc.tuple(
    fc.constantFrom("L", "S", "M"),
    fc.integer({ min: 1, max: 24 }),
    fc.constantFrom("000,4", "ffe,4"),
  ),
  { minLength: 1, maxLength: 200 },
);
const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 26 }), { minLength: 1, maxLength: 3 });

describe.each(BUILDS)("curves of the %s core", (build) => {
  test("of plain accesses are the same by pools of frames and by whole machines", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(lines, sizes, fc.integer({ min: 0, max: 9 }), async (list, frames, seed) => {
        const text = list.map(([kind, page, rest]) => ` ${kind} ${page.toString(16)}${rest}\n`).join("");
        const trace = () => openTrace(new TextEncoder().encode(text), { format: "lackey" });
        const options = { policies: [...POLICIES, ...OTHERS], frames, seed, module };
        const pools = await curve(trace(), options);
        const machines = await curve(trace(), { ...options, machine: {} });
        const plain = machines.curves.map(({ policy, points }) => ({
          policy,
          points: points.map(({ outOfMemory, ...point }) => point),
        }));
        expect(plain).toEqual(pools.curves);
        expect(machines.trace).toEqual(pools.trace);
        expect(machines.pages).toBe(pools.pages);
      }),
      { numRuns: runs(8, 300) },
    );
  });
});

test("a trace with mappings has the points that a machine of so many frames comes to", async () => {
  const trace = () => openTrace("traces/thrashing.scenario");
  const { curves, pages, config } = await curve(trace(), {
    policies: ["lru", "mru", "ws:20"],
    frames: [13, 20],
  });
  expect(pages).toBe(24);
  expect(config.machine).toBeDefined();
  for (const { policy, points } of curves) {
    for (const { frames, tau, faults, writes, evictions } of points) {
      const memory = tau === undefined ? { frames, policy } : { policy: `ws:${tau}` };
      const found = await replay(await Machine.create({ memory }), trace());
      expect(faults).toBe(found.faults.minor + found.faults.major);
      expect([writes, evictions]).toEqual([found.paging.pageOuts, found.paging.evictions]);
    }
  }
});
