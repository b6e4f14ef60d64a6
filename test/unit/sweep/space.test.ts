import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignValue } from "../../../src/config/assign.js";
import { DEFAULTS } from "../../../src/config/model.js";
import { layered, presetNamed, resolveConfig } from "../../../src/config/resolve.js";
import { Resolver } from "../../../src/config/resolver.js";
import { PagewalkError } from "../../../src/errors.js";
import type { CellChoice, CellSpace, SweepAxes } from "../../../src/sweep/model.js";
import { combinationsOf, spaceOf } from "../../../src/sweep/space.js";

const ONE = ["a.lackey"];
const valuesOf = ({ cells }: CellSpace) => cells.map(({ values }) => Object.values(values));
const tlbOf = (space: CellSpace, cell: number, name = "l1d") =>
  space.cells[cell]?.config.tlb.find((tlb) => tlb.name === name);

describe("cells", () => {
  test("the last axis moves fastest, and places count from 0", () => {
    const space = spaceOf(ONE, { "l1d.entries": "16,32", "l1d.ways": [1, 2, 4] });
    expect(valuesOf(space)).toEqual([
      [16, 1],
      [16, 2],
      [16, 4],
      [32, 1],
      [32, 2],
      [32, 4],
    ]);
    expect(space.cells.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(space.cells.map(({ trace }) => trace)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(tlbOf(space, 5)).toMatchObject({ entries: 32, ways: 4 });
    expect(space).toMatchObject({ combinations: 6, excluded: 0, impossible: [], groups: [[0], [1]] });
    expect(space.config).toEqual(resolveConfig(presetNamed()));
  });

  test("are each what resolveConfig makes of the assignments", () => {
    const base = layered(DEFAULTS, presetNamed("amd-zen4"), { memory: { frames: 64 } });
    const axes: SweepAxes = {
      "l1d.entries": "72,144",
      "memory.policy": "lru,clock",
      "heap.policy": "dl,tlsf",
    };
    const { cells } = spaceOf(ONE, axes, { preset: "amd-zen4", config: { memory: { frames: 64 } } });
    expect(cells).toHaveLength(8);
    for (const { values, config } of cells) {
      const merged = Object.entries(values).reduce(
        (config, [path, value]) => assignValue(config, path, value),
        base,
      );
      expect(config).toEqual(resolveConfig(merged));
      expect(JSON.stringify(config)).toBe(JSON.stringify(resolveConfig(merged)));
    }
  });

  test("values that stand twice are one", () => {
    const space = spaceOf(ONE, { "l1d.ways": "1..2,2,4..16*2,4" });
    expect(valuesOf(space).flat()).toEqual([1, 2, 4, 8, 16]);
    expect(space.axes[0]?.values).toEqual([1, 2, 4, 8, 16]);
  });

  test.each([[{ "l1d.sets": "4,8", "l1d.ways": "2,4" }], [{ "l1d.ways": "2,4", "l1d.sets": "4,8" }]])(
    "sets are entries over ways, in whatever order: %j",
    (axes) => {
      const { cells } = spaceOf(ONE, axes as SweepAxes);
      for (const { values, config } of cells) {
        const [sets, ways] = [Number(values["l1d.sets"]), Number(values["l1d.ways"])];
        expect(config.tlb.find(({ name }) => name === "l1d")).toMatchObject({ entries: sets * ways, ways });
      }
    },
  );

  test("a part is put in place before its keys, and a policy before what differs from it", () => {
    const space = spaceOf(ONE, {
      "l1.entries": "8,16",
      "heap.alignment": "8",
      "heap.policy": "dl,tlsf",
      tlb: [[{ name: "l1", level: 1, pageSizes: ["4K"], entries: 4, ways: 4 }]],
    });
    expect(space.cells.map(({ config }) => [config.tlb[0]?.entries, config.heap?.policy])).toEqual([
      [8, "dl"],
      [8, "tlsf"],
      [16, "dl"],
      [16, "tlsf"],
    ]);
    expect(space.cells.every(({ config }) => config.heap?.alignment === 8)).toBe(true);
  });

  test("a preset lies below everything else", () => {
    const space = spaceOf(
      ONE,
      { preset: "intel-skylake,amd-zen4", "l1d.ways": "4" },
      { config: { memory: { frames: 7 } }, set: ["seed=3", "l1d.entries=32"] },
    );
    const zen = layered(DEFAULTS, presetNamed("amd-zen4"), { memory: { frames: 7 }, seed: 3 });
    const wanted = ["l1d.entries", "l1d.ways"].reduce(
      (config, path) => assignValue(config, path, path === "l1d.ways" ? 4 : 32),
      zen,
    );
    expect(space.cells[1]?.config).toEqual(resolveConfig(wanted));
    expect(space.config.memory.frames).toBe(7);
  });

  test("several traces are the first axis, on the same machines", () => {
    const space = spaceOf(["a", "b"], { "l1d.ways": "1,2" });
    expect(space.axes[0]).toEqual({ path: "trace", values: ["a", "b"] });
    expect(valuesOf(space)).toEqual([
      ["a", 1],
      ["a", 2],
      ["b", 1],
      ["b", 2],
    ]);
    expect(space.cells.map(({ trace }) => trace)).toEqual([0, 0, 1, 1]);
    expect(space.cells[2]?.config).toBe(space.cells[0]?.config);
    const others = { constraints: ["trace = 'b' or l1d.ways = 2"] };
    expect(valuesOf(spaceOf(["a", "b"], { "l1d.ways": "1,2" }, others))).toEqual([
      ["a", 2],
      ["b", 1],
      ["b", 2],
    ]);
  });

  test("zipped axes move together, where the first of them stands", () => {
    const axes = { "l1d.entries": "16,32,16,16", pageSize: "4K", "l1d.ways": "2,4,2,4", seed: "1,2" };
    const space = spaceOf(["a", "b"], axes, { zip: [["l1d.ways", "l1d.entries"]] });
    expect(space.combinations).toBe(12);
    expect(space.groups).toEqual([[0], [1, 3], [2], [4]]);
    expect(valuesOf(space).slice(0, 6)).toEqual([
      ["a", 16, "4K", 2, 1],
      ["a", 16, "4K", 2, 2],
      ["a", 32, "4K", 4, 1],
      ["a", 32, "4K", 4, 2],
      ["a", 16, "4K", 4, 1],
      ["a", 16, "4K", 4, 2],
    ]);
  });

  test("zipped with the traces, each has a machine of its own", () => {
    const space = spaceOf(["a", "b"], { "l1d.ways": "1,2" }, { zip: [["trace", "l1d.ways"]] });
    expect(valuesOf(space)).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(space.cells.map(({ trace }) => trace)).toEqual([0, 1]);
    expect([tlbOf(space, 0)?.ways, tlbOf(space, 1)?.ways]).toEqual([1, 2]);
  });

  test("constraints leave cells out, also those that are no machine", () => {
    const axes = { "stlb.entries": "96..160+16", "stlb.ways": "5,6" };
    const space = spaceOf(ONE, axes, {
      constraints: ["stlb.entries / stlb.ways is whole", "stlb.sets < 30"],
    });
    expect(valuesOf(space)).toEqual([
      [96, 6],
      [144, 6],
    ]);
    expect(space).toMatchObject({ combinations: 10, excluded: 8 });
    expect(space.cells.map(({ index }) => index)).toEqual([0, 1]);
  });

  test("constraints see what was left out with its default", () => {
    const tlb = [[{ name: "a", level: 1, pageSizes: ["4K"], entries: 4, ways: 4 }]];
    const both = ["a.policy = 'lru'", "a.index = 'mod'", "a.sets = 1", "preset = 'intel-skylake'"];
    expect(spaceOf(ONE, { tlb }, { constraints: both }).cells).toHaveLength(1);
  });

  test("what is no machine may be skipped", () => {
    const axes = { pageSize: "4K,64K", "l1d.ways": "3,4" };
    const space = spaceOf(ONE, axes, { skipImpossible: true });
    expect(valuesOf(space)).toEqual([["4K", 4]]);
    expect(space.impossible.map(({ values }) => Object.values(values))).toEqual([
      ["4K", 3],
      ["64K", 3],
      ["64K", 4],
    ]);
    expect(space.impossible[1]?.problems).toHaveLength(2);
  });

  test("are counted before any is made", () => {
    expect(combinationsOf(ONE, { seed: "1..1000", "l1d.sets": "1..1000" })).toBe(1_000_000);
  });
});

describe("is refused", () => {
  const refused = (axes: SweepAxes, choice: CellChoice = {}, traces = ONE): PagewalkError => {
    try {
      spaceOf(traces, axes, choice);
    } catch (thrown) {
      if (thrown instanceof PagewalkError) return thrown;
      throw thrown;
    }
    throw new Error("it was not");
  };

  test.each<[string, SweepAxes, CellChoice, string, ...string[]]>([
    ["no axis", {}, {}, "E_OPTION", "no axis"],
    ["an unknown path", { "sltb.entries": "1" }, {}, "E_CONFIG", "did you mean stlb?"],
    ["an unknown key", { "l1d.entires": "1" }, {}, "E_CONFIG", '"entries"?'],
    ["entries and sets", { "l1d.entries": "4", "l1d.sets": "1" }, {}, "E_OPTION", "say the same"],
    ["sets of what has none", { "l1d.sets": "1", "l1d.ways": "null" }, {}, "E_CONFIG", "it has no ways"],
    ["sets that are no number", { "l1d.sets": "0,1" }, {}, "E_CONFIG", "l1d.sets: 0; want a whole number"],
    ["an unknown preset", { preset: "amd-zen5,csapp-i7" }, {}, "E_OPTION", "did you mean amd-zen4?"],
    ["an unknown base", { seed: "1" }, { preset: "vax" }, "E_CONFIG", "vax"],
    ["zip of what is no axis", { seed: "1" }, { zip: [["seed", "sed"]] }, "E_OPTION", "did you mean seed?"],
    ["zip of one", { seed: "1" }, { zip: [["seed"]] }, "E_OPTION", "two axes or more"],
    [
      "zip of unequal lengths",
      { seed: "1,2", cores: "1" },
      { zip: [["seed", "cores"]] },
      "E_OPTION",
      "seed has 2, cores has 1",
    ],
    [
      "one axis in two groups",
      { seed: "1", cores: "1" },
      {
        zip: [
          ["seed", "cores"],
          ["cores", "seed"],
        ],
      },
      "E_OPTION",
      '"seed" stands twice',
    ],
    [
      "a constraint of a path that names nothing",
      { seed: "1" },
      { constraints: ["l1dd.ways = 4"] },
      "E_OPTION",
      "character 1",
      "did you mean l1d?",
      "seed=1",
    ],
    [
      "a constraint of no number",
      { "l1d.policy": "lru" },
      { constraints: ["l1d.policy > 4"] },
      "E_OPTION",
      "want a number",
      "l1d.policy=lru",
    ],
    [
      "constraints that leave nothing",
      { seed: "1,2" },
      { constraints: ["seed > 2"] },
      "E_OPTION",
      "no cell is left of 2: 2 miss a constraint",
    ],
    [
      "nothing but what is no machine",
      { pageSize: "64K" },
      { skipImpossible: true },
      "E_OPTION",
      "no cell is left",
      "pageSize",
    ],
    [
      "too many",
      { seed: "1..5000", cores: "1..5000" },
      {},
      "E_OPTION",
      "25000000 combinations; want 10000000 at most",
    ],
    ["a list in place of axes", [] as never, {}, "E_OPTION", "want an object"],
    [
      "a text in place of constraints",
      { seed: "1" },
      { constraints: "seed > 0" as never, zip: "a" as never },
      "E_OPTION",
      "constraints: want",
      "zip: want",
    ],
  ])("%s", (_, axes, choice, code, ...named) => {
    const { code: found, message } = refused(axes, choice);
    for (const name of named) expect(message).toContain(name);
    expect(found).toBe(code);
  });

  test("a trace that stands twice", () => {
    expect(refused({ seed: "1" }, {}, ["a", "a"]).message).toContain("want each once");
  });

  test("what is no machine, all of it, by what is wrong", () => {
    const { code, message, problems } = refused({ "l1d.ways": "3,4,5,6", seed: "1..20" });
    expect(code).toBe("E_CONFIG");
    expect(problems).toHaveLength(60);
    expect(message).toContain("60 of 80 cells are no machine");
    expect(message).toContain("3 ways of 64 entries");
    expect(message).toContain("l1d.ways=3, seed=3; and 17 more");
    expect(message.length).toBeLessThan(1000);
  });
});

describe("a Resolver", () => {
  const value = fc.constantFrom<unknown>(
    null,
    0,
    1,
    3,
    4,
    64,
    "4K",
    "2M",
    "lru",
    "ideal",
    "ws:9",
    "dl",
    "none",
    [],
    {},
    true,
  );
  const path = fc.constantFrom(
    "l1d.entries",
    "l1d.ways",
    "l1d.policy",
    "l1d.index",
    "stlb.pageSizes",
    "tlb",
    "caches",
    "regions",
    "pd.ways",
    "walkCache",
    "pageSize",
    "pageTable",
    "pageTable.format",
    "memory",
    "memory.frames",
    "memory.policy",
    "heap",
    "heap.policy",
    "heap.alignment",
    "nested",
    "state",
    "translation",
    "cores",
    "asids",
    "count.modify",
    "name",
    "nothing",
  );
  const part = fc.constantFrom<[string, unknown]>(
    [
      "tlb",
      [
        { name: "x", level: 2, pageSizes: ["4K"], policy: "ideal" },
        { name: "l1d", level: 1, pageSizes: ["4K"], entries: 8, ways: 2 },
      ],
    ],
    ["caches", [{ name: "l1", size: "4K", line: 64, ways: 4, latency: 1 }]],
    ["regions", [{ from: "0x1000", to: "0x2000" }]],
    ["walkCache", [{ level: "pd", entries: 4, ways: 4 }]],
    ["pageTable", { format: "sv39" }],
    ["pageTable", { format: "radix" }],
    ["memory", { frames: 4 }],
    ["heap", { alignment: 64 }],
  );
  const change = fc.oneof(fc.tuple(path, value), part);

  test("makes of each configuration what resolveConfig does, or refuses it in the same words", () => {
    const resolver = new Resolver();
    const outcome = (resolve: () => unknown) => {
      try {
        return JSON.stringify(resolve());
      } catch (thrown) {
        if (thrown instanceof PagewalkError) return thrown.message;
        throw thrown;
      }
    };
    const presets = fc.constantFrom("intel-skylake", "csapp-small", "apple-m1", "riscv-sv39");
    fc.assert(
      fc.property(presets, fc.array(change, { maxLength: 4 }), (preset, changes) => {
        const base = layered(DEFAULTS, presetNamed(preset));
        const config = changes.reduce((config, [path, value]) => {
          try {
            return assignValue(config, path, value);
          } catch {
            return config;
          }
        }, base);
        expect(outcome(() => resolver.resolve(config))).toBe(outcome(() => resolveConfig(config)));
      }),
      { numRuns: 1000 },
    );
  });
});
