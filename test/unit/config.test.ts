import { describe, expect, test } from "vitest";
import { assign } from "../../src/config/assign.js";
import { nearest } from "../../src/config/nearest.js";
import { presets } from "../../src/config/presets/index.js";
import { presetNamed, resolveConfig } from "../../src/config/resolve.js";
import { PagewalkError } from "../../src/errors.js";

function problemsOf(config: object): readonly string[] {
  try {
    resolveConfig(config);
  } catch (thrown) {
    if (thrown instanceof PagewalkError) return thrown.problems;
    throw thrown;
  }
  return [];
}

const cache = { name: "l1", size: "32K", line: 64, ways: 8, latency: 4 };
const tlb = { name: "t", level: 1, pageSizes: ["4K"], entries: 16, ways: 4 };

describe("resolveConfig", () => {
  test.each(Object.keys(presets))("takes the preset %s, and its own result again", (name) => {
    const config = resolveConfig(presetNamed(name));
    expect(resolveConfig(config)).toEqual(config);
    expect(Object.isFrozen(config.tlb)).toBe(true);
  });

  test("fills in what a TLB leaves out", () => {
    expect(resolveConfig({ tlb: [tlb] as never }).tlb).toEqual([
      { ...tlb, kinds: ["instruction", "load", "store"], policy: "lru", index: "mod", latency: 0 },
    ]);
  });

  test("merges objects key by key, and takes arrays whole", () => {
    const config = resolveConfig(presets["intel-skylake"], { latency: { memory: 7 }, walkCache: [] });
    expect(config.latency).toEqual({ ...presets["intel-skylake"].latency, memory: 7 });
    expect(config.walkCache).toEqual([]);
    expect(config.tlb).toHaveLength(7);
  });

  test("puts TLBs in the order of their levels", () => {
    const second = { ...tlb, name: "second", level: 2 };
    expect(resolveConfig({ tlb: [second, tlb] as never }).tlb.map(({ name }) => name)).toEqual([
      "t",
      "second",
    ]);
  });

  test.each([
    ["0 ways", { ...tlb, ways: 0 }, /^tlb\[0\]\.ways: 0; want a whole number from 1/],
    ["negative ways", { ...tlb, ways: -4 }, /^tlb\[0\]\.ways: -4/],
    ["fractional ways", { ...tlb, ways: 1.5 }, /^tlb\[0\]\.ways: 1\.5/],
    ["17 entries in 4 ways", { ...tlb, entries: 17 }, /^tlb\[0\]\.ways: 4 ways of 17 entries; .*such as 1$/],
    ["2^40 entries", { ...tlb, entries: 2 ** 40 }, /^tlb\[0\]\.entries: 1099511627776; want .* to 1048576/],
    ["a misspelt key", { ...tlb, entires: 1 }, /^tlb\[0\]\.entires: no such key; want "entries"\?/],
    ["a missing key", { ...tlb, entries: undefined }, /^tlb\[0\]\.entries: missing/],
    ["a bad name", { ...tlb, name: "a.b" }, /^tlb\[0\]\.name: "a\.b"; want a name of letters/],
    ["a kind twice", { ...tlb, kinds: ["load", "load"] }, /^tlb\[0\]\.kinds: .*each once/],
    ["no page size", { ...tlb, pageSizes: [] }, /^tlb\[0\]\.pageSizes/],
    ["another policy", { ...tlb, policy: "mru" }, /^tlb\[0\]\.policy: "mru"; want "lru"/],
  ])("refuses %s", (_, bad, message) => {
    expect(problemsOf({ tlb: [bad] })).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ["page size 5000", { pageSize: 5000 }, /^pageSize: 5000; want a page size, as in "4K"/],
    ["a page size of no leaf", { pageSize: "8K" }, /^pageSize: "8K"; want "4K" or "2M" or "1G"$/],
    [
      "a page size that no TLB holds",
      { tlb: [tlb], pageSize: "1G" },
      /^pageSize: "1G"; want a size that some TLB holds \(4K\)/,
    ],
    [
      "a name used twice",
      { tlb: [tlb, { ...tlb, level: 2 }] },
      /^tlb\[1\]\.name: "t"; want a name used once/,
    ],
    ["two TLBs for one lookup", { tlb: [tlb, { ...tlb, name: "u" }] }, /^tlb\[1\]: "u" holds pages .* "t"/],
    [
      "a size of no cache",
      { caches: [{ ...cache, size: "32 KB" }] },
      /^caches\[0\]\.size: "32 KB"; want a size/,
    ],
    ["no frames", { memory: { frames: 0 } }, /^memory\.frames: 0; want a whole number from 1/],
    ["an unknown policy", { memory: { policy: "lur" } }, /^memory\.policy: "lur"; want a policy: lru, fifo/],
    [
      "a policy that knows the future",
      { memory: { policy: "opt" } },
      /^memory\.policy: "opt"; want a policy that/,
    ],
    ["a negative cost", { latency: { memory: -1 } }, /^latency\.memory: -1; want a whole number from 0/],
    ["a misspelt key", { pagesize: "4K" }, /^pagesize: no such key; want "pageSize"\?/],
    ["another format", { pageTable: { format: "vax" } }, /^pageTable\.format: "vax"; want "x86-64" or /],
    ["a key of the prototype", JSON.parse('{ "__proto__": { "x": 1 } }'), /^__proto__: no such key/],
  ])("refuses %s", (_, bad, message) => {
    expect(problemsOf(bad)).toEqual([expect.stringMatching(message)]);
  });

  test("finds all problems at once, those between parts too", () => {
    const problems = problemsOf({
      pageSize: "5K",
      tlb: [
        { ...tlb, ways: 5 },
        { ...tlb, name: "", level: 0 },
      ],
      x: 1,
    });
    expect(problems.map((problem) => problem.split(":")[0]).sort()).toEqual([
      "pageSize",
      "tlb[0].ways",
      "tlb[1].level",
      "tlb[1].name",
      "x",
    ]);
  });

  test.each([[[]], [1], ["text"], [null]])("refuses %j for a configuration", (config) => {
    expect(problemsOf(config as object)).toEqual([expect.stringMatching(/want a JSON object/)]);
  });
});

