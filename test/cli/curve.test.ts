import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CurveResult, RunResult } from "../../src/index.js";
import { expectNothing, Folder, pagewalk, SORT, succeeded, TINY, tinyText } from "./pagewalk.js";

const folder = new Folder();
const curveJson = async (args: readonly string[], stdin?: string): Promise<CurveResult> =>
  succeeded(await pagewalk(["curve", "--json", ...args], stdin === undefined ? {} : { stdin }));
const faultsOf = ({ curves }: CurveResult, policy: string) =>
  curves.find((curve) => curve.policy === policy)?.points.map(({ faults }) => faults);

/** Loads of pages: the book's string of references. */
const BELADY = "1 2 3 4 1 2 5 1 2 3 4 5";
const traceOf = (pages: string) =>
  pages
    .split(" ")
    .map((page) => ` L ${page}000,4\n`)
    .join("");

test.concurrent("the JSON of curve has the keys that it promises", async () => {
  const result = await curveJson(["--policy", "lru,arc", "--frames", "2,4", TINY]);
  const keys = ["pagewalk", "schema", "trace", "config", "curves", "timing", "pages"];
  expect(Object.keys(result)).toEqual(expect.arrayContaining(keys));
  expect(result.curves.map(({ policy }) => policy)).toEqual(["lru", "arc"]);
  for (const { points } of result.curves) {
    expect(points.map(({ frames }) => frames)).toEqual([2, 4]);
    for (const { faults, writes } of points)
      expect([faults, writes]).toEqual([expect.any(Number), expect.any(Number)]);
  }
});

test.concurrent("FIFO does worse with a frame more on Belady's string, LRU and OPT better", async () => {
  const path = folder.write("belady.lackey", traceOf(BELADY));
  const result = await curveJson(["--policy", "fifo,lru,opt,sfifo:0,sfifo:100", "--frames", "3,4", path]);
  expect(faultsOf(result, "fifo")).toEqual([9, 10]);
  expect(faultsOf(result, "lru")).toEqual([10, 8]);
  expect(faultsOf(result, "opt")).toEqual([7, 6]);
  expect(faultsOf(result, "sfifo:0")).toEqual([9, 10]);
  expect(faultsOf(result, "sfifo:100")).toEqual([10, 8]);
});

test.concurrent("dirty pages that leave are written, those that stay are not", async () => {
  const path = folder.write("writes.lackey", " S 1000,4\n L 2000,4\n S 3000,4\n L 1000,4\n M 2000,4\n");
  const { curves } = await curveJson(["--policy", "fifo", "--frames", "1,3", path]);
  expect(curves[0]?.points).toEqual([
    { frames: 1, faults: 5, writes: 2, evictions: 4 },
    { frames: 3, faults: 3, writes: 0, evictions: 0 },
  ]);
});

test.concurrent("modifies and crossings count as asked", async () => {
  const path = folder.write("counting.lackey", " M 1ffc,8\n L 1000,1\n");
  const accesses = async (...flags: string[]) =>
    (await curveJson(["--frames", "1", ...flags, path])).trace.accesses;
  expect(await accesses()).toBe(5);
  expect(await accesses("--modify", "once")).toBe(3);
  expect(await accesses("--crossing", "first")).toBe(3);
  expect(await accesses("--modify", "once", "--crossing", "first")).toBe(2);
});

test.concurrent("the points of ws are windows, and say how many pages were resident", async () => {
  const path = folder.write("ws.lackey", traceOf("1 2 3 1 2 3 3 3 1"));
  const { curves } = await curveJson(["--policy", "ws:3,ws:1,ws:2", path]);
  expect(curves).toHaveLength(1);
  expect(curves[0]).toMatchObject({
    policy: "ws",
    points: [
      { tau: 1, frames: 1, faults: 7 },
      { tau: 2, frames: 2, faults: 7 },
      { tau: 3, frames: 3, faults: 4 },
    ],
  });
});

