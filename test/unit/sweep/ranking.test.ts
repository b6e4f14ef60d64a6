import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.js";
import { metricOf } from "../../../src/sweep/metric.js";
import type { Axis, SweepCell } from "../../../src/sweep/model.js";
import { leastOf, paretoFront, ranked, relative, sensitivities } from "../../../src/sweep/ranking.js";
import { costOf } from "../../../src/sweep/storage.js";

/** A cell of so many walks. */
function cell(
  index: number,
  config: SweepCell["config"],
  walks: number,
  more: Partial<SweepCell> = {},
): SweepCell {
  return { index, config, method: "replay", accesses: 100, tlb: {}, walk: { walks }, ...more };
}

const WALKS = "walk.walks";
const AXES: Axis[] = [
  { path: "a", values: [1, 2] },
  { path: "b", values: ["x", "y", "z"] },
];
const GROUPS = [[0], [1]];
/** 1x 1y 1z 2x 2y 2z. */
const CELLS = [8, 4, 2, 4, 4, 0].map((walks, i) =>
  cell(i, { a: i < 3 ? 1 : 2, b: ["x", "y", "z"][i % 3] as string }, walks),
);
const FAILED = cell(6, { a: 3, b: "x" }, 0, { error: { code: "E_MEMORY", message: "" } });

describe("a metric", () => {
  const one = cell(0, {}, 3, {
    tlb: { "l1-d": { accesses: 8, hits: 6, misses: 2 }, none: { accesses: 0, hits: 0, misses: 0 } },
    cycles: { total: "9007199254740993" } as never,
  });

  test.each<[string, number | undefined]>([
    ["walk.walks", 3],
    ["accesses", 100],
    ["tlb.l1-d.misses", 2],
    ["tlb.l1-d.missRate", 0.25],
    ["tlb.none.missRate", undefined],
    ["tlb.other.missRate", undefined],
    ["cycles.total", 2 ** 53],
    ["method", undefined],
    ["tlb", undefined],
    ["tlb.__proto__.misses", undefined],
    ["walk.walks.toString", undefined],
  ])("%s", (path, value) => {
    expect(metricOf(one, path)).toBe(value);
  });

  test("of what could not be answered is none", () => {
    expect(metricOf(FAILED, WALKS)).toBeUndefined();
  });
});

test("the least comes first, and of equals the first", () => {
  expect(ranked([...CELLS, FAILED].reverse(), WALKS).map(({ index }) => index)).toEqual([5, 2, 1, 3, 4, 0]);
  expect(ranked(CELLS, "walk.pteReads")).toEqual([]);
});

