import { describe, expect, test } from "vitest";
import type { RunResult } from "../../src/index.js";
import { counts, Folder, pagewalk, runJson, SORT, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();
const limited = ["--limit", "100000", SORT];

describe.concurrent("the JSON of run", () => {
  const result = runJson(limited);

  test("has the keys that it promises", async () => {
    const whole = await result;
    expect(whole).toMatchObject({ pagewalk: expect.stringMatching(/^\d+\.\d+\.\d+$/), schema: 1 });
    expect(Object.keys(whole)).toEqual(
      expect.arrayContaining([
        "trace",
        "config",
        "tlb",
        "walk",
        "pages",
        "faults",
        "paging",
        "cycles",
        "timing",
      ]),
    );
    expect(whole.trace).toEqual({
      path: SORT,
      format: "lackey",
      compression: "zstd",
      records: 100_000,
      kinds: {
        instruction: expect.any(Number),
        load: expect.any(Number),
        store: expect.any(Number),
        modify: expect.any(Number),
      },
      accesses: expect.any(Number),
      pageCrossings: expect.any(Number),
      filtered: 0,
      skipped: 0,
      truncated: false,
      unplaced: 0,
      other: {},
      notes: [],
    });
    expect(Object.keys(whole.walk)).toEqual(
      expect.arrayContaining(["walks", "pteReads", "dirtyAssists", "cycles", "caches", "servedBy"]),
    );
    expect(Object.keys(whole.timing)).toEqual(["seconds", "recordsPerSecond"]);
  });

  test("is consistent with itself", async () => {
    const { trace, config, tlb, walk, pages, faults, cycles } = await result;
    expect(Object.keys(tlb)).toEqual(config.tlb.map(({ name }) => name));
    for (const { accesses, hits, misses } of Object.values(tlb)) expect(hits + misses).toBe(accesses);
    const first = config.tlb.filter(({ level }) => level === 1).map(({ name }) => tlb[name]?.accesses ?? 0);
    expect(first.reduce((sum, accesses) => sum + accesses)).toBe(trace.accesses);
    const { instruction, load, store, modify } = trace.kinds;
    expect(instruction + load + store + modify).toBe(trace.records);
    expect(walk.walks).toBe((tlb["stlb"]?.misses ?? 0) + (tlb["stlb-1g"]?.misses ?? 0));
    expect(faults.minor).toBe(pages.touched["4K"]);
    expect(cycles.total).toBe(Number(cycles.translation) + Number(cycles.faults));
  });

  test("of two runs differs in timing only", async () => {
    const print = async () => {
      const { code, stdout } = await pagewalk(["run", "--json", ...limited]);
      expect(code).toBe(0);
      return stdout.replace(/"timing": \{[^}]*\}/, '"timing": {}');
    };
    const first = await print();
    expect(first).toContain('"timing": {}');
    expect(await print()).toBe(first);
  });
});

describe.concurrent("the config of a result, given back with --config, gives that result again", () => {
  test.each([
    "--preset intel-skylake",
    "--preset amd-zen4 --page-size 2M",
    "--preset csapp-i7 --modify once",
    "--set tlb=[] --crossing first",
    "--set walkCache=[] --set stlb.entries=96 --set latency.memory=3",
  ])("%s", async (flags) => {
    const result = await runJson([...flags.split(" "), ...limited]);
    const path = folder.json("again.json", result.config);
    const again = await runJson(["--config", path, ...limited]);
    expect(again.config).toEqual(result.config);
    expect(counts(again)).toEqual(counts(result));
  });
});

