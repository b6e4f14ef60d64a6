import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PagewalkError } from "../../../src/errors.js";
import { listItems, readAxes, splitAxis } from "../../../src/sweep/axes.js";
import type { AxisValue } from "../../../src/sweep/model.js";
import { spaceOf } from "../../../src/sweep/space.js";

function valuesOf(path: string, values: string | readonly AxisValue[]): readonly AxisValue[] | string {
  const problems: string[] = [];
  const [axis] = readAxes({ [path]: values }, problems);
  return problems.length > 0 ? problems.join("; ") : (axis?.values ?? []);
}

describe("an axis' values", () => {
  test.each<[string, string, AxisValue[]]>([
    ["l1d.entries", "16,32,64", [16, 32, 64]],
    ["l1d.entries", " 16 , 32 ", [16, 32]],
    ["l1d.ways", "1..4", [1, 2, 3, 4]],
    ["l1d.ways", "1..16*2", [1, 2, 4, 8, 16]],
    ["l1d.ways", "4..13+4,64", [4, 8, 12, 64]],
    ["l1d.ways", "7..7", [7]],
    ["memory.frames", "null,1K,1K..4K*2", [null, 1024, 1024, 2048, 4096]],
    ["pageSize", "4K,2M,64", ["4K", "2M", 64]],
    ["pageSize", "4K..1G*512", ["4K", "2M", "1G"]],
    ["l1.size", "16K..64K+16K", ["16K", "32K", "48K", "64K"]],
    ["l1d.policy", "lru,fifo", ["lru", "fifo"]],
    ["memory.policy", 'ws:1000,"1K"', ["ws:1000", "1K"]],
    ["validate", "true,false", [true, false]],
    ["tlb", '[],[{"name":"a","kinds":["load","store"]}]', [[], [{ name: "a", kinds: ["load", "store"] }]]],
    ["heap", '{"policy":"a,b\\"]"},null', [{ policy: 'a,b"]' }, null]],
    ["heap.limit", "1e3,-1,0.5", [1000, -1, 0.5]],
    ["name", '""', [""]],
  ])("%s=%s", (path, text, values) => {
    expect(valuesOf(path, text)).toEqual(values);
  });

  test.each<[string, ...string[]]>([
    ["", 'axis "l1d.entries": an empty value'],
    ["16,", "an empty value"],
    ["16,,32", "an empty value"],
    ["8..4", '"8..4" runs backwards'],
    ["1..8*1", '"1..8*1" never ends'],
    ["0..8*2", "never ends"],
    ["1..8+0", "never ends"],
    ["1..", '"1.." is none', "1..64"],
    ["..", "is none"],
    ["1..x", "is none"],
    ["1..1000000", "more than 65536 values"],
    ["[1,2", "not JSON"],
    ['{"a"}', "not JSON"],
  ])("%j is refused", (text, ...named) => {
    for (const name of named) expect(valuesOf("l1d.entries", text)).toContain(name);
  });

  test("all that is wrong is told at once", () => {
    const problems: string[] = [];
    readAxes({ "l1d.entries": "16,,8..4", trace: "a", "a..b": "1", "l1d.ways": [] }, problems);
    expect(problems).toHaveLength(5);
  });

  test("given as a list, they are copied, and must be JSON", () => {
    const list = [{ name: "a" }];
    const values = valuesOf("tlb", [list]) as AxisValue[];
    list[0] = { name: "b" };
    expect(values).toEqual([[{ name: "a" }]]);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, Number.NaN, () => 1, Symbol("a"), 1n, new Map(), cycle]) {
      expect(valuesOf("l1d.entries", [value as AxisValue])).toContain("value 1 is no JSON");
    }
  });
});

test("PATH=VALUES is cut at its first =", () => {
  expect(splitAxis('tlb=[{"a":"="}]')).toEqual(["tlb", '[{"a":"="}]']);
  for (const text of ["", "=", "=4", "l1d.entries"])
    expect(() => splitAxis(text)).toThrow(/^--axis ".*": want PATH=VALUES/);
});

test("a list that JSON wrote is cut where it was put together", () => {
  const item = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), (items) => {
      expect(listItems(items.join(" , "))).toEqual(items);
    }),
  );
});

test("whatever text stands there, there are cells, or an error of pagewalk's", () => {
  const piece = fc.constantFrom(
    ..."0123456789KMG.,.+*-[]{}\":'= \\",
    "..",
    "l1d",
    "4K",
    "null",
    "\u0000",
    "é",
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const path = fc.oneof(
    fc.constantFrom(
      "l1d.entries",
      "l1d.sets",
      "pageSize",
      "preset",
      "tlb",
      "heap",
      "__proto__",
      "a.__proto__",
    ),
    text,
  );
  const some = fc.array(text, { maxLength: 2 });
  fc.assert(
    fc.property(path, text, some, fc.array(some, { maxLength: 2 }), (path, values, constraints, zip) => {
      try {
        const axes = { [path]: values, "l1i.ways": "1,2" };
        expect(spaceOf(["a"], axes, { constraints, zip }).cells.length).toBeGreaterThan(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PagewalkError);
        expect((thrown as PagewalkError).code).toMatch(/^E_(OPTION|CONFIG)$/);
      }
    }),
    { numRuns: 300 },
  );
});
