import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { pageStatesOf } from "../../src/engine/windows.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import type { Command } from "../oracle/process/command.js";
import { difference } from "../oracle/process/compare.js";
import { System, type SystemOptions } from "../oracle/process/system.js";

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

/** Tables take frames now and then; of these there must be some more. */
const withTables: fc.Arbitrary<SystemOptions> = fc
  .tuple(systemOptions, fc.boolean())
  .map(([options, pagedTables]) => ({
    ...options,
    pagedTables,
    frames: pagedTables && typeof options.frames === "number" ? options.frames + 8 : (options.frames ?? null),
  }));

describe.each(BUILDS)("the %s core", (build) => {
  test("does what the naive machine of processes does, command by command", async () => {
    const module = await buildOf(build === "debug" ? "testing-debug" : build);
    await fc.assert(
      fc.asyncProperty(
        withTables,
        hardware,
        commandsOf(runs(60, 1200), {}, runs(30, 1150)),
        async (options, parts, commands) => {
          const { frames = null, swap = null, policy = "lru", pagedTables = false } = options;
          const memory = { frames, swap, policy, pagedTables, stackPages: Number(STACK.stackSize / 4096n) };
          const core = await CoreSystem.create({ ...parts, memory }, module);
          expect(difference(core, options, commands)).toBeUndefined();
          expect(core.machine.stats().validation?.failed).toBe(0);
        },
      ),
      // The debug core looks at all of memory after each command. To make a sequence of a thousand commands smaller takes hours: it is printed as it is.
      { numRuns: runs(40, build === "debug" ? 200 : 1000), endOnFailure: runs(0, 1) === 1 },
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
