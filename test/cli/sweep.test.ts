import { existsSync, readFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../../src/sweep/analysis.js";
import type { SweepResult } from "../../src/sweep/model.js";
import { expectNothing, Folder, pagewalk, runJson, SORT, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();
const SHORT = ["--limit", "20000", SORT];
const SHAPES = ["--axis", "l1d.sets=1,4", "--axis", "l1d.ways=1..4*2"];

const sweepJson = async (...args: string[]): Promise<SweepResult & { analysis?: Analysis }> =>
  succeeded(await pagewalk(["sweep", "--json", ...args]));

test.concurrent("the JSON of sweep has the keys that it promises", async () => {
  const result = await sweepJson(...SHAPES, TINY);
  const keys = ["pagewalk", "schema", "trace", "config", "axes", "cells", "timing"];
  expect(Object.keys(result)).toEqual(expect.arrayContaining(keys));
  expect(result.schema).toBe(1);
  expect(result.axes).toEqual([
    { path: "l1d.sets", values: [1, 4] },
    { path: "l1d.ways", values: [1, 2, 4] },
  ]);
  expect(result.cells.map(({ config }) => Object.values(config))).toEqual([
    [1, 1],
    [1, 2],
    [1, 4],
    [4, 1],
    [4, 2],
    [4, 4],
  ]);
  for (const { tlb, walk, method } of result.cells) {
    expect(Object.keys(tlb)).toContain("l1d");
    expect(walk.walks).toEqual(expect.any(Number));
    expect(method).toMatch(/^(one-pass|filtered|replay)$/);
  }
  expect(result.analysis).toBeUndefined();
});

test.concurrent("a cell counts what a run of its machine does", async () => {
  const flags = ["--page-size", "4K", "--modify", "once", "--set", "asids=64", "--preset", "amd-zen4"];
  const { cells } = await sweepJson(...flags, "--axis", "l1d.ways=8,72", "--axis", "seed=1,2", ...SHORT);
  expect(cells).toHaveLength(4);
  for (const { config, tlb, walk, accesses } of cells) {
    const set = Object.entries(config).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
    const run = await runJson([...flags, ...set, ...SHORT]);
    expect({ accesses, walks: walk.walks }).toEqual({ accesses: run.trace.accesses, walks: run.walk.walks });
    for (const [name, { accesses, hits, misses }] of Object.entries(tlb))
      expect(run.tlb[name]).toMatchObject({ accesses, hits, misses });
  }
});

test.concurrent("two of sweep differ in timing only", async () => {
  const print = async () => {
    const args = ["sweep", "--json", "--sensitivity", "--pareto", "bits", ...SHAPES, ...SHORT];
    return (await pagewalk(args)).stdout.replace(/"timing": \{[^}]*\{[^}]*\}[^}]*\}/, "");
  };
  expect(await print()).toBe(await print());
});

