import { describe, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { type RunResult, replay } from "../../src/replay/replay.js";
import { PartialError } from "../../src/trace/read.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";
import { lackeyText } from "../oracle/arbitrary.js";
import { Oracle, type OracleRecord } from "../oracle/machine.js";

const skylake = presets["intel-skylake"];

/** Loads of `count` pages, each far from the next, twice over. */
function sparse(count: number, shift: bigint): OracleRecord[] {
  const once = Array.from({ length: count }, (_, i) => ({
    va: BigInt(i) << shift,
    size: 8,
    kind: "load" as const,
  }));
  return [...once, ...once];
}

describe.each(BUILDS)("a machine on the %s core", (build) => {
  test("keeps counting while page tables grow its memory", async () => {
    const machine = await Machine.create(skylake, { module: await buildOf(build) });
    const before = machine.core.bytesUsed;
    const records = sparse(4000, 30n);
    const oracle = new Oracle(machine.config);
    oracle.replay(records);
    await replay(machine, openTrace(lackeyText(records)));
    expect(machine.core.bytesUsed - before).toBeGreaterThan(2 ** 24);
    expect(machine.stats()).toEqual(oracle.stats());
  });

  test("counts every record, however many there are", async () => {
    const module = await buildOf(build);
    for (let records = 1; records <= 20; records++) {
      const machine = await Machine.create(undefined, { module });
      const text = " S 1000,8\n".repeat(records);
      const { trace, tlb } = await replay(machine, openTrace(new TextEncoder().encode(text)));
      expect({ records, accesses: trace.accesses, kinds: trace.kinds, l1d: tlb["l1d"]?.hits }).toEqual({
        records,
        accesses: records,
        kinds: { instruction: 0, load: 0, store: records, modify: 0 },
        l1d: records - 1,
      });
    }
  });

  test("shares nothing with another of the same module", async () => {
    const module = await buildOf(build);
    const [a, b] = await Promise.all([
      Machine.create(skylake, { module }),
      Machine.create(skylake, { module }),
    ]);
    a.translate(0x1000n, "load");
    expect(a.stats().faults.minor).toBe(1);
    expect(b.stats().accesses).toBe(0);
    expect(b.translate(0x1000n, "load").servedBy).toBe("walk");
  });

  test("translates an address, and says who served it", async () => {
    const machine = await Machine.create(skylake, { module: await buildOf(build) });
    const first = machine.translate(0x7fff1234n, "load");
    expect(first).toMatchObject({ page: 0x7fff1000n, servedBy: "walk", pteReads: 4, fault: "minor" });
    expect((first.pa ?? 0n) & 0xfffn).toBe(0x234n);
    expect(machine.translate(0x7fff1000n, "store")).toEqual({
      pa: (first.pa ?? 0n) - 0x234n,
      page: 0x7fff1000n,
      servedBy: "l1d",
      pteReads: 0,
      fault: null,
    });
    expect(machine.translate(0x7fff1000n, "instruction").servedBy).toBe("stlb");
    expect(machine.translate(1n << 60n, "load")).toMatchObject({ pa: null, servedBy: null, fault: "segv" });
    expect(() => machine.translate(-1n, "load")).toThrow(PagewalkError);
    expect(() => machine.translate(1n << 64n, "load")).toThrow(PagewalkError);
    expect(() => machine.translate(0 as unknown as bigint, "load")).toThrow(/bigint/);
    expect(() => machine.translate(0n, "modify" as "load")).toThrow(/"modify"/);
  });

  test("counts on over several traces, each result about its own", async () => {
    const machine = await Machine.create(skylake, { module: await buildOf(build) });
    const text = lackeyText(sparse(10, 12n));
    const first = await replay(machine, openTrace(text));
    const second = await replay(machine, openTrace(text));
    expect(second.trace).toEqual(first.trace);
    expect(second.faults.minor).toBe(10);
    expect(second.tlb["l1d"]?.accesses).toBe(40);
  });

  test("stays usable after an abort", async () => {
    const machine = await Machine.create(skylake, { module: await buildOf(build) });
    const controller = new AbortController();
    const line = lackeyText(sparse(100, 12n));
    const endless = (async function* () {
      yield line;
      setTimeout(() => controller.abort());
      await new Promise(() => {});
    })();
    const failure = await replay(machine, openTrace(endless, { format: "lackey" }), {
      signal: controller.signal,
    }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PartialError);
    expect(failure).toMatchObject({
      code: "E_ABORTED",
      partial: { interrupted: true, trace: { records: 200 } },
    });
    expect((await replay(machine, openTrace(line))).trace.records).toBe(200);
  });

  test.runIf(process.env["PAGEWALK_FULL"])("says so when page tables outgrow 4 GiB", async () => {
    const machine = await Machine.create({}, { module: await buildOf(build) });
    const failure = await replay(machine, openTrace(manyTables())).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: "E_MEMORY", message: expect.stringMatching(/4 GiB.*--page-size/) });
    expect((failure as PartialError<RunResult>).partial.pages.tableBytes).toBeGreaterThan(3.9 * 2 ** 30);
    expect(machine.translate(0n, "load").fault).toBeNull();
  });
});

/** More 4K pages, each in a table of its own, than 4 GiB of tables can map. */
async function* manyTables(): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < 1_200_000; from += 10_000) {
    const records = Array.from({ length: 10_000 }, (_, i) => BigInt(from + i) << 21n);
    yield lackeyText(records.map((va) => ({ va, size: 1, kind: "load" as const })));
  }
}

describe("replay", () => {
  test("gives progress, and frozen results", async () => {
    const machine = await Machine.create(skylake);
    const result = await replay(machine, openTrace("traces/sort.lackey.zst"), { onProgress: () => {} });
    expect(Object.isFrozen(result.tlb)).toBe(true);
    expect(Object.isFrozen(machine.stats().walk.caches)).toBe(true);
  });

  test("reads a path, bytes, an iterable and a web stream alike", async () => {
    const { readFileSync } = await import("node:fs");
    const bytes = readFileSync("traces/tiny.lackey");
    const sources = [
      "traces/tiny.lackey",
      new Uint8Array(bytes),
      (async function* () {
        yield bytes.subarray(0, 100);
        yield bytes.subarray(100);
      })(),
      new Blob([bytes]).stream(),
    ];
    for (const source of sources) {
      const result = await replay(await Machine.create(skylake), openTrace(source));
      expect(result.trace.accesses).toBe(19);
      expect(result.faults.minor).toBe(7);
    }
  });
});
