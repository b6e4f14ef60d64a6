import { describe, expect, test } from "vitest";
import { type CurvePoint, curve } from "../../src/curve/curve.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

/** Lookups of pages by Zipf's law, some of them stores: lackey. */
function zipf(lookups: number, pages: number, exponent: number, seed: number): Uint8Array {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= pages; rank++) {
    sum += rank ** -exponent;
    sums.push(sum);
  }
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const lines = Array.from({ length: lookups }, () => {
    const value = random() * sum;
    let low = 0;
    for (let high = pages - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > value) high = middle;
      else low = middle + 1;
    }
    return ` ${random() < 0.3 ? "S" : "L"} ${low.toString(16)}000,4\n`;
  });
  return new TextEncoder().encode(lines.join(""));
}

const streams = [
  { exponent: 0.7, seed: 1 },
  { exponent: 0.9, seed: 2 },
  { exponent: 1.1, seed: 3 },
];

describe.each(BUILDS)("the curve of a sample, by the %s core", (build) => {
  const made = async (bytes: Uint8Array, options: { shards?: number; seed?: number; frames?: number[] }) => {
    const trace = openTrace(bytes, { format: "lackey" });
    return curve(trace, { policies: ["lru"], module: await buildOf(build), ...options });
  };

  test("of all pages is the curve, without errors", async () => {
    const bytes = zipf(20_000, 3000, 0.9, 7);
    const [exact, sampled] = [await made(bytes, {}), await made(bytes, { shards: 1 })];
    const bare = sampled.curves[0]?.points.map(({ faultsError, writesError, ...point }) => point);
    expect(bare).toEqual(exact.curves[0]?.points);
    expect(sampled.pages).toBe(exact.pages);
    expect(sampled.shards).toMatchObject({ rate: 1, pages: exact.pages, lookups: 20_000, expectedError: 0 });
  });

  test("is as near to the curve as it expects to be", async () => {
    const frames = [128, 512, 1024, 4096, 8192];
    const distances: number[] = [];
    for (const { exponent, seed } of streams) {
      const bytes = zipf(150_000, 30_000, exponent, seed);
      const exact = (await made(bytes, { frames })).curves[0]?.points ?? [];
      for (const choice of [0, 1, 2, 3]) {
        const result = await made(bytes, { frames, shards: 1 / 16, seed: choice });
        const points = result.curves[0]?.points ?? [];
        distances.push(...points.map((point, i) => distance(point, exact[i])));
        expect(result.shards?.expectedError).toBeLessThan(0.05);
      }
    }
    // Standard errors by sixteen parts: a twentieth of Student's t with 15 degrees lies above 2.13, and a thousandth above 4.07.
    const mean = distances.reduce((sum, each) => sum + each ** 2, 0) / distances.length;
    expect(Math.max(...distances)).toBeLessThan(4.07);
    expect(distances.filter((each) => each > 2.13).length / distances.length).toBeLessThan(0.1);
    // Nor are they so large that they say nothing.
    expect(mean).toBeGreaterThan(0.3);
  });
});

/** How many standard errors the faults are off. */
function distance({ faults, faultsError = 0 }: CurvePoint, exact: CurvePoint | undefined): number {
  return Math.abs(faults - (exact?.faults ?? 0)) / faultsError;
}
