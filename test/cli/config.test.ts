import { describe, expect, test } from "vitest";
import { expectNothing, Folder, pagewalk, runJson, TINY } from "./pagewalk.js";

const folder = new Folder();
const tlb = { name: "one", level: 1, pageSizes: ["4K"], entries: 16, ways: 4 };

/** Runs with a configuration file of this text. */
function withConfig(text: string) {
  return pagewalk(["run", "--config", folder.write("config.json", text), TINY]);
}

describe.concurrent("--preset", () => {
  test.each([
    ["intel-skylak", "did you mean intel-skylake?"],
    ["amd-zen5", "did you mean amd-zen4?"],
    ["csappi7", "did you mean csapp-i7?"],
    ["vax", "presets: intel-skylake, intel-golden-cove"],
    ["constructor", "presets: intel-skylake"],
    ["", "presets: intel-skylake"],
  ])("%j is refused: %s", async (name, hint) => {
    expectNothing(await pagewalk(["run", "--preset", name, TINY]), 2, "E_CONFIG", `"${name}"`, hint);
    expectNothing(await pagewalk(["presets", name]), 2, "E_CONFIG", `"${name}"`, hint);
  });
});

describe.concurrent("a misspelt key", () => {
  test.each<[path: string, meant: string, config: object]>([
    ["pagSize", "pageSize", { pagSize: "4K" }],
    ["walkcache", "walkCache", { walkcache: [] }],
    ["latency.memroy", "memory", { latency: { memroy: 3 } }],
    ["count.modfy", "modify", { count: { modfy: "once" } }],
    ["tlb[1].entires", "entries", { tlb: [tlb, { ...tlb, name: "two", level: 2, entires: 9 }] }],
    ["walkCache[0].way", "ways", { walkCache: [{ level: "pd", entries: 4, ways: 4, way: 4 }] }],
  ])("%s: did you mean %s?", async (path, meant, config) => {
    expectNothing(
      await withConfig(JSON.stringify(config)),
      2,
      "E_CONFIG",
      `${path}: no such key`,
      `"${meant}"`,
    );
  });
});

describe.concurrent("a number out of range", () => {
  test.each<[string, string, object]>([
    ["tlb[0].ways", "0; want a whole number from 1", { tlb: [{ ...tlb, ways: 0 }] }],
    ["tlb[0].ways", "-4; want a whole number from 1", { tlb: [{ ...tlb, ways: -4 }] }],
    ["tlb[0].ways", "1.5; want a whole number from 1", { tlb: [{ ...tlb, ways: 1.5 }] }],
    ["tlb[0].ways", '"4"; want a whole number from 1', { tlb: [{ ...tlb, ways: "4" }] }],
    ["tlb[0].ways", "4 ways of 17 entries", { tlb: [{ ...tlb, entries: 17 }] }],
    ["tlb[0].entries", "1099511627776; want", { tlb: [{ ...tlb, entries: 2 ** 40 }] }],
    ["tlb[0].entries", "0; want", { tlb: [{ ...tlb, entries: 0 }] }],
    ["tlb[0].level", "0; want", { tlb: [{ ...tlb, level: 0 }] }],
    ["walkCache[0].ways", "4 ways of 17 entries", { walkCache: [{ level: "pd", entries: 17, ways: 4 }] }],
    ["pageSize", "5000; want a page size, as in", { pageSize: 5000 }],
    ["latency.memory", "-1; want", { latency: { memory: -1 } }],
  ])("%s: %s", async (path, what, config) => {
    expectNothing(await withConfig(JSON.stringify(config)), 2, "E_CONFIG", `${path}: ${what}`);
  });
});

