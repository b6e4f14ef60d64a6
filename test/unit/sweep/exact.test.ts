import { expect, test } from "vitest";
import { sizeName } from "../../../src/config/sizes.js";
import { Machine } from "../../../src/engine/machine.js";
import { replay } from "../../../src/replay/replay.js";
import type { CellChoice, SweepAxes, SweepCell } from "../../../src/sweep/model.js";
import { sweep } from "../../../src/sweep/sweep.js";
import { openTrace } from "../../../src/trace/trace.js";

/** A table whose pages have 2^bits bytes. */
function tableOf(bits: number) {
  const half = Math.floor((35 - bits) / 2);
  const levels = [9, half, 35 - bits - half];
  return { format: "radix", vaBits: 44, paBits: 46, pageBits: bits, levels, pteBytes: 8 };
}

/** Holds each cell against a run of its machine. */
async function expectAsRuns(
  text: string,
  axes: SweepAxes,
  choice: CellChoice,
): Promise<readonly SweepCell[]> {
  const open = () => openTrace(new TextEncoder().encode(text), { format: "lackey" });
  const swept = sweep(open(), axes, { ...choice, jobs: 1 });
  const { cells } = await swept.result();
  for (const { index, accesses, tlb, walk } of cells) {
    const own = await replay(await Machine.create(swept.space.cells[index]?.config), open());
    expect({ ...own, accesses: own.trace.accesses }).toMatchObject({ accesses, tlb, walk });
  }
  return cells;
}

/** Machines with pages of each of some sizes, by their bits. */
async function expectSizes(text: string, bits: readonly number[]): Promise<void> {
  const sizes = bits.map(sizeName);
  const axes = {
    pageTable: bits.map(tableOf),
    pageSize: sizes,
    tlb: sizes.map((size) => [{ name: "l1", level: 1, pageSizes: [size], entries: 64, ways: 4 }]),
  };
  const choice = { zip: [Object.keys(axes)], config: { walkCache: [], caches: [] } };
  expect(await expectAsRuns(text, axes, choice)).toHaveLength(bits.length);
}

test("a record of 1 MiB counts as in a run, however small the pages", async () => {
  await expectSizes(" L 1000,1048576\n S 20000,4\n M 1000,1048576\n L 1008,8\n", [3, 4, 5, 6, 7]);
});

test("page crossings count as in a run, however many page sizes there are", async () => {
  const lines = Array.from(
    { length: 600 },
    (_, i) => ` ${"LSM"[i % 3]} ${(i * 0x1fff0f).toString(16)},5000\n`,
  );
  const bits = Array.from({ length: 22 }, (_, i) => 7 + i);
  await expectSizes(lines.join(""), bits);
});

test("a TLB that stands before another for stores alone is one TLB for loads and stores", async () => {
  const first = { level: 1, pageSizes: ["4K"], entries: 4, ways: 2 };
  const tlb = [
    { ...first, name: "i", kinds: ["instruction" as const] },
    { ...first, name: "d", kinds: ["load" as const, "store" as const] },
    { ...first, name: "behind", level: 2, kinds: ["store" as const] },
  ];
  const text = " L 1000,4\n S 1000,4\n S 3000,4\n L 5000,4\n S 1000,4\n S 5000,4\n L 3000,4\n";
  await expectAsRuns(text, { "behind.ways": [1, 2, 4] }, { config: { tlb, walkCache: [] } });
});

test("what does not fit into a machine's memory is told of cells, as of runs", async () => {
  // The tables of a machine of 32 bits have 64 MiB of it, 16384 pages.
  const text = Array.from({ length: 20_000 }, (_, i) => ` L ${(i * 0x20000).toString(16)},4\n`).join("");
  const pageTable = {
    format: "radix" as const,
    vaBits: 34,
    paBits: 32,
    pageBits: 12,
    levels: [17, 5],
    pteBytes: 8 as const,
  };
  const tlb = [{ name: "l1", level: 1, pageSizes: ["4K"], entries: 16, ways: 4 }];
  const trace = openTrace(new TextEncoder().encode(text), { format: "lackey" });
  const config = { pageTable, tlb, walkCache: [], caches: [] };
  const { cells } = await sweep(trace, { "l1.ways": [2, 4] }, { config, jobs: 1 }).result();
  expect(cells.map(({ error }) => error?.code)).toEqual(["E_MEMORY", "E_MEMORY"]);
});

test("a trace is all that it has, though a fault stopped some machine, and as far as it was read", async () => {
  const text = Array.from({ length: 300 }, (_, i) => ` L ${i === 9 ? "800000000000" : "1000"},4\n`).join("");
  const open = () => openTrace(new TextEncoder().encode(text), { format: "lackey" });
  const stops = { onFault: ["stop", "continue"] };
  const { trace } = await sweep(open(), stops, { set: ["l1d.policy=srrip"] }).result();
  expect(trace).toMatchObject({ records: 300, kinds: { load: 300 } });
  const large = openTrace("traces/sort.lackey.zst");
  const signal = AbortSignal.timeout(400);
  const stopped = sweep(large, { seed: [1, 2] }, { set: ["l1d.policy=srrip"], signal }).result();
  await expect(stopped).rejects.toMatchObject({
    code: "E_ABORTED",
    partial: { interrupted: true, trace: { format: "lackey" } },
  });
});
