// Several traces in turn: the stream that a machine's core sees, against a naive one.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kindsByNumber } from "../../src/engine/codes.js";
import { Core } from "../../src/engine/core.js";
import { EventCodec } from "../../src/trace/eventcodec.js";
import { type InterleaveOptions, interleave } from "../../src/trace/interleave.js";
import { Records } from "../../src/trace/records.js";
import { openTrace, type TraceOptions } from "../../src/trace/trace.js";
import { Turns } from "../../src/trace/turns.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { anyEvent, entry, plainAccess } from "../oracle/events.js";
import { isAccess, naiveTurns } from "../oracle/interleave.js";
import { writeNative } from "../oracle/nativewriter.js";
import { type Entry, isEvent } from "../roundtrip.js";

/** The entries of traces in turn, the number that each access has, and how many batches there were. */
async function turnsOf(
  build: string,
  files: readonly Uint8Array[],
  options: InterleaveOptions,
  reading: TraceOptions = {},
) {
  const core = await Core.create(await buildOf(build));
  const turns = new Turns(
    core,
    interleave(
      files.map((bytes) => openTrace(bytes, reading)),
      options,
    ),
  );
  const codec = new EventCodec(core);
  const kinds = kindsByNumber(core);
  const entries: Entry[] = [];
  const numbers: bigint[] = [];
  let batches = 0;
  await turns.open();
  for (let slice = await turns.next(); slice; slice = await turns.next()) {
    batches++;
    const records = new Records(core, slice, turns.strings);
    const ordinals = core.u32(core.exports.ordinals.value, slice.to);
    const before = entries.filter(isAccess).length;
    for (let at = slice.from; at < slice.to; at++) {
      const low = BigInt(records.addresses[2 * at] ?? 0);
      const address = low | (BigInt(records.addresses[2 * at + 1] ?? 0) << 32n);
      const plain = { kind: kinds[records.kind(at)] ?? "load", address, size: records.size(at) };
      const found = records.event(at, codec) ?? plain;
      entries.push(found);
      if (isAccess(found)) numbers.push(slice.record + BigInt(slice.selected ? (ordinals[at] ?? 0) : at));
    }
    expect(entries.filter(isAccess).length - before).toBe(slice.accesses);
  }
  turns.close();
  return { entries, numbers, batches, parts: turns.several.parts(numbers.length) };
}

const isOther = (event: Entry) => !isEvent(event) || event.event !== "switch";
const few = fc.array(entry, { minLength: 1, maxLength: 60 });
/** What names processes, often the same ones. */
const pid = fc.bigInt({ min: 0n, max: 4n });
const process = fc.oneof(
  fc.record({ event: fc.constant("switch"), process: pid, thread: fc.constantFrom(1n, 2n) }),
  fc.record({ event: fc.constant("switch"), process: pid }),
  fc.record({ event: fc.constantFrom("fork", "vfork", "clone"), child: pid }),
) as fc.Arbitrary<Entry>;
const named = fc.array(fc.oneof(plainAccess, process), { minLength: 1, maxLength: 60 });
const unswitched = fc.array(fc.oneof(entry, process).filter(isOther), { minLength: 1, maxLength: 60 });
const traces = fc.oneof(
  fc.record({
    as: fc.constant("processes" as const),
    all: fc.array(fc.oneof(few, named), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    as: fc.constant("threads" as const),
    all: fc.array(unswitched, { minLength: 1, maxLength: 4 }),
  }),
);
const every = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(50, 10_000, 2 ** 53));

describe.each(BUILDS)("traces in turn, with the %s core", (build) => {
  test("are the stream of a naive scheduler, its accesses numbered from 1", async () => {
    await fc.assert(
      fc.asyncProperty(
        traces,
        every,
        fc.integer({ min: 1, max: 40 }),
        async ({ as, all }, every, perBlock) => {
          const files = all.map((entries) => writeNative(entries, perBlock));
          const { entries, numbers, parts } = await turnsOf(build, files, { every, as });
          expect(entries).toEqual(naiveTurns(all, every, as));
          expect(numbers).toEqual(numbers.map((_, i) => BigInt(i + 1)));
          expect(parts.map(({ records }) => records)).toEqual(
            all.map((each) => each.filter(isAccess).length),
          );
        },
      ),
      { numRuns: runs(150, 1500) },
    );
  });

  test("that are left out in part keep their places in the round", async () => {
    const options = fc.record({ skip: fc.nat(20), limit: fc.integer({ min: 1, max: 30 }) });
    const plain = fc.array(plainAccess, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(plain, { minLength: 2, maxLength: 3 }),
        every,
        options,
        async (all, every, wanted) => {
          const files = all.map((entries) => writeNative(entries, 7));
          const { entries } = await turnsOf(build, files, { every }, wanted);
          const left = all.map((each) => each.slice(wanted.skip, wanted.skip + wanted.limit));
          expect(entries).toEqual(naiveTurns(left, every, "processes"));
        },
      ),
      { numRuns: runs(60, 500) },
    );
  });

  test.each([1, 2, 100, 10_000])("of many records fill batches, %i at a turn", async (every) => {
    const many = (count: number, base: bigint): Entry[] =>
      Array.from({ length: count }, (_, i) => ({
        kind: "load" as const,
        address: base + BigInt(i),
        size: 1 + (i % 8),
      }));
    const all = [many(45_000, 0n), many(25_000, 1n << 32n), many(35_001, 1n << 40n)];
    const files = all.map((entries) => writeNative(entries, 15_000));
    const { entries, numbers, batches, parts } = await turnsOf(build, files, { every });
    expect(entries).toEqual(naiveTurns(all, every, "processes"));
    expect(numbers.length).toBe(105_001);
    expect(parts.map(({ kinds }) => kinds.load)).toEqual([45_000, 25_000, 35_001]);
    // So many rows of events a batch, so many accesses, and a batch before each block is read.
    expect(batches).toBeLessThanOrEqual(105_001 / every / 8192 + 105_001 / 32_768 + 8 + 4);
  });

  test("with more events than a batch has rows", async () => {
    const events = fc.sample(anyEvent.filter(isOther), { numRuns: 50, seed: 7 });
    const all = [0, 1].map(() => Array.from({ length: 20_000 }, (_, i) => events[i % 50] as Entry));
    const files = all.map((entries) => writeNative(entries, 8000));
    const { entries } = await turnsOf(build, files, { every: 30 });
    expect(entries).toEqual(naiveTurns(all, 30, "processes"));
  });
});
