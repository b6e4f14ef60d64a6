import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Config } from "../../src/config/model.js";
import type { CompiledCore } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import type { MachineStats } from "../../src/engine/stats.js";
import { PagewalkError } from "../../src/errors.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { histories, machines, scenarioText } from "../oracle/arbitrary.js";
import { Oracle, type OracleEvent, type OracleRecord } from "../oracle/machine.js";
import { OutOfMemory } from "../oracle/physical.js";

const cases = machines.chain((config) => histories(config).map((items) => ({ config, items })));

/** What the core and the oracle count of a history; both or none run out of memory. */
async function counted(config: Config, items: readonly (OracleRecord | OracleEvent)[], module: CompiledCore) {
  const machine = await Machine.create(config, { module });
  const oracle = new Oracle(config, machine.core.exports.nextTable.value);
  const exhausted = { core: false, oracle: false };
  try {
    oracle.replay(items);
  } catch (thrown) {
    if (!(thrown instanceof OutOfMemory)) throw thrown;
    exhausted.oracle = true;
  }
  try {
    await replay(machine, openTrace(scenarioText(items)));
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError) || thrown.code !== "E_MEMORY") throw thrown;
    exhausted.core = true;
  }
  expect(exhausted.core).toBe(exhausted.oracle);
  return exhausted.core
    ? undefined
    : { core: plain(machine.stats(), config), oracle: plain(oracle.stats(), config) };
}

/** Counts that both have: how much memory cuckoo tables take is their own affair. */
function plain(stats: MachineStats, { pageTable }: Config): MachineStats {
  if (pageTable.format !== "elastic-cuckoo") return stats;
  const { tables } = stats.pages;
  return { ...stats, pages: { ...stats.pages, tableBytes: 0, byLevel: { table: { tables, bytes: 0 } } } };
}

describe.each(BUILDS)("the %s core", (build) => {
  test("counts what the oracle counts, on any machine and history", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(cases, async ({ config, items }) => {
        const found = await counted(config, items, module);
        if (found) expect(found.core).toEqual(found.oracle);
      }),
      { numRuns: runs(Number(process.env["CASES"] ?? 1000), 20_000) },
    );
  });
});
