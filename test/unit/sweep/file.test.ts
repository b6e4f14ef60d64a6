import { expect, test } from "vitest";
import { PagewalkError } from "../../../src/errors.js";
import { readSweepFile } from "../../../src/sweep/file.js";

test("a sweep file has axes, and whatever else cells are made of", () => {
  const file = {
    axes: { "l1d.entries": "16..64*2", "l1d.policy": ["lru", "fifo"], tlb: [[], null] },
    zip: [["l1d.entries", "l1d.policy"]],
    constraints: ["l1d.ways <= 8"],
    config: { memory: { frames: 4 } },
    preset: "amd-zen4",
  };
  expect(readSweepFile(file, "a.json")).toEqual(file);
  expect(readSweepFile({}, "a.json")).toEqual({});
});

test.each<[unknown, ...string[]]>([
  [[], "a.json: [];", "want an object { axes, zip"],
  [null, "a.json: null;"],
  [{ axis: {} }, '"axis": no such key; did you mean axes?'],
  [{ whatever: 1 }, "keys: axes, zip, constraints, config, preset"],
  [{ axes: [] }, "axes: []; want an object of axes"],
  [{ axes: { seed: 4 } }, "axes.seed: 4; want a list of values, or a text"],
  [{ zip: ["a,b"] }, "zip.0: ", "want a list of lists of axes"],
  [{ constraints: "a" }, "constraints: ", "want a list of conditions"],
  [{ config: 4, preset: 5 }, "config: 4; want an object", "preset: 5; want the name of a preset"],
])("%j is refused", (value, ...named) => {
  for (const name of named) expect(() => readSweepFile(value, "a.json")).toThrow(name);
  expect(() => readSweepFile(value, "a.json")).toThrow(PagewalkError);
});