describe("against a baseline", () => {
  const ratios = (baseline: Record<string, number | string>, groups: number[][] = GROUPS) => {
    const map = relative([...CELLS, FAILED], WALKS, baseline, AXES, groups);
    return CELLS.map(({ index }) => map.get(index));
  };

  test("of one axis, each cell is held against the one that is alike in the others", () => {
    expect(ratios({ a: 1 })).toEqual([1, 1, 1, 0.5, 1, 0]);
    expect(ratios({ b: "y" })).toEqual([2, 1, 0.5, 1, 1, 0]);
  });

  test("of all axes, against that one", () => {
    expect(ratios({ a: 1, b: "z" })).toEqual([4, 2, 1, 2, 2, 0]);
  });

  test("that was zipped, the axes beside it move with it", () => {
    expect(ratios({ a: 2 }, [[0, 1]])).toEqual([2, 1, 0.5, 1, 1, 0]);
  });

  test("of 0, or that is not there, there is none", () => {
    expect(ratios({ a: 2 })).toEqual([2, 1, undefined, 1, 1, undefined]);
    expect(ratios({ a: 3 })).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});

describe("sensitivity", () => {
  test("is the largest over the smallest where one axis moves alone", () => {
    const [b, a] = sensitivities([...CELLS, FAILED], WALKS, AXES, GROUPS);
    expect(b).toEqual({ axes: ["b"], rows: 2, mean: 4, largest: 4, fromZero: 1 });
    expect(a).toEqual({ axes: ["a"], rows: 3, mean: expect.closeTo(Math.SQRT2), largest: 2, fromZero: 1 });
  });

  test("of a zipped group is that of its axes together", () => {
    const zipped = CELLS.filter((_, i) => i === 0 || i === 4);
    expect(sensitivities(zipped, WALKS, AXES, [[0, 1]])).toEqual([
      { axes: ["a", "b"], rows: 1, mean: 2, largest: 2, fromZero: 0 },
    ]);
  });

  test("of nothing is none; of what stays 0, no change", () => {
    expect(sensitivities([], WALKS, AXES, GROUPS)[0]).toMatchObject({ rows: 0, mean: null, largest: null });
    const still = [cell(0, { a: 1 }, 0), cell(1, { a: 2 }, 0)];
    expect(sensitivities(still, WALKS, AXES.slice(0, 1), [[0]])[0]).toMatchObject({ mean: 1, fromZero: 0 });
  });
});

test("a heat map has the best of all other axes", () => {
  const [a, b] = AXES as [Axis, Axis];
  expect(leastOf(CELLS.slice(1), WALKS, a, b)).toEqual([
    [undefined, 4, 2],
    [4, 4, 0],
  ]);
  expect(leastOf(CELLS, WALKS, b, a)).toEqual([
    [8, 4],
    [4, 4],
    [2, 0],
  ]);
  const other = { path: "c", values: [0] };
  const cells = CELLS.map((each) => ({ ...each, config: { ...each.config, c: 0 } }));
  expect(leastOf(cells, WALKS, a, other)).toEqual([[2], [0]]);
});

test("the front is what no cell beats: against every pair of cells", () => {
  const point = fc.record({ cost: fc.option(fc.nat(9), { nil: undefined }), walks: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(point), (points) => {
      const cells = points.map(({ walks }, i) => cell(i, {}, walks));
      const known = points.flatMap(({ cost, walks }, i) =>
        cost === undefined ? [] : [{ cell: i, cost, metric: walks }],
      );
      const beats = (a: (typeof known)[number], b: (typeof known)[number]) =>
        a.cost <= b.cost &&
        a.metric <= b.metric &&
        (a.cost < b.cost || a.metric < b.metric || a.cell < b.cell);
      const front = known.filter((one) => !known.some((other) => other !== one && beats(other, one)));
      expect(paretoFront(cells, WALKS, ({ index }) => points[index]?.cost)).toEqual(
        front.sort((a, b) => a.cost - b.cost),
      );
    }),
  );
});

describe("a machine's TLBs cost", () => {
  const l1 = { name: "l1", level: 1, pageSizes: ["4K"], entries: 64, ways: 4 };

  test("entries, of all of them", () => {
    const l2 = { ...l1, name: "l2", level: 2, entries: 512 };
    expect(costOf(resolveConfig({ tlb: [l1, l2] }), "entries")).toBe(576);
  });

  test.each<[string, object, number]>([
    // 36 bits of page number, 4 of them the set's; 52 - 12 of physical page number; 7 flags.
    ["16 sets of x86-64's 4K", {}, 64 * (32 + 40 + 7)],
    ["one set", { ways: 64 }, 64 * (36 + 40 + 7)],
    ["12 sets: the quotient needs the bits of 8", { entries: 48 }, 48 * (33 + 40 + 7)],
    [
      "two sizes, as wide as the smaller and a bit that tells them apart",
      { pageSizes: ["4K", "2M"] },
      64 * (32 + 40 + 7 + 1),
    ],
    ["2M alone", { pageSizes: ["2M"] }, 64 * (23 + 31 + 7)],
  ])("bits: %s", (_, change, bits) => {
    const pageSize = Object.hasOwn(change, "pageSizes") && bits === 64 * 61 ? "2M" : "4K";
    expect(costOf(resolveConfig({ pageSize, tlb: [{ ...l1, ...change }] }), "bits")).toBe(bits);
  });

  test("bits of other formats, and of address-space ids", () => {
    const bits = (config: object) => costOf(resolveConfig({ tlb: [l1], ...config }), "bits");
    expect(bits({ asids: 4095 })).toBe(64 * (32 + 40 + 7 + 12));
    expect(bits({ pageTable: { format: "sv39" } })).toBe(64 * (23 + 44 + 7));
    // 48 bits, and one that chooses the half.
    expect(bits({ pageTable: { format: "aarch64-4k" } })).toBe(64 * (33 + 36 + 7));
  });

  test("nothing that can be told, where one is ideal", () => {
    const ideal = { ...l1, policy: "ideal" as const, entries: null, ways: null };
    expect(costOf(resolveConfig({ tlb: [ideal] }), "bits")).toBeUndefined();
    expect(costOf(resolveConfig({ tlb: [] }), "entries")).toBe(0);
  });
});
