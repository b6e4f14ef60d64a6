import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
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
