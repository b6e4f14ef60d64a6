import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { lackeyText, machines, traces } from "../oracle/arbitrary.js";
import { Oracle } from "../oracle/machine.js";

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
        for (const { va, kind } of records) {
          if (kind === "modify") continue;
          oracle.replay([{ va, size: 1, kind }]);
          const { pa, page, fault } = machine.translate(va, kind);
          if (fault !== "segv") expect((pa ?? 0n) - (va - page)).toBe((pa ?? 0n) & ~(va - page));
        }
        const { kinds: _, faultList: listed, ...counted } = machine.stats();
        const { kinds: __, faultList: expected, ...wanted } = oracle.stats();
        expect(counted).toEqual(wanted);
        expect(listed).toEqual(expected.map((fault) => ({ ...fault, record: null })));
      }),
      { numRuns: runs(200, 5000) },
    );
  });
});