describe.concurrent("the table", () => {
  const rowsOf = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));

  test("in CSV has a row a cell: axes, method, figures", async () => {
    const csv = folder.at("cells.csv");
    const axes = ["--axis", "l1d.ways=1,2", "--axis", "pageSize=4K,2M"];
    const result = await sweepJson("--csv", csv, ...axes, "--baseline", "pageSize=4K", ...SHORT);
    const [head = [], ...rows] = rowsOf(readFileSync(csv, "utf8"));
    expect(head.slice(0, 7)).toEqual([
      "l1d.ways",
      "pageSize",
      "method",
      "accesses",
      "tlb.l1i.accesses",
      "tlb.l1i.hits",
      "tlb.l1i.misses",
    ]);
    expect(head.slice(4).filter((name) => name.startsWith("tlb.")).length).toBeGreaterThanOrEqual(21);
    expect(head.indexOf("walk.walks")).toBe(4 + 3 * result.config.tlb.length);
    expect(head.at(-1)).toBe("relative");
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ["1", "4K"],
      ["1", "2M"],
      ["2", "4K"],
      ["2", "2M"],
    ]);
    for (const [at, row] of rows.entries()) {
      expect(row[head.indexOf("walk.walks")]).toBe(String(result.cells[at]?.walk.walks));
      expect(row[head.indexOf("tlb.stlb.misses")]).toBe(String(result.cells[at]?.tlb["stlb"]?.misses));
    }
    expect(rows[0]?.at(-1)).toBe("1");
  });

  test("is empty where a machine has no such TLB", async () => {
    const csv = folder.at("presets.csv");
    await sweepJson("--csv", csv, "--axis", "preset=intel-skylake,csapp-i7", TINY);
    const [head = [], skylake = [], csapp = []] = rowsOf(readFileSync(csv, "utf8"));
    const at = head.indexOf("tlb.l1d-1g.misses");
    expect([skylake[at], csapp[at]]).toEqual(["0", ""]);
  });

  test("in Parquet has the same columns and values", async () => {
    const [csv, parquet] = [folder.at("same.csv"), folder.at("same.parquet")];
    const axes = ["--axis", "preset=intel-skylake,csapp-i7", "--axis", "memory.frames=null,4"];
    await sweepJson("--csv", csv, "--parquet", parquet, ...axes, "--axis", "seed=1,2", TINY);
    const [head = [], ...rows] = rowsOf(readFileSync(csv, "utf8"));
    const bytes = readFileSync(parquet);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const objects = await parquetReadObjects({ file: file as ArrayBuffer });
    expect(objects).toHaveLength(8);
    expect(objects.map((row) => Object.keys(row))).toEqual(objects.map(() => head));
    const texts = objects.map((row) => Object.values(row).map((value) => String(value ?? "")));
    expect(texts).toEqual(rows);
    expect(objects[0]).toMatchObject({ seed: 1n, preset: "intel-skylake", "memory.frames": "null" });
  });
});

test.concurrent("a sweep file has axes, and flags go over it", async () => {
  const file = folder.json("sweep.json", {
    axes: { "l1d.sets": "1,4", "l1d.ways": [1, 2, 4], seed: [1, 2] },
    zip: [["l1d.sets", "seed"]],
    constraints: ["l1d.ways < 4"],
    preset: "csapp-i7",
    config: { memory: { frames: 64 } },
  });
  const args = [
    "--sweep",
    file,
    "--axis",
    "l1d.ways=2,4",
    "--axis",
    "mode=user",
    "--constraint",
    "l1d.ways > 1",
  ];
  const { axes, cells, config } = await sweepJson(...args, TINY);
  expect(axes.map(({ path }) => path)).toEqual(["l1d.sets", "l1d.ways", "seed", "mode"]);
  expect(cells.map((cell) => Object.values(cell.config))).toEqual([
    [1, 2, 1, "user"],
    [4, 2, 2, "user"],
  ]);
  expect(config.memory.frames).toBe(64);
  expect(config.tlb.map(({ name }) => name)).toEqual(["l1i", "l1d", "l2"]);
});

test.concurrent("what is no machine is listed where it is skipped", async () => {
  const { cells, impossible } = await sweepJson("--skip-impossible", "--axis", "l1d.ways=3,4", TINY);
  expect(cells.map(({ config }) => config)).toEqual([{ "l1d.ways": 4 }]);
  expect(impossible).toEqual([
    { values: { "l1d.ways": 3 }, problems: [expect.stringContaining("3 ways of 64")] },
  ]);
});

test.concurrent("several traces are the first axis", async () => {
  const other = folder.write("other.lackey", " L 1000,4\n");
  const { axes, cells, trace } = await sweepJson("--axis", "l1d.ways=1,2", TINY, other);
  expect(axes[0]).toEqual({ path: "trace", values: [TINY, other] });
  expect(cells.map(({ config, accesses }) => [config["trace"], accesses])).toEqual([
    [TINY, 19],
    [TINY, 19],
    [other, 1],
    [other, 1],
  ]);
  expect([trace].flat().map(({ path }) => path)).toEqual([TINY, other]);
});

