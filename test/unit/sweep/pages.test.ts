import { expect, test } from "vitest";
import { sizeName } from "../../../src/config/sizes.js";
import { Machine } from "../../../src/engine/machine.js";
import { replay } from "../../../src/replay/replay.js";
import { sweep } from "../../../src/sweep/sweep.js";
import { openTrace } from "../../../src/trace/trace.js";

/** A table whose pages have 2^bits bytes. */
function tableOf(bits: number) {
  const half = Math.floor((35 - bits) / 2);
  const levels = [9, half, 35 - bits - half];
  return { format: "radix", vaBits: 44, paBits: 46, pageBits: bits, levels, pteBytes: 8 };
}

/** Cells of machines with pages of each size, beside their own runs. */
async function expectAsRuns(text: string, bits: readonly number[]): Promise<void> {
  const open = () => openTrace(new TextEncoder().encode(text), { format: "lackey" });
  const sizes = bits.map(sizeName);
  const axes = {
    pageTable: bits.map(tableOf),
    pageSize: sizes,
    tlb: sizes.map((size) => [{ name: "l1", level: 1, pageSizes: [size], entries: 64, ways: 4 }]),
  };
  const choice = { zip: [Object.keys(axes)], config: { walkCache: [], caches: [] }, jobs: 1 };
  const swept = sweep(open(), axes, choice);
  const { cells } = await swept.result();
  expect(cells).toHaveLength(bits.length);
  for (const { index, accesses, tlb, walk } of cells) {
    const own = await replay(await Machine.create(swept.space.cells[index]?.config), open());
    expect({ ...own, accesses: own.trace.accesses }).toMatchObject({ accesses, tlb, walk });
  }
}

test("a record of 1 MiB counts as in a run, however small the pages", async () => {
  await expectAsRuns(" L 1000,1048576\n S 20000,4\n M 1000,1048576\n L 1008,8\n", [3, 4, 5, 6, 7]);
});

test("page crossings count as in a run, however many page sizes there are", async () => {
  const lines = Array.from(
    { length: 600 },
    (_, i) => ` ${"LSM"[i % 3]} ${(i * 0x1fff0f).toString(16)},5000\n`,
  );
  const bits = Array.from({ length: 22 }, (_, i) => 7 + i);
  await expectAsRuns(lines.join(""), bits);
});