describe.concurrent("records that are left out", () => {
  // The 16 kinds of tiny.lackey, in order: I L I S I L I M I S I L S I L M.
  test.each<[string, number, number]>([
    ["--skip 0", 16, 0],
    ["--skip 5", 11, 5],
    ["--skip 16", 0, 16],
    ["--skip 100", 0, 16],
    ["--limit 4", 4, 0],
    ["--limit 16", 16, 0],
    ["--limit 100", 16, 0],
    ["--limit 0", 0, 0],
    ["--skip 5 --limit 4", 4, 5],
    ["--skip 14 --limit 4", 2, 14],
    ["--kinds load", 4, 12],
    ["--kinds modify", 2, 14],
    ["--kinds store,load", 7, 9],
    ["--kinds instruction,load,store,modify", 16, 0],
    ["--skip 2 --limit 6 --kinds load,store", 2, 6],
    ["--limit 1 --kinds modify", 0, 1],
  ])("%s: %i records, %i filtered", async (flags, records, filtered) => {
    for (const command of ["run", "info"]) {
      const outcome = await pagewalk([command, "--json", ...flags.split(" "), TINY]);
      const { trace } = succeeded<RunResult>(outcome);
      expect(trace).toMatchObject({ records, filtered, truncated: false });
      expect(Object.values(trace.kinds).reduce((sum, count) => sum + count)).toBe(records);
    }
  });

  test("add up over the parts of a trace", async () => {
    const parts = await Promise.all([
      runJson(["--limit", "40000", SORT]),
      runJson(["--skip", "40000", "--limit", "60000", SORT]),
    ]);
    const whole = await runJson(limited);
    for (const field of ["records", "accesses", "pageCrossings"] as const) {
      expect(parts.reduce((sum, { trace }) => sum + trace[field], 0)).toBe(whole.trace[field]);
    }
  });
});

test.concurrent.each([
  ["", 19, 1],
  ["--modify twice --crossing split", 19, 1],
  ["--modify once", 17, 1],
  ["--crossing first", 18, 0],
  ["--modify once --crossing first", 16, 0],
])("tiny.lackey with %j: %i lookups, %i of crossings", async (flags, accesses, pageCrossings) => {
  const { trace } = await runJson([...flags.split(" ").filter(Boolean), TINY]);
  expect(trace).toMatchObject({ records: 16, accesses, pageCrossings });
});

test.concurrent("tiny.lackey by hand: 7 pages touched, 4 of them dirty", async () => {
  const { pages, faults, walk } = await runJson(["--preset", "csapp-i7", TINY]);
  expect(pages).toMatchObject({ touched: { "4K": 7, "2M": 0, "1G": 0 }, dirty: 4 });
  expect(faults).toMatchObject({ minor: 7, major: 0, segv: 0 });
  expect(walk).toMatchObject({ walks: 7, pteReads: 28, byKind: { instruction: 2, load: 2, store: 3 } });
});

describe.concurrent("the text report", () => {
  test.each([
    ["the default machine", []],
    ["huge pages", ["--page-size", "2M", "--preset", "amd-zen4"]],
    ["no TLBs", ["--set", "tlb=[]"]],
  ])("contains the raw counts of %s", async (_, flags) => {
    const { trace, tlb, walk, pages, faults, cycles } = await runJson([...flags, ...limited]);
    const { code, stdout, stderr } = await pagewalk(["run", ...flags, ...limited]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const shown = new Set(stdout.match(/\d[\d,]*/g)?.map((number) => Number(number.replaceAll(",", ""))));
    const used = Object.values(tlb).filter(({ accesses }) => accesses > 0);
    const raw = [
      ...[trace.records, trace.accesses, trace.pageCrossings, ...Object.values(trace.kinds)],
      ...used.flatMap(({ accesses, hits, misses }) => [accesses, hits, misses]),
      ...Object.values(walk.caches).flatMap(({ hits, misses }) => [hits, misses]),
      ...[walk.walks, walk.pteReads, walk.dirtyAssists, Number(walk.cycles)],
      ...[pages.touched["4K"] + pages.touched["2M"], pages.dirty, pages.tables],
      ...[faults.minor, faults.segv],
      ...[cycles.total, cycles.translation, cycles.faults].map(Number),
    ];
    expect(raw.filter((count) => !shown.has(count))).toEqual([]);
  });
});
