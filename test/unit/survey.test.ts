import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../src/config/resolve.js";
import { survey } from "../../src/info/survey.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { lackeyText, traces } from "../oracle/arbitrary.js";
import { Oracle, type OracleRecord } from "../oracle/machine.js";

const isCanonical = (va: bigint) => BigInt.asUintN(64, BigInt.asIntN(48, va)) === va;

/** Every page that the records touch, and how often by kind; an access ends at its first bad page. */
function touched(records: readonly OracleRecord[]) {
  const pages = new Map<bigint, { instructions: number; loads: number; stores: number }>();
  const access = (va: bigint, size: number, kind: "instructions" | "loads" | "stores"): boolean => {
    const last = (va + BigInt(Math.max(size, 1)) - 1n) >> 12n;
    for (let page = va >> 12n; page <= last; page++) {
      if (page >= 1n << 52n || !isCanonical(page << 12n)) return false;
      const counts = pages.get(page) ?? { instructions: 0, loads: 0, stores: 0 };
      counts[kind]++;
      pages.set(page, counts);
    }
    return true;
  };
  for (const { va, size, kind } of records) {
    if (kind === "instruction") access(va, size, "instructions");
    else if (kind === "load") access(va, size, "loads");
    else if (kind === "store") access(va, size, "stores");
    else if (access(va, size, "loads")) access(va, size, "stores");
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
        const oracle = new Oracle(resolveConfig({}));
        oracle.replay(records);
        const { accesses, pageCrossings, kinds, faults } = oracle.stats();
        expect(info.trace).toMatchObject({ accesses, pageCrossings, kinds });
        expect(info.addresses.nonCanonical).toBe(faults.segv);
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

  test("lists the lowest regions, and counts the rest", async () => {
    const pages = Array.from({ length: 3000 }, (_, i) => ({
      va: BigInt(i) << 30n,
      size: 8,
      kind: "load" as const,
    }));
    const { regions, regionsTotal } = await survey(openTrace(lackeyText(pages)), {
      module: await buildOf(build),
    });
    expect(regionsTotal).toBe(3000);
    expect(regions).toHaveLength(1000);
    expect(regions.at(-1)).toMatchObject({ from: `0x${(999n << 30n).toString(16)}`, pages: 1, loads: 1 });
  });
});
