import { describe, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import { Machine } from "../../src/engine/machine.js";
import { explain } from "../../src/explain/explain.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

describe.each(BUILDS)("the %s core", (build) => {
  test("translates an instruction as a replay does: strides after it are its own", async () => {
    // Two instructions in turn, each with a load that has a stride of its own.
    const accesses = Array.from({ length: 400 }, (_, i) => {
      const [turn, part] = [Math.floor(i / 4) % 25, i % 4];
      const page = [0x900, 0x10 + 2 * turn, 0x901, 0x80 + 3 * turn][part] ?? 0;
      return { va: BigInt(page) << 12n, access: part & 1 ? ("load" as const) : ("instruction" as const) };
    });
    const tlb = {
      name: "i",
      level: 1,
      kinds: ["instruction" as const],
      pageSizes: ["4K"],
      entries: 4,
      ways: 4,
    };
    const config = { tlb: [tlb], prefetch: { policy: "stride" as const } };
    const module = await buildOf(build);
    const [single, whole] = [
      await Machine.create(config, { module }),
      await Machine.create(config, { module }),
    ];
    for (const { va, access } of accesses) single.translate(va, access);
    const lines = accesses.map(
      ({ va, access }) => `${access === "load" ? "L" : "I"} 0x${va.toString(16)},1\n`,
    );
    await replay(whole, openTrace(Buffer.from(lines.join(""))));
    expect(whole.stats().prefetch?.hits).toBeGreaterThan(0);
    expect(single.stats().prefetch).toEqual(whole.stats().prefetch);
    expect(single.stats().walk).toEqual(whole.stats().walk);
  });
});

describe("without translation", () => {
  const physical = { ...presets["csapp-small"], translation: "none" } as const;

  test("an address is the data caches', and a bus fault beyond memory", async () => {
    const machine = await Machine.create(physical);
    expect(machine.config).toMatchObject({ tlb: [], walkCache: [], state: { pageTable: [], tlb: {} } });
    const { pa, byte, caches, reads, tlbs } = explain(machine, 0x354n);
    expect({ pa, byte, reads, tlbs }).toEqual({ pa: 0x354n, byte: 0x36, reads: [], tlbs: [] });
    expect(caches).toMatchObject([{ set: 5, tag: 0xdn, hit: true }]);
    expect(machine.translate(0xfffn, "load")).toMatchObject({ pa: 0xfffn, servedBy: null, fault: null });
    expect(machine.translate(0x1000n, "load")).toMatchObject({ pa: null, servedBy: null, fault: "bus" });
  });

  test("there are no frames to limit, no bytes to keep and no processes", async () => {
    const memory = { frames: 4, contents: true };
    const wrong = Machine.create({ translation: "none", memory });
    await expect(wrong).rejects.toThrow(
      'memory.frames: 4; want null where translation is "none" | memory.contents: true',
    );
    const machine = await Machine.create({ translation: "none" });
    expect(() => machine.spawn()).toThrow("needs translation");
  });
});
