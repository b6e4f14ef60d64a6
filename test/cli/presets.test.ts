import { describe, expect, test } from "vitest";
import { presets } from "../../src/index.js";
import { counts, Folder, pagewalk, runJson, SORT, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();
const names = Object.keys(presets);

test.concurrent("presets lists each machine, and says which is the default", async () => {
  const { code, stdout, stderr } = await pagewalk(["presets"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const name of names) expect(stdout).toMatch(new RegExp(`^ *${name} `, "m"));
  expect(stdout.match(/default/g)).toHaveLength(1);
});

test.concurrent("presets --json lists them as well", async () => {
  const list = succeeded<{ name: string; default: boolean }[]>(await pagewalk(["presets", "--json"]));
  expect(list.map(({ name }) => name)).toEqual(names);
  const [standard] = list.filter((preset) => preset.default);
  const flags = ["--preset", standard?.name ?? ""];
  expect((await runJson([TINY])).config).toEqual((await runJson([...flags, TINY])).config);
});

describe.concurrent.each(names)("presets %s", (name) => {
  const printed = pagewalk(["presets", name]);

  test("prints the whole configuration, with its sources", async () => {
    const {
      name: named,
      description,
      sources,
      ...config
    } = succeeded<Record<string, unknown>>(await printed);
    expect(named).toBe(name);
    expect(description).toEqual(expect.any(String));
    expect(Object.keys(sources as object).length).toBeGreaterThan(0);
    expect(config).toEqual((await runJson(["--preset", name, TINY])).config);
  });

  test("prints what --config takes", async () => {
    const path = folder.write(`${name}.json`, (await printed).stdout);
    const trace = ["--limit", "50000", SORT];
    const [given, own] = await Promise.all([
      runJson(["--config", path, ...trace]),
      runJson(["--preset", name, ...trace]),
    ]);
    expect(counts(given)).toEqual(counts(own));
  });
});

describe.concurrent("flags are over the file, the file over the preset", () => {
  const csapp = ["--preset", "csapp-i7"];
  const file = folder.json("file.json", {
    pageSize: "2M",
    latency: { memory: 5 },
    count: { modify: "once" },
    tlb: [{ name: "only", level: 1, pageSizes: ["4K", "2M"], entries: 8, ways: 8 }],
  });

  test.each<[string, string[], object]>([
    ["preset alone", csapp, { pageSize: "4K", latency: { memory: 200, minorFault: 1000 } }],
    [
      "a file over the preset, key by key",
      [...csapp, "--config", file],
      {
        pageSize: "2M",
        latency: { memory: 5, minorFault: 1000 },
        count: { modify: "once", crossing: "split" },
      },
    ],
    ["--page-size over the file", [...csapp, "--config", file, "--page-size", "4K"], { pageSize: "4K" }],
    ["--modify over the file", ["--config", file, "--modify", "twice"], { count: { modify: "twice" } }],
    ["--set over the file", ["--config", file, "--set", "latency.memory=9"], { latency: { memory: 9 } }],
    [
      "the order does not matter",
      ["--set", "latency.memory=9", "--config", file],
      { latency: { memory: 9 } },
    ],
    [
      "--set of a TLB of the file",
      ["--config", file, "--set", "only.ways=2"],
      { tlb: [{ name: "only", ways: 2 }] },
    ],
  ])("%s", async (_, flags, expected) => {
    expect((await runJson([...flags, TINY])).config).toMatchObject(expected);
  });

  test("arrays are replaced whole", async () => {
    const { config, tlb } = await runJson([...csapp, "--config", file, TINY]);
    expect(config.tlb.map(({ name }) => name)).toEqual(["only"]);
    expect(Object.keys(tlb)).toEqual(["only"]);
  });

  test("[] means none", async () => {
    const none = folder.json("none.json", { tlb: [], walkCache: [] });
    const { trace, tlb, walk } = await runJson(["--config", none, TINY]);
    expect(tlb).toEqual({});
    expect(walk.caches).toEqual({});
    expect(walk.walks).toBe(trace.accesses);
    expect(walk.pteReads).toBe(4 * trace.accesses);
  });

  test("an empty file changes nothing", async () => {
    const empty = folder.json("empty.json", {});
    const { config } = await runJson([...csapp, "--config", empty, TINY]);
    expect(config).toEqual((await runJson([...csapp, TINY])).config);
  });
});
