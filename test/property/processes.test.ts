import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import { difference } from "../oracle/process/compare.js";

/** What keeps translations, and must forget them in time: every hit is held against the tables. */
const hardware: fc.Arbitrary<ConfigInput> = fc
  .record({ cores: fc.integer({ min: 1, max: 3 }), asids: fc.constantFrom(null, 3, 8) })
  .map((of) => ({
    ...of,
    tlb: [
      { name: "l1", level: 1, entries: 4, ways: 4, pageSizes: ["4K"] },
      { name: "l2", level: 2, entries: 8, ways: 2, pageSizes: ["4K"] },
    ],
    walkCache: [{ level: "pd", entries: 2, ways: 2 }],
    validate: true,
  }));

describe.each(BUILDS)("the %s core", (build) => {
  test("does what the naive machine of processes does, command by command", async () => {
    const module = await buildOf(build === "debug" ? "testing-debug" : build);
    await fc.assert(
      fc.asyncProperty(
        systemOptions,
        hardware,
        commandsOf(runs(60, 1000)),
        async (options, parts, commands) => {
          const { frames = null, swap = null, policy = "lru" } = options;
          const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
          const core = await CoreSystem.create({ ...parts, memory }, module);
          expect(difference(core, options, commands)).toBeUndefined();
          expect(core.machine.stats().validation?.failed).toBe(0);
        },
      ),
      { numRuns: runs(40, 1000) },
    );
  });
});
