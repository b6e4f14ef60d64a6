import { describe, expect, test } from "vitest";
import { expectNothing, Folder, pagewalk, runJson, TINY } from "./pagewalk.js";

const folder = new Folder();

describe.concurrent("options that are refused", () => {
  test.each<[string[], ...string[]]>([
    [["rum", TINY], "unknown command 'rum'", "run"],
    [["walk"], "unknown command 'walk'"],
    [["run", "--jsn", TINY], "unknown option '--jsn'", "--json"],
    [["info", "--preset", "csapp-i7", TINY], "unknown option '--preset'"],
    [["presets", "--all"], "unknown option '--all'"],
    [["--verbose"], "unknown option '--verbose'"],
    [["run"], "argument 'trace'"],
    [["info"], "argument 'trace'"],
    [["run", TINY, TINY], "more than one trace", "--interleave N"],
    [["run", TINY, "--limit"], "--limit", "argument missing"],
    [["run", "--format", "lacky", TINY], '"lacky"', "did you mean lackey?"],
    [["run", "--format", "pdf", TINY], '"pdf"', "formats: ", "lackey, "],
  ])("%j", async (args, ...named) => {
    expectNothing(await pagewalk(args), 2, "E_OPTION", ...named);
  });

  test("no command at all", async () => {
    expectNothing(await pagewalk([]), 2, "E_OPTION", "--help");
  });

  const values = ["-1", "1.5", "many", "", "1e3", "99999999999999999999", "0x10", "Infinity"];
  test.each<[string, string]>([
    ...values.map((value): [string, string] => ["--limit", value]),
    ["--skip", "-1"],
    ["--skip-bad", "1.5"],
  ])("%s %j", async (flag, value) => {
    const outcome = await pagewalk(["run", `${flag}=${value}`, TINY]);
    expectNothing(outcome, 2, "E_OPTION", flag, `'${value}'`, "want a whole number");
  });

  test.each(["loads", "load,,store", "", "Load", "load;store", "all"])("--kinds %j", async (list) => {
    const outcome = await pagewalk(["info", "--kinds", list, TINY]);
    expectNothing(outcome, 2, "E_OPTION", "--kinds", `'${list}'`, "instruction,load,store,modify");
  });

  test("bad options are told before a bad trace", async () => {
    const missing = folder.at("missing.lackey");
    expectNothing(await pagewalk(["run", "--preset", "vax", missing]), 2, "E_CONFIG", "vax");
    expectNothing(await pagewalk(["run", "--fail-if", "x", missing]), 2, "E_OPTION", "--fail-if");
  });
});

describe.concurrent("--fail-if", () => {
  test.each([
    "",
    "x",
    "tlb.stlb.misses",
    "tlb.stlb.misses >",
    "tlb.stlb.misses > many",
    "tlb.stlb.misses => 3",
    "tlb.stlb.misses = 3",
    "> 3",
    "3 > 2 > 1",
    "tlb..misses > 3",
  ])("%j is refused", async (condition) => {
    const outcome = await pagewalk(["run", "--fail-if", condition, TINY]);
    expectNothing(outcome, 2, "E_OPTION", "--fail-if", `"${condition}"`, "want PATH OPERATOR NUMBER");
  });

  test.each([
    ["tlb.stlb > 3", "tlb.stlb"],
    ["tlb.l3.misses > 3", "tlb.l3.misses"],
    ["nothing > 3", "nothing"],
    ["pagewalk > 0", "pagewalk"],
    ["trace.truncated == 0", "trace.truncated"],
    ["trace.__proto__ > 3", "trace.__proto__"],
  ])("%j is refused: no number there", async (condition, path) => {
    const { code, stderr } = await pagewalk(["run", "--fail-if", condition, TINY]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^pagewalk: error E_OPTION: [^\n]+\n$/);
    expect(stderr).toContain(`no number at ${path}`);
  });

  test.each<[number, ...string[]]>([
    [1, "trace.records > 15"],
    [0, "trace.records > 16"],
    [1, "trace.records>=16"],
    [0, "trace.records < 16"],
    [1, "trace.records <= 16"],
    [1, "trace.records == 16"],
    [0, "trace.records != 16"],
    [1, "trace.records < 1.7e1"],
    [1, "tlb.l1d-2m.misses > -1"],
    [1, "cycles.perAccess > 0.5"],
    [1, "faults.segv > 0", "pages.dirty > 3"],
    [0, "faults.segv > 0", "pages.dirty > 4"],
  ])("exits %i for %j", async (code, ...conditions) => {
    const args = conditions.flatMap((condition) => ["--fail-if", condition]);
    const outcome = await pagewalk(["run", "--json", ...args, TINY]);
    expect(outcome.code).toBe(code);
    expect(JSON.parse(outcome.stdout).trace.records).toBe(16);
    if (code === 1) expect(outcome.stderr).toMatch(/^pagewalk: note: [^\n]+\n$/);
    else expect(outcome.stderr).toBe("");
  });

  test("is not asked of a trace that broke off", async () => {
    const path = folder.write("cut.lackey", "I  00401000,3\n L 1ffe");
    expect((await pagewalk(["run", "--fail-if", "trace.records > 0", path])).code).toBe(3);
  });
});

describe.concurrent("--set", () => {
  test.each<[string[], object]>([
    [["latency.memory=7"], { latency: { memory: 7 } }],
    [["latency.memory=7", "latency.memory=8"], { latency: { memory: 8 } }],
    [["pageSize=2M"], { pageSize: "2M" }],
    [['pageSize="1G"'], { pageSize: "1G" }],
    [["tlb=[]"], { tlb: [] }],
    [["walkCache=[]", "count.modify=once"], { walkCache: [], count: { modify: "once" } }],
  ])("%j changes the configuration", async (assignments, expected) => {
    const args = assignments.flatMap((assignment) => ["--set", assignment]);
    expect((await runJson([...args, TINY])).config).toMatchObject(expected);
  });

  test("finds a TLB or a walk cache by its name", async () => {
    const { config } = await runJson(["--set", "l1d.entries=32", "--set", "pd.ways=32", TINY]);
    expect(config.tlb.find(({ name }) => name === "l1d")).toMatchObject({ entries: 32, ways: 4 });
    expect(config.walkCache.find(({ level }) => level === "pd")).toMatchObject({ entries: 32, ways: 32 });
  });
});

test("a kind named over and over is one kind", async () => {
  const repeated = await runJson(["--kinds", "load,load,load,load", "traces/tiny.lackey"]);
  expect(repeated.trace).toMatchObject({ records: 4, filtered: 12, kinds: { load: 4, store: 0 } });
});
