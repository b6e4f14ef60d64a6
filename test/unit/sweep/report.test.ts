import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { sweepReport } from "../../../src/report/sweep.js";
import { columnsOf, sweepCsv } from "../../../src/report/sweepcolumns.js";
import { analysisOf } from "../../../src/sweep/analysis.js";
import type { SweepCell, SweepResult } from "../../../src/sweep/model.js";
import { spaceOf } from "../../../src/sweep/space.js";
import type { TraceSummary } from "../../../src/trace/summary.js";

const space = spaceOf(["a"], { "l1d.ways": "2,3,4", seed: "1,2" }, { skipImpossible: true });
const counts = { accesses: 8, hits: 6, misses: 2 };
const found = (index: number, cell: Partial<SweepCell>): SweepCell => ({
  index,
  config: space.cells[index]?.values ?? {},
  method: "one-pass",
  accesses: 9,
  tlb: { l1d: counts },
  walk: { walks: 10 - index },
  ...cell,
});
const cells: SweepCell[] = [
  found(0, {}),
  found(1, { method: "replay", walk: { walks: 9, pteReads: 11 }, tlb: { stlb: counts, l1d: counts } }),
  found(2, { paging: { policy: "lru", frames: null, resident: 5 } as never }),
  found(3, { walk: { walks: 0 }, tlb: {}, error: { code: "E_MEMORY", message: "it outgrew memory" } }),
];
const trace = {
  path: "a",
  format: "lackey",
  compression: "none",
  records: 9,
  accesses: 9,
  skipped: 0,
  filtered: 0,
};
const result: SweepResult = {
  pagewalk: "",
  schema: 1,
  trace: { ...trace, truncated: false, notes: ["it is short"] } as unknown as TraceSummary,
  config: space.config,
  axes: space.axes,
  cells,
  impossible: space.impossible,
  interrupted: true,
  timing: { seconds: 2, cells: 4, byMethod: { "one-pass": 3, replay: 1 } },
};

describe("the columns", () => {
  test("are axes, method, those of TLBs, walks, and what else any cell has", () => {
    expect(columnsOf(result, new Map([[0, 1]])).map(({ name }) => name)).toEqual([
      "l1d.ways",
      "seed",
      "method",
      "accesses",
      "tlb.l1d.accesses",
      "tlb.l1d.hits",
      "tlb.l1d.misses",
      "tlb.stlb.accesses",
      "tlb.stlb.hits",
      "tlb.stlb.misses",
      "walk.walks",
      "walk.pteReads",
      "paging.policy",
      "paging.resident",
      "relative",
      "error",
    ]);
  });

  test("of what was not counted are empty", () => {
    const rows = sweepCsv(columnsOf(result, new Map([[0, 0.5]]))).split("\n");
    expect(rows.slice(1)).toEqual([
      "2,1,one-pass,9,8,6,2,,,,10,,,,0.5,",
      "2,2,replay,9,8,6,2,8,6,2,9,11,,,,",
      "4,1,one-pass,9,8,6,2,,,,8,,lru,5,,",
      "4,2,one-pass,,,,,,,,,,,,,E_MEMORY",
      "",
    ]);
  });
});

describe("the report", () => {
  const text = (choice: Parameters<typeof analysisOf>[2], most?: number) =>
    // Some environments have colours.
    stripVTControlCharacters(sweepReport(result, space, analysisOf(cells, space, choice), most));

  test("tells how cells were answered, and which could not be", () => {
    const report = text({});
    for (const part of [
      "a (lackey): 9 records",
      "cells       4 of 6 combinations; 2 are no machine",
      "note        it is short",
      "3 with others in one pass",
      "1 by a replay each",
      "3 ways of 64 entries",
      "Could not be answered",
      "l1d.ways=4, seed=2: E_MEMORY: it outgrew memory",
      "Interrupted: the cells are those that were answered until then.",
    ])
      expect(report).toContain(part);
  });

  test("has the best first, as many as asked for", () => {
    const rows = text({}, 2).split("\n");
    const head = rows.findIndex((row) => row.includes("least walk.walks first"));
    expect(rows.slice(head + 1, head + 5).map((row) => row.trim().split(/ {2,}/))).toEqual([
      ["l1d.ways", "seed", "l1d misses", "stlb misses", "walks"],
      ["4", "1", "2", "8"],
      ["2", "2", "2", "2", "9"],
      ["and 1 more; --json, --csv and --parquet have them all"],
    ]);
  });

  test("has what was asked for", () => {
    const report = text({
      by: "tlb.l1d.missRate",
      heatmap: ["seed", "l1d.ways"],
      pareto: "bits",
      sensitivity: true,
    });
    for (const part of [
      "least tlb.l1d.missRate first",
      "25.00 %",
      "seed \\ l1d.ways",
      "bits of TLB",
      "1.000",
    ])
      expect(report).toContain(part);
    expect(text({ by: "cycles.total" })).toContain("cycles.total: no cell has it");
  });
});
