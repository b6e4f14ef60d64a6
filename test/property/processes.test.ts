import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageStatesOf } from "../../src/engine/windows.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import type { Command } from "../oracle/process/command.js";
import { difference } from "../oracle/process/compare.js";
import { System } from "../oracle/process/system.js";

/** Pages of the address spaces of those who live, by what they are. */
function naiveStates(system: System) {
  const alive = [...system.processes.values()].filter(({ isAlive }) => isAlive);
  const spaces = [...new Set(alive.map(({ space }) => space))];
  const entries = spaces.flatMap((space) => space.all());
  const cached = entries.filter(({ isPresent }) => isPresent).length;
  const all = spaces.length * Number(system.layout.top / BigInt(system.pageSize));
  const allocated = entries.length;
  return { allocated, cached, uncached: allocated - cached, unallocated: all - allocated };
}

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

  test("tells apart the pages that are allocated, cached and neither", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(systemOptions, commandsOf(runs(40, 400)), async (options, commands) => {
        const { frames = null, swap = null, policy = "lru" } = options;
        const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
        const core = await CoreSystem.create({ memory }, module);
        const system = new System(options);
        for (const command of [
          { process: 1n, event: { event: "sbrk", increment: 0n } } as Command,
          ...commands,
        ]) {
          core.apply(command);
          system.apply(command);
        }
        expect(pageStatesOf(core.machine.core, 0)).toEqual(naiveStates(system));
      }),
      { numRuns: runs(60, 1000) },
    );
  });
});