describe("assign", () => {
  const config = {
    latency: { memory: 1 },
    tlb: [{ ...tlb }],
    walkCache: [{ level: "pd", entries: 4, ways: 4 }],
  };

  test("sets keys, and those of a named part, in a copy", () => {
    expect(assign(config, "latency.memory=5")).toMatchObject({ latency: { memory: 5 } });
    expect(assign(config, "t.entries=32")).toMatchObject({ tlb: [{ entries: 32 }] });
    expect(assign(config, "pd.ways=2")).toMatchObject({ walkCache: [{ ways: 2 }] });
    expect(assign(config, "walkCache=[]")).toMatchObject({ walkCache: [] });
    expect(assign(config, "pageSize=2M")).toMatchObject({ pageSize: "2M" });
    expect(config.latency.memory).toBe(1);
  });

  test.each(["latency", "=5", "", "u.entries=5", "latency.memory.x=5", "__proto__.x=1", "latency.=5"])(
    "refuses %j",
    (text) => {
      expect(() => assign(config, text)).toThrow(PagewalkError);
    },
  );
});

describe("nearest", () => {
  test.each([
    ["intel-skylak", "intel-skylake"],
    ["zen4", undefined],
    ["AMD-ZEN4", "amd-zen4"],
    ["", undefined],
  ])("of %j is %j", (word, name) => {
    expect(nearest(word, ["intel-skylake", "amd-zen4"])).toBe(name);
  });
});

test("a configuration may name its schema, and a TLB may not take a key's name", () => {
  expect(resolveConfig({ $schema: "./config.schema.json" })).not.toHaveProperty("$schema");
  expect(problemsOf({ tlb: [{ ...tlb, name: "latency" }] })).toEqual([
    expect.stringMatching(/^tlb\[0\]\.name: "latency"; want a name that is no key/),
  ]);
});

describe("--set, of a machine with every part", () => {
  const whole = {
    ...structuredClone(presets["csapp-i7"]),
    pageTable: { format: "radix", vaBits: 48, paBits: 52, pageBits: 12, levels: [9, 9, 9, 9] },
  } as unknown as Record<string, unknown>;
  const walks = { ...whole, walkCache: [{ level: "l3", entries: 4, ways: 4 }] };

  test.each<[string, object]>([
    [
      "dcache.latency=9",
      { caches: expect.arrayContaining([expect.objectContaining({ name: "dcache", latency: 9 })]) },
    ],
    ["l3.ways=2", { walkCache: [{ level: "l3", ways: 2 }] }],
    ["pageTable.paBits=40", { pageTable: { format: "radix", paBits: 40, levels: [9, 9, 9, 9] } }],
    ["pageTable.format=sv57", { pageTable: { format: "sv57" } }],
    ['nested={"pageTable":{"format":"x86-64"}}', { nested: { pageTable: { format: "x86-64" } } }],
    ["asids=null", { asids: null }],
  ])("%s", (assignment, expected) => {
    expect(resolveConfig(assign(walks, assignment))).toMatchObject(expected);
  });

  test("another format has none of the first one's keys", () => {
    expect(assign(walks, "pageTable.format=sv48")["pageTable"]).toEqual({ format: "sv48" });
    expect(assign(walks, "pageTable.format=radix")["pageTable"]).toEqual(whole["pageTable"]);
  });
});

test.each([
  [
    "pageTable",
    { format: "inverted" },
    /^pageTable\.frames: missing; want an inverted table: \{ format, frames \}/,
  ],
  ["state", { tlb: 5 }, /^state\.tlb: 5; want lists by the name of a TLB$/],
  ["state", { caches: 5 }, /^state\.caches: 5; want lists by the name of a cache$/],
  ["state", { pageTable: [{ vpn: "1" }] }, /^state\.pageTable\[0\]\.ppn: missing; want a page: \{ vpn, ppn,/],
])("a wrong %s of %j speaks for itself", (key, value, message) => {
  expect(problemsOf({ [key]: value })).toEqual([expect.stringMatching(message)]);
});
