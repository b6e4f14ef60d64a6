import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
import type { MachineStats } from "../../src/engine/stats.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { lackeyText, machines, traces } from "../oracle/arbitrary.js";
import { Oracle, type OracleRecord } from "../oracle/machine.js";

const hits = (stats: MachineStats, name: string) => stats.tlb[name]?.hits ?? 0;

describe.each(BUILDS)("the %s core", (build) => {
  test("counts what the oracle counts, on any machine and trace", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(machines, traces, async (config, records) => {
        const machine = await Machine.create(config, { module });
        const oracle = new Oracle(config);
        oracle.replay(records);
        await replay(machine, openTrace(lackeyText(records)));
        expect(machine.stats()).toEqual(oracle.stats());
      }),
      { numRuns: runs(1000, 20_000) },
    );
  });

  test("translates one access at a time to the same counts", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(machines, traces, async (config, records) => {
        const machine = await Machine.create(config, { module });
        const oracle = new Oracle({ ...config, onFault: "continue" });
        const frames = new Map<bigint, bigint>();
        for (const { va, kind } of records) {
          if (kind === "modify") continue;
          const before = oracle.stats();
          oracle.replay([{ va, size: 1, kind }]);
          const after = oracle.stats();
          const found = machine.translate(va, kind);
          expect(found.pteReads).toBe(after.walk.pteReads - before.walk.pteReads);
          expect(found.fault === "minor").toBe(after.faults.minor > before.faults.minor);
          expect(found.fault === "segv").toBe(after.faults.segv > before.faults.segv);
          if (found.pa === null) continue;
          const server =
            Object.keys(after.tlb).find((name) => hits(after, name) > hits(before, name)) ?? "walk";
          expect(found.servedBy).toBe(server);
          const frame = found.pa - (va - found.page);
          expect(frame).toBe(frames.get(found.page) ?? frame);
          frames.set(found.page, frame);
        }
        expect(new Set(frames.values()).size).toBe(frames.size);
        const { kinds: _, faultList: listed, ...counted } = machine.stats();
        const { kinds: __, faultList: expected, ...wanted } = oracle.stats();
        expect(counted).toEqual(wanted);
        expect(listed).toEqual(expected.map((fault) => ({ ...fault, record: null })));
      }),
      { numRuns: runs(200, 5000) },
    );
  });

  test("counts on over batches and traces", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(machines, traces, traces, async (config, first, second) => {
        const machine = await Machine.create({ ...config, onFault: "continue" }, { module });
        const oracle = new Oracle(machine.config);
        const long = Array.from({ length: 70_000 }, (_, i) => first[i % first.length] as OracleRecord);
        for (const records of [long, second]) {
          oracle.replay(records);
          await replay(machine, openTrace(lackeyText(records)));
        }
        const { faultList: listed, ...counted } = machine.stats();
        const { faultList: wanted, ...expected } = oracle.stats();
        expect(counted).toEqual(expected);
        expect(listed).toHaveLength(wanted.length);
      }),
      { numRuns: runs(4, 100) },
    );
  });
});