describe.concurrent("what is asked of the cells", () => {
  test("is in the JSON, trace by trace", async () => {
    const asked = ["--by", "tlb.l1d.misses", "--best", "2", "--pareto", "entries", "--sensitivity"];
    const more = ["--heatmap", "l1d.sets,l1d.ways", "--baseline", "l1d.sets=1,l1d.ways=1"];
    const { analysis, cells } = await sweepJson(...SHAPES, ...asked, ...more, ...SHORT);
    const misses = cells.map(({ tlb }) => tlb["l1d"]?.misses ?? 0);
    const ranked = misses.map((_, i) => i).sort((a, b) => (misses[a] ?? 0) - (misses[b] ?? 0));
    expect(analysis?.by).toBe("tlb.l1d.misses");
    expect(analysis?.traces).toHaveLength(1);
    expect(analysis?.traces[0]?.best).toEqual(ranked.slice(0, 2));
    expect(analysis?.heatmaps?.[0]?.least).toEqual([misses.slice(0, 3), misses.slice(3)]);
    expect(analysis?.traces[0]?.pareto?.front[0]).toMatchObject({ cell: 0, metric: misses[0] });
    expect(analysis?.relative?.map(({ ratio }) => ratio)).toEqual(
      misses.map((count) => count / (misses[0] ?? 1)),
    );
    expect(analysis?.sensitivity?.map(({ axes }) => axes.join()).sort()).toEqual(["l1d.sets", "l1d.ways"]);
  });

  test("is in the text", async () => {
    const asked = ["--pareto", "bits", "--sensitivity", "--heatmap", "l1d.sets,l1d.ways", "--best", "1"];
    const { code, stdout, stderr } = await pagewalk([
      "sweep",
      ...SHAPES,
      "--by",
      "tlb.l1d.misses",
      ...asked,
      ...SHORT,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const text of [
      "cells     6",
      "least tlb.l1d.misses first",
      "as few bits of TLB",
      "l1d.sets \\ l1d.ways",
      "with one axis alone",
    ])
      expect(stdout).toContain(text);
  });

  test("a heat map may have the traces as an axis", async () => {
    const other = folder.write("other.lackey", " L 1000,4\n");
    const { analysis } = await sweepJson(
      "--axis",
      "l1d.ways=1,2",
      "--heatmap",
      "l1d.ways,trace",
      TINY,
      other,
    );
    expect(analysis?.heatmaps).toEqual([
      {
        axes: ["l1d.ways", "trace"],
        least: [
          [7, 1],
          [7, 1],
        ],
      },
    ]);
    expect(analysis?.traces.map(({ trace }) => trace)).toEqual([TINY, other]);
  });

  test("a figure that no cell has is told behind the rest", async () => {
    const { code, stdout, stderr } = await pagewalk(["sweep", ...SHAPES, "--by", "walk.nothing", TINY]);
    expect(code).toBe(2);
    expect(stdout).toContain("walk.nothing: no cell has it");
    expect(stderr).toMatch(
      /^pagewalk: error E_OPTION: metric "walk.nothing": no cell has that figure; want .*\n$/,
    );
  });
});

describe.concurrent("refuses", () => {
  const sweepFile = (value: unknown) => folder.json("sweep.json", value);
  const one = ["--axis", "seed=1"];

  test.each<[string, string[], ...string[]]>([
    ["no axis", [], "E_OPTION", "no axis", "as in l1d.entries=16,32,64"],
    ["an axis without values", ["--axis", "l1d.entries"], "E_OPTION", "want PATH=VALUES"],
    ["an axis twice", ["--axis", "seed=1", "--axis", "seed=2"], "E_OPTION", "--axis seed: given twice"],
    ["an empty value", ["--axis", "seed=1,,2"], "E_OPTION", "an empty value"],
    ["a range that ends nowhere", ["--axis", "seed=1..8*1"], "E_OPTION", "never ends"],
    ["an unknown name", ["--axis", "sltb.ways=4"], "E_CONFIG", "did you mean stlb?"],
    ["an unknown key", ["--axis", "stlb.wyas=4"], "E_CONFIG", '"ways"?'],
    ["an unknown preset", ["--axis", "preset=amd-zen"], "E_OPTION", "did you mean amd-zen4?"],
    [
      "no machine",
      ["--axis", "l1d.ways=3,5"],
      "E_CONFIG",
      "2 of 2 cells are no machine",
      "3 ways",
      "5 ways",
      "--skip-impossible",
    ],
    ["too many", ["--axis", "seed=1..500", "--axis", "l1d.sets=1..500"], "E_OPTION", "250000 cells", "--yes"],
    ["zip of no axis", [...one, "--zip", "seed,sed"], "E_OPTION", "did you mean seed?"],
    ["a bad constraint", [...one, "--constraint", "seed >"], "E_OPTION", "character 7", "it ends here"],
    [
      "a constraint that nothing meets",
      [...one, "--constraint", "seed > 1"],
      "E_OPTION",
      "no cell is left of 1",
    ],
    [
      "several at once",
      ["--axis", "seed=", "--zip", "a,b", "--constraint", ")"],
      "E_OPTION",
      "empty value",
      '"a" is no axis',
      "character 1",
    ],
    [
      "a file that is not there",
      ["--sweep", "nothing.json"],
      "E_CONFIG",
      "--sweep nothing.json",
      "want a JSON file",
    ],
    ["--resume by itself", [...one, "--resume"], "E_OPTION", "--out FILE"],
    ["no number of jobs", [...one, "--jobs", "0"], "E_OPTION", "--jobs", "1 or more"],
    ["another metric", [...one, "--metrics", "all"], "E_OPTION", "--metrics"],
    ["a figure that no cell can have", [...one, "--by", "tlb.l1d.mises"], "E_OPTION", "did you mean misses?"],
    ["a figure of no TLB", [...one, "--by", "tlb.sltb.misses"], "E_OPTION", "did you mean stlb?"],
    ["a figure of nothing", [...one, "--by", "wlak.walks"], "E_OPTION", "did you mean walk?"],
    ["a baseline of no axis", [...one, "--baseline", "sed=1"], "E_OPTION", "did you mean seed?"],
    [
      "a baseline of no value",
      [...one, "--baseline", "seed=2"],
      "E_OPTION",
      "seed=2 is no value",
      "want one of 1",
    ],
    ["a baseline that is none", [...one, "--baseline", "seed"], "E_OPTION", "want PATH=VALUE"],
    ["a cost that is none", [...one, "--pareto", "money"], "E_OPTION", "entries, bits"],
    ["a heat map of one axis", [...one, "--heatmap", "seed"], "E_OPTION", "want two axes"],
    ["a heat map of no axes", [...one, "--heatmap", "seed,sed"], "E_OPTION", '"sed" is no axis'],
  ])("%s", async (_, args, ...named) => {
    expectNothing(await pagewalk(["sweep", ...args, TINY]), 2, ...named);
  });

  test.each<[string, unknown, ...string[]]>([
    ["another key", { axis: {} }, "did you mean axes?"],
    ["what is no object", [], "want a JSON object"],
    ["wrong shapes, all of them", { axes: 4, zip: 5 }, "axes: 4", "zip: 5"],
  ])("a file with %s", async (_, value, ...named) => {
    expectNothing(await pagewalk(["sweep", "--sweep", sweepFile(value), TINY]), 2, "sweep.json", ...named);
  });

  test("options before the trace is looked at, and then the trace", async () => {
    const missing = folder.at("missing.lackey");
    expectNothing(await pagewalk(["sweep", "--axis", "seed=", missing]), 2, "empty value");
    expectNothing(await pagewalk(["sweep", ...one, missing]), 3, "E_TRACE", "missing.lackey");
  });

  test("a file that cannot be written", async () => {
    const path = folder.at("none/cells.csv");
    const { code, stderr } = await pagewalk(["sweep", ...one, "--csv", path, TINY]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^pagewalk: error E_OUTPUT: .*cells.csv cannot be written/);
    expect(existsSync(path)).toBe(false);
  });
});
