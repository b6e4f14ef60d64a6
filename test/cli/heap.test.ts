import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type HeapResult, heapPresets } from "../../src/index.js";
import { repOf } from "../heapops.js";
import { SAMPLES } from "../unit/formats/samples.js";
import { expectError, expectNothing, Folder, pagewalk, shell, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();

// Worked out by hand for the textbook's layout: a heap of 16 bytes and a chunk of 4096; blocks of 16 bytes at least, else size + 8
// rounded up to 8, first fit.
//
//   1  a 0 100   block 112; 3984 left                    payload 100   blocks 112
//   2  a 1 5     block 16; 3968 left                     105           128
//   3  a 2 5000  block 5008: the heap grows by 5008, which merges with what is left: 8976, 3968 behind the block   5105   5136
//   4  f 0       112 free                                5005          5024
//   5  r 1 40    copied: block 48 in the first 112, 64 left; then the 16 are free: merged with 64 before: 80   5040   5056
//   6  f 2       5008 free, with 80 before it and 3968 behind: all 9056   40   48
const LINES = ["a 0 100", "a 1 5", "a 2 5000", "f 0", "r 1 40", "f 2"];
const LAYOUT = "csapp-implicit-first";
const HEAP = 16 + 4096 + 5008;

const tiny = folder.write("tiny.rep", repOf(LINES, 3));

async function heapJson(args: readonly string[]): Promise<HeapResult> {
  return succeeded(await pagewalk(["heap", "--json", ...args]));
}

describe.concurrent("a trace worked out by hand", () => {
  test("its counts", async () => {
    const { trace, policies, process, processes, demand } = await heapJson(["--policy", LAYOUT, tiny]);
    expect(trace).toMatchObject({
      format: "rep",
      compression: "none",
      records: 0,
      events: 6,
      skipped: 0,
      truncated: false,
    });
    expect([process, processes]).toEqual([1, [{ pid: 1, operations: 6 }]]);
    expect(demand.peak).toEqual({ payload: 5105, blocks: 3, operation: 3 });
    const series = [
      [1, 100, 4112, 12, 3984, 3984],
      [2, 105, 4112, 23, 3968, 3968],
      [3, 5105, HEAP, 31, 3968, 3968],
      [4, 5005, HEAP, 19, 4080, 3968],
      [5, 5040, HEAP, 16, 4048, 3968],
      [6, 40, HEAP, 8, 9056, 9056],
    ].map(([operation, payload, heapBytes, internal, freeBytes = 0, largestFree = 0]) => {
      return {
        operation,
        payload,
        heapBytes,
        internal,
        freeBytes,
        largestFree,
        external: 1 - largestFree / freeBytes,
      };
    });
    const internal = (12 + 23 + 31 + 19 + 16 + 8) / 6;
    const external = (112 / 4080 + 80 / 4048) / 6;
    expect(policies).toHaveLength(1);
    const [policy] = policies;
    expect(policy).toMatchObject({
      name: LAYOUT,
      ops: 6,
      peakPayload: 5105,
      heapBytes: HEAP,
      utilization: 5105 / HEAP,
      failed: 0,
      mappedBytes: 0,
      peakBlocks: 3,
      internal: { mean: internal, peak: 31, atPeak: 31 },
      external: { peak: 1 - 3968 / 4080, atPeak: 0 },
      internalFragmentation: internal,
      series,
    });
    expect(policy?.externalFragmentation).toBeCloseTo(external, 12);
    expect(policy?.external.mean).toBe(policy?.externalFragmentation);
    expect(policy?.timing.opsPerSecond).toBeGreaterThan(0);
  });

  test("its blocks where most is live, as rows", async () => {
    const { policies } = await heapJson(["--policy", LAYOUT, "--map", "peak", tiny]);
    expect(policies[0]?.map).toEqual({
      operation: 3,
      line: 7,
      grownBytes: HEAP,
      mmapBytes: 0,
      bytes: { payload: 5105, overhead: 31 + 16, free: 3968, mapped: 0 },
      blocks: [
        { offset: 0, size: 12, kind: "header" },
        { offset: 12, size: 112, kind: "used", payload: 100, at: 16, slot: 0, operation: 1, line: 5 },
        { offset: 124, size: 16, kind: "used", payload: 5, at: 128, slot: 1, operation: 2, line: 6 },
        { offset: 140, size: 5008, kind: "used", payload: 5000, at: 144, slot: 2, operation: 3, line: 7 },
        { offset: 5148, size: 3968, kind: "free" },
        { offset: 9116, size: 4, kind: "header" },
      ],
    });
  });

  test.each([
    ["end", 6, [12, 48, 9056, 4]],
    ["5", 5, [12, 48, 80, 5008, 3968, 4]],
    ["0", 0, [12, 4096, 4]],
  ])("its blocks: --map %s", async (when, operation, wanted) => {
    const { policies } = await heapJson(["--policy", LAYOUT, "--map", when, tiny]);
    const { map } = policies[0] ?? {};
    expect([map?.operation, map?.blocks.map(({ size }) => size)]).toEqual([operation, wanted]);
    expect(map?.blocks.reduce((sum, { size }) => sum + size, 0)).toBe(map?.grownBytes);
  });

  test("its picture", async () => {
    const { code, stdout } = await pagewalk(["heap", "--policy", LAYOUT, "--map", "peak", tiny]);
    expect(code).toBe(0);
    // 8 bytes a character: two of padding and prologue, the block's header and its first bytes ...
    const [, row] = /^ {2}0000 \|(.{64})\|$/m.exec(stdout) ?? [];
    expect(row).toBe(`hh${"#".repeat(13)}h${"#".repeat(1)}h${"#".repeat(46)}`);
    expect(stdout).toMatch(/asked for +5,105 /);
    expect(stdout).toMatch(/free +3,968 /);
    expect(stdout).toMatch(/headers, footers, padding +47 /);
    expect(stdout).toMatch(/the heap +9,120$/m);
  });
});

describe.concurrent("policies", () => {
  test("are those that are asked for, in that order, and may be changed", async () => {
    const list = [
      "--policy",
      "csapp-implicit-next,csapp-implicit-first+alignment=16+splitThreshold=32+minBlock=32",
      "--policy",
      LAYOUT,
    ];
    const { policies } = await heapJson([...list, "--set", "chunk=8K", tiny]);
    expect(policies.map(({ name, config }) => [name, config.fit, config.alignment, config.chunk])).toEqual([
      ["csapp-implicit-next", "next", 8, 8192],
      ["csapp-implicit-first+alignment=16+splitThreshold=32+minBlock=32", "first", 16, 8192],
      [LAYOUT, "first", 8, 8192],
    ]);
  });

  test("named twice are replayed once", async () => {
    const { policies } = await heapJson(["--policy", `${LAYOUT},${LAYOUT}`, tiny]);
    expect(policies.map(({ name }) => name)).toEqual([LAYOUT]);
  });

  test("all are every preset", async () => {
    const { policies } = await heapJson(["--policy", "all", tiny]);
    expect(policies.map(({ name }) => name)).toEqual(Object.keys(heapPresets));
    expect(policies.filter(({ peakPayload, failed }) => peakPayload !== 5105 || failed > 0)).toEqual([]);
  });

  test("ranked: the smallest heap first", async () => {
    const { stdout } = await pagewalk(["heap", "--policy", `${LAYOUT}+chunk=64K,${LAYOUT}`, tiny]);
    const rows = stdout.split("\n").filter((line) => line.startsWith(`  ${LAYOUT}`));
    expect(rows.slice(0, 2).map((row) => row.trim().split(/ +/).slice(0, 2))).toEqual([
      [LAYOUT, "9,120"],
      [`${LAYOUT}+chunk=64K`, "65,552"],
    ]);
  });

  test.each([
    [["--policy", "tslf"], "E_CONFIG", /no heap policy "tslf"; did you mean tlsf\?/],
    [
      ["--policy", "tlsf,dl", "--set", "alignment=12"],
      "E_CONFIG",
      /E_CONFIG: alignment: 12; want 8 or 16\n$/,
    ],
    [["--set", "best"], "E_OPTION", /"best": want key=value/],
    [["--map", "middle"], "E_OPTION", /want peak, end, or a number/],
    [["--map", "7"], "E_OPTION", /map: 7; want at most 6/],
    [["--process", "5"], "E_OPTION", /process 5: allocates nothing in .*; want one of 1/],
    [["--samples", "0"], "E_OPTION", /want a whole number/],
    [["--kinds", "load"], "E_OPTION", /unknown option '--kinds'/],
    [["--fail-if", "policies"], "E_OPTION", /want PATH OPERATOR NUMBER/],
  ])("%j", async (args, code, says) => {
    expectNothing(await pagewalk(["heap", ...args, tiny]), 2, code, says);
  });
});

describe.concurrent("traces", () => {
  test.each(["mtrace", "ltrace", "memcheck", "heaptrack"])("%s", async (format) => {
    const file = folder.write(`a.${format}`, SAMPLES[format]?.text ?? "");
    const { code, stdout } = await pagewalk(["heap", "--json", "--policy", LAYOUT, file]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as HeapResult;
    expect(result.trace.format).toBe(format);
    expect(result.policies[0]?.ops).toBeGreaterThan(0);
  });

  test.each(["pagewalk", "scenario", "rep.gz"])(
    "what convert makes of one comes to the same: .%s",
    async (extension) => {
      const out = folder.at(`converted.${extension}`);
      expect((await pagewalk(["convert", tiny, out])).code).toBe(0);
      const { demand, policies } = await heapJson(["--policy", LAYOUT, out]);
      expect(demand.peak).toEqual({ payload: 5105, blocks: 3, operation: 3 });
      expect(policies[0]).toMatchObject({ ops: 6, heapBytes: HEAP, work: { grown: 2 } });
    },
  );

  test("from standard input", async () => {
    const { code, stdout } = await pagewalk(["heap", "--json", "--policy", LAYOUT, "-"], {
      stdin: readFileSync(tiny),
    });
    expect([code, (JSON.parse(stdout) as HeapResult).policies[0]?.heapBytes]).toEqual([0, HEAP]);
  });

  test("two runs give the same, apart from timing", async () => {
    const [a, b] = await Promise.all([heapJson(["--map", "end", tiny]), heapJson(["--map", "end", tiny])]);
    const plain = (result: HeapResult) =>
      JSON.stringify(result, (key, value) => (key === "timing" ? undefined : value));
    expect(plain(a)).toBe(plain(b));
  });

  test("--limit ends it after so many operations", async () => {
    const { policies, demand } = await heapJson(["--policy", LAYOUT, "--limit", "3", tiny]);
    expect([policies[0]?.ops, demand.neverFreed]).toEqual([3, { blocks: 3, bytes: 5105 }]);
  });

  test("an alignment is no operation", async () => {
    const file = folder.write("a.scenario", "malloc a 10\nmalloc b 10 align 64\nfree a\n");
    const { policies, demand } = await heapJson(["--policy", LAYOUT, "--map", "2", file]);
    expect(demand.operations).toEqual({ malloc: 2, calloc: 0, realloc: 0, free: 1, aligned: 1 });
    const [policy] = policies;
    expect([policy?.ops, policy?.series.map(({ operation }) => operation)]).toEqual([3, [1, 2, 3]]);
    const block = policy?.map?.blocks.find(({ slot }) => slot === 1);
    expect(block).toMatchObject({ operation: 2, line: 2, payload: 10 });
    expect((block?.at ?? 1) % 64).toBe(0);
  });

  test.each([
    ["a trace of accesses", [TINY], /allocates nothing; want a trace of malloc, calloc/],
    ["no operations", [folder.write("none.rep", "1\n0\n0\n1\n")], /holds no records/],
    ["a missing file", [folder.at("missing.rep")], /no such file/i],
    ["no format", [folder.write("x.rep", "what is this?\n")], /no known format/],
    ["nothing", [folder.write("empty.rep", "")], /is empty/],
    ["a first line that is bad", [folder.write("bad.rep", repOf(["a 0"]))], /line 5: .*the size is missing/],
    ["a first ID that is bad", [folder.write("bad.rep", repOf(["f 0"]))], /line 5: free of block 0/],
  ])("%s", async (_, args, says) => {
    expectNothing(await pagewalk(["heap", "--json", ...args]), 3, "E_TRACE", says);
  });

  test("what came before something bad is printed", async () => {
    const file = folder.write("double.rep", repOf([...LINES, "f 2", "a 0 8"], 3));
    const outcome = await pagewalk(["heap", "--json", "--policy", LAYOUT, file]);
    expectError(outcome, 3, "E_TRACE", "line 11: free of block 2");
    const result = JSON.parse(outcome.stdout) as HeapResult;
    expect([result.trace.truncated, result.policies[0]?.heapBytes]).toEqual([true, HEAP]);
  });

  test("or passed over", async () => {
    const file = folder.write("double.rep", repOf([...LINES, "f 2", "a 0 8"], 3));
    const outcome = await pagewalk(["heap", "--json", "--skip-bad", "1", "--policy", LAYOUT, file]);
    expect([outcome.code, outcome.stderr]).toEqual([0, "pagewalk: note: 1 bad record was passed over\n"]);
    const result = JSON.parse(outcome.stdout) as HeapResult;
    expect([result.trace.skipped, result.policies[0]?.ops]).toEqual([1, 7]);
  });

  test("what a tracer missed is told", async () => {
    const file = folder.write("a.mtrace", "= Start\n@ ./p:[0x1] + 0x10 0x20\n@ ./p:[0x1] - 0x30\n");
    const { code, stderr, stdout } = await pagewalk(["heap", "--policy", LAYOUT, file]);
    expect(code).toBe(0);
    expect(stderr).toContain("note: the trace misses calls: 1 free of unknown blocks; docs/heap.md");
    expect(stdout).toContain("unknown      1 free of blocks that the trace does not know, left out");
  });
});

describe.concurrent("several processes", () => {
  const file = folder.write("two.scenario", "malloc a 1\n@2 malloc a 2\n@2 malloc b 3\n@2 free a\n");

  test("the one that allocates most often is replayed, and that is told", async () => {
    const { code, stdout, stderr } = await pagewalk(["heap", "--json", "--policy", LAYOUT, file]);
    const { process, policies } = JSON.parse(stdout) as HeapResult;
    expect([code, process, policies[0]?.ops]).toEqual([0, 2, 3]);
    expect(stderr).toBe(
      "pagewalk: note: several processes allocate: 1 (1 operation), 2 (3 operations); 2 is replayed, --process N takes another\n",
    );
  });

  test("or another", async () => {
    const { process, processes, policies } = await heapJson(["--process", "1", "--policy", LAYOUT, file]);
    expect([process, policies[0]?.peakPayload]).toEqual([1, 1]);
    expect(processes).toEqual([
      { pid: 1, operations: 1 },
      { pid: 2, operations: 3 },
    ]);
  });
});

describe.concurrent("what a heap has no room for", () => {
  const lines = [
    "a 0 2147483648",
    "a 1 4294967296",
    "a 2 9223372036854775808",
    "a 3 100",
    "f 0",
    "r 1 10",
    "r 3 4000000000",
    "f 3",
  ];
  const file = folder.write("huge.rep", repOf(lines));

  test("fails, is counted, and changes nothing", async () => {
    const { policies, demand } = await heapJson(["--policy", "all", "--map", "end", file]);
    expect(demand.huge).toBe(2);
    for (const { failed, ops, peakPayload, map } of policies) {
      expect([failed, ops, peakPayload]).toEqual([4, 8, 110]);
      expect(map?.bytes.payload).toBe(10);
    }
  });

  test("a heap that is full goes on", async () => {
    const { policies } = await heapJson(["--policy", LAYOUT, "--set", "limit=8192", tiny]);
    // The third request does not fit; its free is one of NULL.
    expect(policies[0]).toMatchObject({ failed: 1, peakPayload: 105, heapBytes: 4112, ops: 6 });
  });
});

describe.concurrent("outputs", () => {
  test("a table of policies and one of samples as CSV", async () => {
    const csv = folder.at("policies.csv");
    const series = folder.at("series.csv");
    const args = [
      "--policy",
      `${LAYOUT},csapp-implicit-next`,
      "--csv",
      csv,
      "--series",
      series,
      "--samples",
      "2",
    ];
    expect((await pagewalk(["heap", ...args, tiny])).code).toBe(0);
    const policies = readFileSync(csv, "utf8").split("\n");
    expect(policies[0]).toMatch(/^policy,ops,peakPayload,heapBytes,/);
    expect(policies.slice(1, 3).map((line) => line.split(",").slice(0, 4))).toEqual([
      [LAYOUT, "6", "5105", String(HEAP)],
      ["csapp-implicit-next", "6", "5105", String(HEAP)],
    ]);
    expect(readFileSync(series, "utf8").split("\n").slice(0, 3)).toEqual([
      "policy,operation,payload,heapBytes,internal,freeBytes,largestFree,external",
      `${LAYOUT},3,5105,${HEAP},31,3968,3968,0`,
      `${LAYOUT},6,40,${HEAP},8,9056,9056,0`,
    ]);
  });

  test("a file that cannot be written", async () => {
    expectError(await pagewalk(["heap", "--csv", folder.at("no/such/folder"), tiny]), 4, "E_OUTPUT");
  });

  test("into a closed pipe", async () => {
    const { code, stderr } = await shell(`pagewalk heap --json --map end ${tiny} | head -c 10 > /dev/null`);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test.each([
    ["policies.0.heapBytes > 9000", 1],
    [`policies.${LAYOUT}.heapBytes > 9000`, 1],
    [`policies.${LAYOUT}.utilization < 0.5`, 0],
    ["demand.peak.payload == 5105", 1],
    ["policies.tuned.heapBytes > 0", 2],
  ])("--fail-if %s", async (condition, code) => {
    const outcome = await pagewalk(["heap", "--policy", LAYOUT, "--fail-if", condition, tiny]);
    expect(outcome.code).toBe(code);
    if (code === 1) expect(outcome.stderr).toContain(`the result meets --fail-if ${condition}`);
  });

  test("--help shows examples", async () => {
    const { code, stdout } = await pagewalk(["heap", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}pagewalk heap traces/);
  });
});
