import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CurveOptions,
  type CurveResult,
  curve,
  type Interleaved,
  interleave,
  openTrace,
  PartialError,
  type Trace,
} from "../../src/index.js";

const SORT = "traces/sort.lackey.zst";
const bytes = readFileSync(SORT);
/** Long enough for workers. */
const RECORDS = 1_300_000;
const part = () => openTrace(SORT, { limit: RECORDS });
const POOLS: CurveOptions = {
  policies: ["lru", "fifo", "opt", "ws:500", "random", "wsclock:1000", "aging", "lirs", "ws:20"],
  frames: [4, 64],
  windows: [100, 10_000],
  seed: 3,
};
const MACHINES: CurveOptions = { policies: ["clock", "ws:500", "lru"], frames: [8, 32, 128], machine: {} };

/** A result without its time, and the failure that ended it. */
type Outcome = Partial<CurveResult> & { code?: string; why?: string };

async function outcomeOf(trace: Trace | Interleaved | string, options: CurveOptions): Promise<Outcome> {
  const told = ({ timing, ...rest }: CurveResult) => rest;
  try {
    return told(await curve(trace, options));
  } catch (thrown) {
    if (!(thrown instanceof PartialError)) throw thrown;
    return { ...told(thrown.partial as CurveResult), code: thrown.code, why: thrown.message };
  }
}

/** The outcome by one thread, which others are to come to as well. */
async function sameByAll(open: () => Trace | Interleaved | string, options: CurveOptions): Promise<Outcome> {
  const alone = await outcomeOf(open(), { ...options, jobs: 1 });
  for (const jobs of [2, 3]) {
    expect(await outcomeOf(open(), { ...options, jobs })).toEqual(alone);
  }
  return alone;
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

const several = (as: "processes" | "threads") => () =>
  interleave([openTrace(SORT, { limit: 700_000 }), openTrace("traces/list.lackey.zst", { limit: 600_000 })], {
    every: 3000,
    as,
  });

describe("any number of threads gives the same", () => {
  test("by pools", async () => {
    const { curves } = await sameByAll(part, POOLS);
    expect(curves?.map(({ policy, points }) => [policy, points.length])).toEqual([
      ...["lru", "fifo", "opt"].map((policy) => [policy, 2]),
      ["ws", 2],
      ...["random", "wsclock:1000", "aging", "lirs"].map((policy) => [policy, 2]),
    ]);
  });

  test("by pools of all sizes", async () => {
    const { curves } = await sameByAll(part, { policies: ["arc", "opt"] });
    expect(curves?.[0]?.points.map(({ frames }) => frames)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  });

  test.each(["processes", "threads"] as const)("by pools of several traces, as %s", async (as) => {
    await sameByAll(several(as), POOLS);
  });

  test("by machines", async () => {
    const { curves } = await sameByAll(part, MACHINES);
    expect(curves?.map(({ points }) => points.length)).toEqual([3, 1, 3]);
  });

  test("by machines of several traces", async () => {
    await sameByAll(several("processes"), MACHINES);
  });

  test("of a trace that breaks off", async () => {
    const cut = () => openTrace(bytes.subarray(0, 0.4 * bytes.length));
    for (const options of [POOLS, MACHINES]) {
      const { code, trace } = await sameByAll(cut, options);
      expect([code, trace?.truncated]).toEqual(["E_TRACE", true]);
      expect(trace?.records).toBeGreaterThan(1_000_000);
    }
  });

  test("of a stream, which is read once", async () => {
    const { timing, ...whole } = await curve(part(), POOLS);
    const { curves, pages } = await sameByAll(() => openTrace(pieces(), { limit: RECORDS }), POOLS);
    expect({ curves, pages }).toEqual({ curves: whole.curves, pages: whole.pages });
  });

  test("of a trace that is short", async () => {
    await sameByAll(() => "traces/tiny.lackey", POOLS);
  });
});

/** Ends a call in its middle. */
function aborting(): { signal: AbortSignal; onProgress: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, onProgress: () => controller.abort() };
}

describe.each([1, 2, 3])("a signal, with %s threads", (jobs) => {
  test("leaves pools with all that was read", async () => {
    const { code, interrupted, trace, curves } = await outcomeOf(SORT, { ...POOLS, ...aborting(), jobs });
    expect([code, interrupted]).toEqual(["E_ABORTED", true]);
    const read = await curve(openTrace(SORT, { limit: trace?.records ?? 0 }), { ...POOLS, jobs: 1 });
    // Opt had not seen it all.
    const known = read.curves.map((each) => (each.policy === "opt" ? { ...each, points: [] } : each));
    expect(curves).toEqual(known);
  });

  test("ends machines", async () => {
    const { code, interrupted, curves } = await outcomeOf(SORT, { ...MACHINES, ...aborting(), jobs });
    expect([code, interrupted]).toEqual(["E_ABORTED", true]);
    expect(curves?.map(({ policy }) => policy)).toEqual(["clock", "ws", "lru"]);
  });

  test("ends it before it has begun", async () => {
    const { trace, curves } = await outcomeOf(SORT, { ...POOLS, signal: AbortSignal.abort(), jobs });
    expect(trace?.records).toBe(0);
    expect(curves?.[1]?.points[0]).toEqual({ frames: 4, faults: 0, writes: 0, evictions: 0 });
  });
});

test("a signal ends machines that are at work", async () => {
  const controller = new AbortController();
  let whole = 0;
  // The second reading from the start is that for the workers, or the first point.
  let before = 0;
  const onProgress = ({ records }: { records: number }) => {
    if (records < before) whole++;
    before = records;
    if (whole > 0) controller.abort();
  };
  const options = { ...MACHINES, signal: controller.signal, onProgress, jobs: 2 };
  const outcome = await outcomeOf(part(), options);
  expect([outcome.code, outcome.interrupted]).toEqual(["E_ABORTED", true]);
  expect(outcome.trace?.records).toBe(RECORDS);
});

test.each([0, 257, 1.5, -1, Number.NaN])("%s is no number of threads", async (jobs) => {
  await expect(curve(SORT, { policies: ["lru"], jobs })).rejects.toMatchObject({
    code: "E_OPTION",
    message: `curve: jobs: ${jobs}; want a whole number from 1 to 256`,
  });
});
