import { expect, test } from "vitest";
import { assign, assignValue, valueAt } from "../../../src/config/assign.js";
import { DEFAULTS } from "../../../src/config/model.js";
import { layered, presetNamed } from "../../../src/config/resolve.js";

const base = () => layered(DEFAULTS, presetNamed("intel-skylake"));

test("an assignment changes a copy, which shares what it can", () => {
  const config = base();
  const before = structuredClone(config);
  const changed = assignValue(config, "l1d.entries", 32);
  expect(config).toEqual(before);
  expect(valueAt(changed, "l1d.entries")).toBe(32);
  expect(changed["memory"]).toBe(config["memory"]);
  expect((changed["tlb"] as unknown[])[0]).toBe((config["tlb"] as unknown[])[0]);
});

test("sets are so many times the ways, of what has entries", () => {
  expect(valueAt(base(), "l1d.sets")).toBe(16);
  expect(valueAt(assign(base(), "l1d.sets=8"), "l1d.entries")).toBe(32);
  expect(valueAt(assign(base(), "pd.sets=2"), "pd.entries")).toBe(2 * Number(valueAt(base(), "pd.ways")));
  const ideal = assign(base(), "l1d.ways=null");
  expect(valueAt(ideal, "l1d.sets")).toBeNull();
  expect(() => assign(ideal, "l1d.sets=8")).toThrow("l1d.sets: it has no ways");
  for (const sets of ["0", "1.5", "lru", "[]"])
    expect(() => assign(base(), `l1d.sets=${sets}`)).toThrow("want a whole number, 1 or more");
});

test.each<[string, unknown]>([
  ["pageSize", "4K"],
  ["memory.frames", null],
  ["stlb.ways", 12],
  ["pml4.entries", 4],
  ["memory.nothing", undefined],
  ["nothing.at.all", undefined],
  ["l1d.entries.more", undefined],
  ["constructor", undefined],
  ["l1d.__proto__", undefined],
])("at %s stands %j", (path, value) => {
  expect(valueAt(base(), path)).toEqual(value);
});

test.each([
  "",
  "a.",
  "l1d.__proto__",
  "__proto__",
  "memory.frames.more",
  "constructor.name",
  "tlb.0.entries",
])("%j names nothing", (path) => {
  expect(() => assignValue(base(), path, 1)).toThrow("names nothing in the configuration");
});

test("what is no configuration is no fault of pagewalk's", () => {
  for (const tlb of [5, [null], [5], {}, "a"])
    expect(() => assignValue({ tlb }, "l1d.entries", 1)).toThrow("names nothing");
});
