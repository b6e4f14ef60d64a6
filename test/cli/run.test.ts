import { describe, expect, test } from "vitest";
import type { Config, MachineStats, RunResult } from "../../src/index.js";
import { Oracle } from "../oracle/machine.js";
import { counts, Folder, numbers, pagewalk, runJson, SORT, succeeded, TINY } from "./pagewalk.js";

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
      ...[Number(pages.touched["4K"]) + Number(pages.touched["2M"]), pages.dirty, pages.tables],
      ...[faults.minor, faults.segv],
      ...[cycles.total, cycles.translation, cycles.faults].map(Number),
    ];
    expect(raw.filter((count) => !shown.has(count))).toEqual([]);
  });
});

describe.concurrent("a machine with every part", () => {
  const parts: [string, string[], (result: RunResult) => void, RegExp][] = [
    [
      "data caches",
      ["--preset", "csapp-i7"],
      ({ caches, walk, cycles, trace }) => {
        const { accesses = 0, hits = 0, misses = 0 } = caches?.["dcache"] ?? {};
        expect(accesses).toBe(hits + misses);
        expect(accesses).toBeGreaterThan(0);
        const { l1 = 0, l2 = 0, l3 = 0, memory } = walk.servedBy as Record<string, number>;
        expect(l1 + l2 + l3 + Number(memory)).toBe(walk.pteReads);
        expect(Number(cycles.data)).toBeGreaterThan(trace.accesses);
      },
      /dcache/,
    ],
    [
      "a prefetcher",
      [
        "--set",
        'prefetch={"policy":"next"}',
        "--set",
        'tlb=[{"name":"t","level":1,"pageSizes":["4K"],"entries":4,"ways":4}]',
      ],
      ({ prefetch }) => {
        expect(prefetch?.issued).toBeGreaterThan(0);
        expect(prefetch?.hits).toBeGreaterThan(0);
      },
      /prefetch/i,
    ],
    [
      "nested tables",
      ["--set", 'nested={"pageTable":{"format":"x86-64"},"tlb":{"entries":8,"ways":8}}'],
      ({ walk }) => {
        expect(walk.nested?.hostReads).toBeGreaterThan(0);
        expect(Number(walk.nested?.hostReads) + Number(walk.nested?.guestReads)).toBe(walk.pteReads);
      },
      /host/i,
    ],
    [
      "validation",
      ["--validate"],
      ({ validation }) => {
        expect(validation?.checked).toBeGreaterThan(0);
        expect(validation?.failed).toBe(0);
      },
      /validat/i,
    ],
  ];

  test.each(parts)("%s, as JSON and as text", async (_, flags, check, shown) => {
    check(await runJson([...flags, ...limited]));
    const { code, stdout, stderr } = await pagewalk(["run", ...flags, ...limited]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(shown);
  });
});

describe.concurrent("two traces in turn", () => {
  const lines = (seed: number) => {
    const random = numbers(seed);
    const page = () => 0x400 + (random.next().value % 24);
    return Array.from({ length: 2000 }, () => ({
      va: BigInt(page()) << 12n,
      size: 8,
      kind: "load" as const,
    }));
  };
  const traces = [lines(1), lines(2)];
  const paths = traces.map((records, i) =>
    folder.write(
      `${i}.lackey`,
      records.map(({ va }) => ` L ${va.toString(16).padStart(8, "0")},8\n`).join(""),
    ),
  );

  /** What the oracle counts of both, 100 records of each in turn. */
  function counted(config: Config): MachineStats {
    const oracle = new Oracle(config);
    const turns = Array.from({ length: 20 }, (_, turn) =>
      traces.flatMap((records, i) => [
        { event: "switch" as const, process: i + 1 },
        ...records.slice(turn * 100, turn * 100 + 100),
      ]),
    );
    oracle.replay(turns.flat());
    return oracle.stats();
  }

  test("are kept apart by ids, flushed without, as the oracle says", async () => {
    const run = (ids: string, ...more: string[]) =>
      runJson(["--interleave", "100", "--asids", ids, ...more, ...paths]);
    const [flushed, kept, shared] = await Promise.all([run("none"), run("16"), run("none", "--cores", "2")]);
    for (const result of [flushed, kept, shared]) {
      const { tlb, walk, faults, context, flushes } = counted(result.config);
      expect(result).toMatchObject({ tlb, faults, context, flushes });
      expect(result.walk.walks).toBe(walk.walks);
      expect(result.walk.pteReads).toBe(walk.pteReads);
    }
    expect(flushed.flushes?.all).toBe(39);
    expect(kept.flushes?.all).toBe(0);
    expect(flushed.walk.walks).toBeGreaterThan(10 * kept.walk.walks);
  });
});

test.concurrent("csapp-small on addresses that it has not: all are faults, and no TLB was asked", async () => {
  const { faults, trace } = await runJson(["--preset", "csapp-small", TINY]);
  expect(trace.accesses).toBe(0);
  expect(faults.segv).toBe(16);
  const { stdout } = await pagewalk(["run", "--preset", "csapp-small", TINY]);
  expect(stdout).toContain("none was asked");
});
