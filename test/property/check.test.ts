import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CheckOptions, type CheckResult, check } from "../../src/check/check.js";
import type { TraceEvent } from "../../src/trace/events.js";
import { printEvent } from "../../src/trace/scenario/print.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { capturedTrace, namedTrace } from "../oracle/check/arbitrary.js";
import { Twin } from "../oracle/check/twin.js";

const QUARANTINE = 100;
/** The line of the first event. */
const FIRST_LINE = 2;

async function checked(events: readonly TraceEvent[], options: CheckOptions): Promise<CheckResult> {
  const text = ["# a scenario", ...events.map(printEvent), ""].join("\n");
  const trace = openTrace(new TextEncoder().encode(text), { format: "scenario" });
  return check(trace, { quarantine: QUARANTINE, listBlocks: true, ...options });
}

/** What a result says, as the twin says it. */
function ofResult({ errors, blocks = [], expect: expected, trace }: CheckResult) {
  return {
    found: errors.map(({ kind, va, size, block, access, allocated, freed, process, pc, count }) => ({
      kind,
      va: BigInt(va ?? 0),
      size: BigInt(size),
      block: block && {
        start: BigInt(block.address),
        size: BigInt(block.size),
        where: block.where,
        offset: BigInt(block.offset),
      },
      access,
      allocated,
      freed,
      process,
      pc: pc === undefined ? null : BigInt(pc),
      count,
    })),
    left: blocks
      .map(({ address, size, at, kind, process }) => ({
        process,
        start: BigInt(address),
        size: BigInt(size),
        kind,
        at,
      }))
      .sort(byPlace),
    failed: expected?.failed.length ?? 0,
    unplaced: trace.unplaced,
  };
}

function ofTwin({ found, left, failedExpectations, unplaced }: Twin) {
  const told = found.map(({ key, ...rest }) => rest);
  return { found: told, left: [...left].sort(byPlace), failed: failedExpectations.length, unplaced };
}

function byPlace(a: { process: number; start: bigint }, b: { process: number; start: bigint }): number {
  return a.process - b.process || (a.start < b.start ? -1 : 1);
}

describe.each(BUILDS)("with the %s core", (build) => {
  test("a trace that names its blocks and frames comes to what a Map a byte says", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(namedTrace, fc.boolean(), async (events, uninitialised) => {
        const twin = new Twin(BigInt(QUARANTINE), uninitialised, uninitialised);
        twin.run(events, FIRST_LINE);
        expect(ofResult(await checked(events, { module, uninitialised }))).toEqual(ofTwin(twin));
      }),
      { numRuns: runs(60, 3000) },
    );
  });

  test("so does one as a capture is", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(capturedTrace, fc.boolean(), async (events, uninitialised) => {
        const twin = new Twin(BigInt(QUARANTINE), uninitialised, uninitialised);
        twin.run(events, FIRST_LINE);
        expect(ofResult(await checked(events, { module, uninitialised }))).toEqual(ofTwin(twin));
      }),
      { numRuns: runs(60, 3000) },
    );
  });
});
