import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import { difference } from "../oracle/process/compare.js";

describe.each(BUILDS)("the %s core", (build) => {
  test("does what the naive machine of processes does, command by command", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(systemOptions, commandsOf(runs(60, 1000)), async (options, commands) => {
        const { frames = null, swap = null, policy = "lru" } = options;
        const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
        const core = await CoreSystem.create({ memory }, module);
        expect(difference(core, options, commands)).toBeUndefined();
      }),
      { numRuns: runs(60, 1000) },
    );
  });
});