test.concurrent("sizes are the powers of two up to the footprint where none are given", async () => {
  const { curves, pages } = await curveJson([SORT]);
  expect(pages).toBe(238);
  expect(curves[0]?.points.map(({ frames }) => frames)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  expect(curves[0]?.points.at(-1)).toMatchObject({ faults: 238, evictions: 0 });
});

test.concurrent("ranges are lists, sums and products", async () => {
  const sizes = async (text: string) =>
    (await curveJson(["--frames", text, TINY])).curves[0]?.points.map(({ frames }) => frames);
  expect(await sizes("3,1,3")).toEqual([1, 3]);
  expect(await sizes("2..4")).toEqual([2, 3, 4]);
  expect(await sizes("1..10+4,1K")).toEqual([1, 5, 9, 1024]);
  expect(await sizes("1..16*4")).toEqual([1, 4, 16]);
});

test.concurrent("each process has its own pages, in traces that take turns", async () => {
  const path = folder.write("one.lackey", traceOf("1 2 1 2"));
  const args = ["--frames", "2,4", "--interleave", "2"];
  const processes = await curveJson([...args, path, path]);
  expect(processes.pages).toBe(4);
  expect(faultsOf(processes, "lru")).toEqual([8, 4]);
  const threads = await curveJson([...args, "--threads", path, path]);
  expect(threads.pages).toBe(2);
  expect(faultsOf(threads, "lru")).toEqual([2, 2]);
});

test.concurrent("CSV has a row a point", async () => {
  const csv = folder.at("points.csv");
  const { code } = await pagewalk(["curve", "--policy", "lru,ws:5", "--frames", "1,2", "--csv", csv, TINY]);
  expect(code).toBe(0);
  const lines = readFileSync(csv, "utf8").trimEnd().split("\n");
  expect(lines[0]).toBe("policy,tau,frames,faults,writes,evictions");
  expect(lines.slice(1).map((line) => line.split(",").slice(0, 3))).toEqual([
    ["lru", "", "1"],
    ["lru", "", "2"],
    ["ws", "5", expect.any(String)],
  ]);
});

test.concurrent("working sets against windows, as the policy ws finds them", async () => {
  const path = folder.write("windows.lackey", traceOf("1 2 3 1 2 3 3 3 1"));
  const args = ["--windows", "3,1", "--windows", "2", "--policy", "ws:1,ws:2,ws:3"];
  const { workingSet, curves } = await curveJson([...args, path]);
  expect(workingSet).toEqual({
    points: [
      { tau: 1, mean: 1, peak: 1, faults: 7 },
      { tau: 2, mean: 15 / 9, peak: 2, faults: 7 },
      { tau: 3, mean: 20 / 9, peak: 3, faults: 4 },
    ],
  });
  const ofPolicy = curves[0]?.points.map(({ tau, frames, faults }) => [tau, frames, faults]);
  expect(ofPolicy).toEqual(workingSet?.points.map(({ tau, peak, faults }) => [tau, peak, faults]));
  const all = await curveJson(["--working-set", path]);
  expect(all.workingSet?.points.map(({ tau }) => tau)).toEqual([1, 2, 4, 8, 16]);
  expect(await curveJson([path])).not.toHaveProperty("workingSet");
});

test.concurrent("working sets are in the text and in CSV", async () => {
  const csv = folder.at("windows.csv");
  const { code, stdout } = await pagewalk([
    "curve",
    "--windows",
    "2..8*2",
    "--frames",
    "1",
    "--csv",
    csv,
    TINY,
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain("Working set against its window");
  expect(stdout).toContain("A mean  B most");
  const lines = readFileSync(csv, "utf8").trimEnd().split("\n");
  expect(lines[0]).toBe("policy,tau,frames,faults,writes,evictions,mean");
  expect(lines.map((line) => line.split(",").slice(0, 2).join())).toEqual([
    "policy,tau",
    "lru,",
    "working-set,2",
    "working-set,4",
    "working-set,8",
  ]);
});

test.concurrent("a sample of the pages says what it stands on", async () => {
  const csv = folder.at("sample.csv");
  const args = ["--shards", "0.25", "--csv", csv, SORT];
  const { shards, pages, curves } = await curveJson(args);
  expect(shards).toMatchObject({ rate: 0.25, groups: 16, note: expect.stringContaining("exact") });
  expect(pages).toBe(4 * (shards?.pages ?? 0));
  const points = curves[0]?.points ?? [];
  expect(points[0]).toMatchObject({
    frames: 4,
    faultsError: expect.any(Number),
    writesError: expect.any(Number),
  });
  expect(points.at(-1)?.faults).toBe(pages);
  expect(readFileSync(csv, "utf8")).toMatch(/^policy,.*,evictions,faultsError,writesError\nlru,,4,/);
  const { stdout } = await pagewalk(["curve", "--shards", "0.25", SORT]);
  expect(stdout).toMatch(/sample +\d+ pages, 25.00 % of all/);
  expect(stdout).toMatch(/error +\S+ % of the lookups/);
  expect(stdout).toMatch(/\d \+- \d/);
  const others = await curveJson(["--shards", "0.25", "--seed", "5", SORT]);
  expect(others.curves).not.toEqual(curves);
});

test.concurrent("the text plots the curves, without colours", async () => {
  const args = ["curve", "--policy", "lru,opt,fifo", SORT];
  const { stdout } = await pagewalk(args, { env: { NO_COLOR: "1" } });
  expect(stdout).toContain("A lru  B opt  C fifo  * several");
  expect(stdout).not.toContain("\u001b");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test.concurrent("the text has the counts of the JSON", async () => {
  const args = ["--policy", "lru,opt", "--frames", "16,64", SORT];
  const { curves } = await curveJson(args);
  const { code, stdout } = await pagewalk(["curve", ...args]);
  expect(code).toBe(0);
  for (const { points } of curves) {
    for (const { faults, writes } of points) {
      for (const count of [faults, writes]) expect(stdout).toContain(count.toLocaleString("en-US"));
    }
  }
});

test.concurrent("two of curve differ in timing only", async () => {
  const print = async () => {
    const args = ["curve", "--json", "--policy", "random,opt,lirs", "--frames", "3", TINY];
    return (await pagewalk(args)).stdout.replace(/"timing": \{[^}]*\}/, "");
  };
  expect(await print()).toBe(await print());
});

test.concurrent("the seed chooses the victims of random", async () => {
  const faults = async (seed: string) =>
    faultsOf(await curveJson(["--policy", "random", "--frames", "32", "--seed", seed, SORT]), "random");
  expect(await faults("1")).toEqual(await faults("1"));
  expect(await faults("1")).not.toEqual(await faults("2"));
});

test.concurrent("a stream needs sizes, and is then read; lru and opt need none", async () => {
  const missing = await pagewalk(["curve", "--policy", "fifo", "-"], { stdin: tinyText });
  expectNothing(missing, 2, "standard input", "--frames");
  const stacks = ["--policy", "lru,opt"];
  const { curves: both } = await curveJson([...stacks, "-"], tinyText);
  expect(both).toEqual((await curveJson([...stacks, TINY])).curves);
  const { trace, curves } = await curveJson(["--frames", "8", "-"], tinyText);
  expect(trace.records).toBe(16);
  expect(curves[0]?.points).toMatchObject([{ frames: 8, faults: 7 }]);
});

describe.concurrent("bad options", () => {
  test("are told all at once", async () => {
    const args = [
      "--policy",
      "luu,ws,sfifo:101,arc:1",
      "--frames",
      "0",
      "--page-size",
      "5K",
      "--modify",
      "never",
    ];
    const outcome = await pagewalk(["curve", ...args, TINY]);
    expectNothing(outcome, 2, '"luu" (lru?)', "ws:10000", "0 to 100", "arc takes no parameter");
    expectNothing(outcome, 2, "frames: 0", '"5K"', '"never"');
  });

  test("of samples and windows, too", async () => {
    const args = ["--shards", "0.01", "--policy", "lru,arc", "--frames", "64,128", "--working-set"];
    const outcome = await pagewalk(["curve", ...args, "--windows", "0", TINY]);
    expectNothing(outcome, 2, "want no arc", "frames: 64; ", "want 100 or more", "one or the other");
    expectNothing(outcome, 2, "windows: 0");
    expectNothing(await pagewalk(["curve", "--shards", "2", TINY]), 2, "--shards", "above 0, up to 1");
    expectNothing(await pagewalk(["curve", "--shards", "1e-9", TINY]), 2, "2^-20");
  });

  test.each(["5..1", "1..", "a", "1..5+0", "1..9*1", "", "1,,2", "1..1e9", "-1"])(
    "--frames %j",
    async (text) => {
      expectNothing(await pagewalk(["curve", `--frames=${text}`, TINY]), 2, "--frames", "want");
    },
  );

  test("sizes that no memory has", async () => {
    expectNothing(await pagewalk(["curve", "--frames", "2G", TINY]), 2, "1073741824");
  });
});

test.concurrent("a broken trace gives the points of what was read", async () => {
  const path = folder.write("broken.lackey", `${traceOf("1 2 1")}garbage\n`);
  const { code, stdout, stderr } = await pagewalk([
    "curve",
    "--json",
    "--policy",
    "lru,opt",
    "--frames",
    "1",
    path,
  ]);
  expect(code).toBe(3);
  expect(stderr).toContain("garbage");
  const result = JSON.parse(stdout) as CurveResult;
  expect(result.trace.truncated).toBe(true);
  expect(faultsOf(result, "lru")).toEqual([3]);
  expect(faultsOf(result, "opt")).toEqual([3]);
});

test.concurrent("CSV that cannot be written is an error", async () => {
  const path = folder.at("no/such/folder.csv");
  const outcome = await pagewalk(["curve", "--frames", "1", "--csv", path, TINY]);
  expect(outcome.code).toBe(4);
  expect(outcome.stderr).toContain("cannot be written");
  expect(existsSync(path)).toBe(false);
});

test.concurrent("a trace with mappings is replayed on a machine for each point", async () => {
  const scenario = "traces/thrashing.scenario";
  const result = await curveJson(["--policy", "lru,fifo", "--frames", "16,24", scenario]);
  expect(result.config.machine?.pageSize).toBe("4K");
  expect(faultsOf(result, "lru")).toEqual([200, 24]);
  const { faults, paging } = succeeded<RunResult>(
    await pagewalk(["run", "--json", "--set", "memory.frames=16", scenario]),
  );
  expect(result.curves[0]?.points[0]).toEqual({
    frames: 16,
    faults: faults.minor + faults.major,
    writes: paging.pageOuts,
    evictions: paging.evictions,
    outOfMemory: 0,
  });
  const whole = await curveJson([scenario]);
  expect(whole.curves[0]?.points.map(({ frames }) => frames)).toEqual([1, 2, 4, 8, 16, 32]);
  const { stdout } = await pagewalk(["curve", scenario]);
  expect(stdout).toContain("on a whole machine, once a point");
});

test.concurrent("a machine that is asked for replays plain traces, too, and its page size counts", async () => {
  const plain = await curveJson(["--frames", "2,4", TINY]);
  const machine = await curveJson(["--frames", "2,4", "--preset", "csapp-i7", TINY]);
  expect(faultsOf(machine, "lru")).toEqual(faultsOf(plain, "lru"));
  expect(machine.config.machine?.tlb).not.toEqual([]);
  const large = await curveJson(["--frames", "1", "--set", "memory.swap=8", "--page-size", "2M", TINY]);
  expect(large.config).toMatchObject({ pageSize: "2M", machine: { memory: { swap: 8 } } });
});

test.concurrent("what a whole machine cannot do is said", async () => {
  const opt = await pagewalk(["curve", "--policy", "opt", "traces/thrashing.scenario"]);
  expect([opt.code, opt.stderr]).toEqual([
    2,
    expect.stringMatching(/opt knows the future of plain accesses only/),
  ]);
  const more = await pagewalk(["curve", "--working-set", "traces/thrashing.scenario"]);
  expect([more.code, more.stderr]).toEqual([2, expect.stringMatching(/want the policy ws:TAU/)]);
  const stdin = readFileSync("traces/thrashing.scenario", "utf8");
  const once = await pagewalk(["curve", "--frames", "8", "-"], { stdin });
  expect([once.code, once.stderr]).toEqual([2, expect.stringMatching(/can be read once; want a file/)]);
});
