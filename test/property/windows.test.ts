import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { histories, machines, scenarioText } from "../oracle/arbitrary.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import type { Command } from "../oracle/process/command.js";
import { scenarioOf } from "../oracle/process/compare.js";
import { System, type SystemOptions } from "../oracle/process/system.js";
import { comparable } from "../oracle/stats.js";
import { windowsOf } from "../oracle/windows.js";

const cases = machines
  .chain((config) => histories(config).map((items) => ({ config, items })))
  .filter(({ items }) => items.length > 0);

/** The records and the working set of each window of accesses. */
function setsOf(options: SystemOptions, commands: readonly Command[], window: number) {
  const system = new System(options);
  const pages = new Map<object, Set<bigint>>();
  system.onPage = (space, page) => pages.set(space, (pages.get(space) ?? new Set()).add(page));
  const windows: { records: number; workingSet: number }[] = [];
  let records = 0;
  const end = () => {
    windows.push({ records, workingSet: [...pages.values()].reduce((sum, { size }) => sum + size, 0) });
    pages.clear();
    records = 0;
  };
  for (const command of commands) {
    if (command.event.event === "access") {
      if (records === window) end();
      records++;
    }
    system.apply(command);
  }
  if (records > 0 || windows.length === 0) end();
  return { windows, faults: system.stats().faults };
}

describe.each(BUILDS)("windows of the %s core", (build) => {
  test("have the working sets and counts of the oracle, and change no count", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 1, max: 40 }), async ({ config, items }, window) => {
        const machine = await Machine.create(config, { module });
        const naive = windowsOf(config, machine.core.exports.nextTable.value, items, window);
        fc.pre(naive !== undefined);
        const { series } = await replay(machine, openTrace(scenarioText(items)), { window });
        const found = series?.points.map(({ records, accesses, faults, workingSet, resident }) => {
          return { records, accesses, minor: faults.minor, workingSet, resident };
        });
        expect(found).toEqual(naive);
        const plain = await Machine.create(config, { module });
        await replay(plain, openTrace(scenarioText(items)));
        expect(comparable(machine.stats(), config)).toEqual(comparable(plain.stats(), config));
      }),
      { numRuns: runs(150, 10_000) },
    );
  });

  test("have the working sets of the naive machine of processes", async () => {
    const module = await buildOf(build);
    const size = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(systemOptions, commandsOf(runs(60, 600)), size, async (options, commands, window) => {
        const { frames = null, swap = null, policy = "lru" } = options;
        const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
        const machine = await Machine.create({ memory }, { module });
        const text = new TextEncoder().encode(scenarioOf(commands));
        const { series, faults } = await replay(machine, openTrace(text, { format: "scenario" }), { window });
        const naive = setsOf(options, commands, window);
        expect(faults).toEqual(naive.faults);
        const found = series?.points.map(({ records, workingSet }) => ({ records, workingSet }));
        expect(found).toEqual(naive.windows);
      }),
      { numRuns: runs(60, 1000) },
    );
  });

  test("hold over batches, whatever is left out", async () => {
    const module = await buildOf(build);
    const text = Array.from({ length: 70_000 }, (_, i) => ` ${"LSM"[i % 3]} ${((i * i) % 97) + 1}000,4`);
    const trace = { limit: 60_000, skip: 7, kinds: ["load", "modify"] as const };
    const source = new TextEncoder().encode(`${text.join("\n")}\n`);
    const machine = await Machine.create({}, { module });
    const options = { ...trace, kinds: [...trace.kinds] };
    const { series } = await replay(machine, openTrace(source, options), { window: 999 });
    const kept = text.slice(7, 60_007).filter((line) => !line.startsWith(" S"));
    const sets = Array.from({ length: Math.ceil(kept.length / 999) }, (_, i) => {
      return new Set(kept.slice(i * 999, (i + 1) * 999).map((line) => line.slice(3))).size;
    });
    expect(series?.points.map(({ workingSet }) => workingSet)).toEqual(sets);
  });
});

test("a window that is no number of records is an error", async () => {
  const machine = await Machine.create();
  for (const window of [0, -1, 1.5, Number.NaN]) {
    const replayed = replay(machine, openTrace(new TextEncoder().encode(" L 1000,4\n")), { window });
    await expect(replayed).rejects.toThrow(PagewalkError);
    await expect(replayed).rejects.toThrow(/want a whole number of records/);
  }
});
