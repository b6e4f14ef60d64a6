import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { infoJson, pagewalk, ROOT, runJson, SORT, TINY, tinyText } from "./pagewalk.js";

test.concurrent("the JSON of info has the keys that it promises", async () => {
  const info = await infoJson([TINY]);
  const keys = ["pagewalk", "schema", "trace", "addresses", "footprint", "processes", "regions", "events"];
  expect(Object.keys(info)).toEqual(expect.arrayContaining(keys));
  expect(info).toMatchObject({ pagewalk: expect.stringMatching(/^\d+\.\d+\.\d+$/), schema: 1, events: {} });
  expect(info.trace).toEqual((await runJson([TINY])).trace);
});

test.concurrent("info says of tiny.lackey what can be found by hand", async () => {
  const { addresses, footprint, regions, processes } = await infoJson([TINY]);
  expect(addresses).toEqual({ lowest: "0x401000", highest: "0x1ffeffffff", nonCanonical: 0 });
  expect(footprint).toEqual({ "4K": 7, "2M": 3, "1G": 2 });
  expect(processes).toEqual([]);
  expect(regions).toEqual([
    { from: "0x401000", to: "0x606000", pages: 6, instructions: 7, loads: 6, stores: 4 },
    { from: "0x1ffefff000", to: "0x1fff000000", pages: 1, instructions: 0, loads: 0, stores: 2 },
  ]);
});

// What traces/README.md says of each.
describe.concurrent.each([
  ["matmul", 4_050_234, 4_051_840, 134, 462],
  ["list", 4_921_860, 4_931_659, 134, 1_234],
  ["sort", 3_927_232, 3_940_466, 307, 238],
])("the trace %s", (name, records, accesses, crossings, pages) => {
  const path = join(ROOT, `traces/${name}.lackey.zst`);

  test("is the same to info and run", async () => {
    const [info, result] = await Promise.all([infoJson([path]), runJson([path])]);
    expect(info.trace).toEqual(result.trace);
    expect(info.trace).toMatchObject({ records, accesses, pageCrossings: crossings, truncated: false });
    expect(info.footprint["4K"]).toBe(pages);
    expect(result.pages.touched["4K"]).toBe(pages);
    expect(info.regions.reduce((sum, region) => sum + region.pages, 0)).toBe(pages);
    expect(info.processes).toHaveLength(1);
  });
});

test.concurrent.each([
  ["--kinds load", 4],
  ["--skip 2 --limit 3", 3],
  ["--kinds instruction,modify", 9],
])("info and run agree with %s", async (flags, records) => {
  const args = [...flags.split(" "), TINY];
  const info = await infoJson(args);
  expect(info.trace.records).toBe(records);
  expect(info.trace).toEqual((await runJson(args)).trace);
});

test.concurrent("info reads standard input", async () => {
  const { trace } = await infoJson(["-"], { stdin: gzipSync(tinyText) });
  expect(trace).toMatchObject({ path: "-", compression: "gzip", records: 16 });
});

test.concurrent("the text of info contains the raw counts", async () => {
  const args = ["--limit", "100000", SORT];
  const { trace, footprint, addresses } = await infoJson(args);
  const { code, stdout } = await pagewalk(["info", ...args]);
  expect(code).toBe(0);
  const counts = [trace.records, trace.accesses, ...Object.values(trace.kinds), ...Object.values(footprint)];
  for (const count of counts) expect(stdout).toContain(count.toLocaleString("en-US"));
  expect(stdout).toContain(addresses.lowest);
  expect(stdout).toContain(addresses.highest);
});

test.concurrent("two of info differ in timing only", async () => {
  const print = async () =>
    (await pagewalk(["info", "--json", TINY])).stdout.replace(/"timing": \{[^}]*\}/, "");
  expect(await print()).toBe(await print());
});
