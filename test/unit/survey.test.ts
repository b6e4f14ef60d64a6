import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { survey } from "../../src/info/survey.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { lackeyText, traces } from "../oracle/arbitrary.js";
import type { OracleRecord } from "../oracle/machine.js";

const isCanonical = (va: bigint) => BigInt.asUintN(64, BigInt.asIntN(48, va)) === va;

/** Every page that the records touch, and how often by kind. */
function touched(records: readonly OracleRecord[]) {
  const pages = new Map<bigint, { instructions: number; loads: number; stores: number }>();
  for (const { va, size, kind } of records) {
    const last = (va + BigInt(Math.max(size, 1)) - 1n) >> 12n;
    for (let page = va >> 12n; page <= last; page++) {
      if (page >= 1n << 52n || !isCanonical(page << 12n)) break;
      const counts = pages.get(page) ?? { instructions: 0, loads: 0, stores: 0 };
      if (kind === "instruction") counts.instructions++;
      if (kind === "load" || kind === "modify") counts.loads++;
      if (kind === "store" || kind === "modify") counts.stores++;
      pages.set(page, counts);
    }
  }
  return pages;
}

describe.each(BUILDS)("a survey on the %s core", (build) => {
  test("lists what a Map lists", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(traces, async (records) => {
        const pages = touched(records);
        const distinct = (shift: bigint) => new Set([...pages.keys()].map((page) => page >> shift)).size;
        const sum = (kind: "instructions" | "loads" | "stores") =>
          [...pages.values()].reduce((all, page) => all + page[kind], 0);
        const info = await survey(openTrace(lackeyText(records)), { module });
        expect(info.footprint).toEqual({ "4K": pages.size, "2M": distinct(9n), "1G": distinct(18n) });
        expect(info.trace.accesses).toBe(sum("instructions") + sum("loads") + sum("stores"));
        const regions = (kind: "pages" | "instructions" | "loads" | "stores") =>
          info.regions.reduce((all, region) => all + region[kind], 0);
        expect(regions("pages")).toBe(pages.size);
        expect(regions("instructions")).toBe(sum("instructions"));
        expect(regions("stores")).toBe(sum("stores"));
        const sorted = [...pages.keys()].sort((a, b) => (a < b ? -1 : 1));
        expect(info.addresses.lowest).toBe(
          sorted[0] === undefined ? null : `0x${(sorted[0] << 12n).toString(16)}`,
        );
      }),
      { numRuns: runs(200, 5000) },
    );
  });

  test("parts regions at gaps of 2 MiB", async () => {
    const at = (va: bigint) => ({ va, size: 1, kind: "load" as const });
    const trace = lackeyText([at(0x1000n), at(0x201000n), at(0x402000n)]);
    const { regions } = await survey(openTrace(trace), { module: await buildOf(build) });
    expect(regions.map(({ from, to, pages }) => [from, to, pages])).toEqual([
      ["0x1000", "0x202000", 2],
      ["0x402000", "0x403000", 1],
    ]);
  });
});
