import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Access, Config } from "../../src/config/model.js";
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
import { comparable } from "../oracle/stats.js";

const cases = machines
  .chain((config) => histories(config).map((items) => ({ config, items })))
  .filter(({ items }) => items.length > 0);

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
    : { core: comparable(machine.stats(), config), oracle: comparable(oracle.stats(), config) };
}

/** A record that is one access of one byte. */
function isSingle(item: OracleRecord | OracleEvent): item is OracleRecord & { kind: Access } {
  return !("event" in item) && item.kind !== "modify";
}

/** Holds one translation of the core against what the oracle counts of it. */
function translateBoth(
  machine: Machine,
  oracle: Oracle,
  { va, kind }: OracleRecord & { kind: Access },
): void {
  const before = oracle.stats();
  oracle.replay([{ va, size: 1, kind }]);
  const after = oracle.stats();
  const found = machine.translate(va, kind);
  const more = (count: (stats: MachineStats) => number) => count(after) - count(before);
  if (found.servedBy === "walk") expect(found.pteReads).toBe(more(({ walk }) => walk.pteReads));
  const fault = (["minor", "segv", "protection"] as const).find(
    (name) => more(({ faults }) => faults[name]) > 0,
  );
  expect(found.fault).toBe(fault ?? null);
  if (fault === "segv") return;
  const tlb = Object.keys(after.tlb).find((name) => more(({ tlb }) => tlb[name]?.hits ?? 0) > 0);
  const prefetched = more(({ prefetch }) => prefetch?.hits ?? 0) > 0 ? "prefetch" : "walk";
  expect(found.servedBy).toBe(tlb ?? prefetched);
}

describe.each(BUILDS)("the %s core", (build) => {
  test("counts what the oracle counts, on any machine and history", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(cases, async ({ config, items }) => {
        const found = await counted(config, items, module);
        if (found) expect(found.core).toEqual(found.oracle);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  test("translates one access at a time to the same counts", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(cases, async ({ config, items }) => {
        const whole = { ...config, onFault: "continue" as const };
        const machine = await Machine.create(whole, { module });
        const oracle = new Oracle(whole, machine.core.exports.nextTable.value);
        try {
          for (const item of items) if (isSingle(item)) translateBoth(machine, oracle, item);
        } catch (thrown) {
          if (!(thrown instanceof OutOfMemory)) throw thrown;
        }
      }),
      { numRuns: runs(80, 5000) },
    );
  });

  test("counts on over batches and traces", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(cases, async ({ config, items }) => {
        // Changes of size are slow to do again and again.
        const once = items.filter((item) => !("event" in item) || item.event !== "pagesize");
        fc.pre(once.length > 0);
        const long = Array.from({ length: 40_000 }, (_, i) => once[i % once.length] as OracleRecord);
        const found = await counted({ ...config, onFault: "continue" }, long, module);
        if (found) expect(found.core).toEqual(found.oracle);
      }),
      { numRuns: runs(1, 100) },
    );
  });
});