describe.concurrent("flags for keys", () => {
  test.each([
    ["--page-size", "5000", "pageSize", '"4K" or "2M" or "1G"'],
    ["--page-size", "4k", "pageSize", "want a page size, as in"],
    ["--modify", "thrice", "count.modify", '"twice" or "once"'],
    ["--crossing", "all", "count.crossing", '"split" or "first"'],
    ["--on-fault", "panic", "onFault", '"continue" or "stop"'],
  ])("%s %s is refused", async (flag, value, path, allowed) => {
    expectNothing(await pagewalk(["run", flag, value, TINY]), 2, "E_CONFIG", path, `"${value}"`, allowed);
  });

  test("a page size that no TLB holds is refused", async () => {
    const outcome = await pagewalk(["run", "--preset", "csapp-i7", "--page-size", "2M", TINY]);
    expectNothing(outcome, 2, "E_CONFIG", "pageSize", '"2M"', "4K");
  });
});

test.concurrent("every problem is told at once, in one line", async () => {
  const outcome = await withConfig(
    JSON.stringify({
      pageSize: "8K",
      onFault: "panic",
      colour: "red",
      latency: { memory: "slow" },
      tlb: [
        { ...tlb, entries: 17 },
        { ...tlb, level: 0 },
      ],
    }),
  );
  const paths = ["pageSize", "onFault", "colour", "latency.memory", "tlb[0].ways", "tlb[1].level"];
  expectNothing(outcome, 2, "E_CONFIG", ...paths.map((path) => `${path}: `));
});

describe.concurrent("a configuration file", () => {
  test.each([
    ["not JSON", "pageSize = 4K", "not JSON"],
    ["not JSON, on several lines", "not\njson\nat all\n", "not JSON"],
    ["cut", '{\n  "pageSize": "4K",\n  "tlb": [', "not JSON"],
    ["empty", "", "not JSON"],
  ])("that is %s is refused by its name", async (_, text, what) => {
    const path = folder.write("config.json", text);
    expectNothing(await pagewalk(["run", "--config", path, TINY]), 2, "E_CONFIG", path, what);
  });

  test.each([
    ["an array", "[]"],
    ["a number", "5"],
    ["null", "null"],
    ["a text", '"intel-skylake"'],
    ["a truth", "true"],
  ])("that is %s is refused", async (_, text) => {
    expectNothing(await withConfig(text), 2, "E_CONFIG", `${text}; want a JSON object`);
  });

  test("that is missing is refused by its name", async () => {
    const path = folder.at("missing.json");
    expectNothing(await pagewalk(["run", "--config", path, TINY]), 2, "E_CONFIG", path, /no such file/);
  });

  test("that is a directory is refused by its name", async () => {
    expectNothing(await pagewalk(["run", "--config", folder.path, TINY]), 2, "E_CONFIG", folder.path);
  });

  test("may begin with a byte order mark", async () => {
    const path = folder.write("bom.json", '\uFEFF{ "pageSize": "2M" }');
    expect((await runJson(["--config", path, TINY])).config.pageSize).toBe("2M");
  });
});

describe.concurrent("--set", () => {
  test.each([
    ["l1d.entries", "E_OPTION", "want PATH=VALUE"],
    ["=5", "E_OPTION", "want PATH=VALUE"],
    ["", "E_OPTION", "want PATH=VALUE"],
    ["nothing.here=3", "E_CONFIG", "nothing.here"],
    ["l1dd.ways=4", "E_CONFIG", "did you mean l1d?"],
    ["stbl.ways=4", "E_CONFIG", "did you mean stlb?"],
    ["latency.memry=4", "E_CONFIG", '"memory"'],
    ["l1d.wayz=4", "E_CONFIG", '"ways"'],
    ["pagesize=2M", "E_CONFIG", '"pageSize"'],
    ["l1d.ways=0", "E_CONFIG", "want a whole number from 1"],
    ["l1d.ways=many", "E_CONFIG", '"many"'],
    ["pd.ways=3", "E_CONFIG", "3 ways of 32 entries"],
    ["tlb=5", "E_CONFIG", "want a list of TLBs"],
    ["latency=3", "E_CONFIG", "want an object"],
    ["__proto__.ways=3", "E_CONFIG", "__proto__"],
    ["constructor.name=3", "E_CONFIG", "constructor"],
  ])("%j is refused: %s, %s", async (assignment, error, what) => {
    expectNothing(await pagewalk(["run", "--set", assignment, TINY]), 2, error, what);
  });
});
