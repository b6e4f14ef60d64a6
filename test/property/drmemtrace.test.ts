import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf, inPieces } from "../entries.js";
import {
  DrmemOracle,
  type DrmemRecord,
  FOOTER,
  HEADER,
  load,
  merged,
  pid,
  thread,
  time,
  writeDrmem,
} from "../oracle/drmemtrace.js";

const address = fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const size = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 65535 }));
const types = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), size, address);
const few = fc.bigInt({ min: 0n, max: 3n });
const bundle = fc
  .tuple(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 8, maxLength: 8 }),
  )
  .map(
    ([count, lengths]): DrmemRecord => [
      17,
      count,
      new DataView(Uint8Array.from(lengths).buffer).getBigUint64(0, true),
    ],
  );
const record: fc.Arbitrary<DrmemRecord> = fc.oneof(
  { weight: 30, arbitrary: types(0, 16) },
  { weight: 20, arbitrary: types(29, 31) },
  { weight: 10, arbitrary: types(18, 21) },
  { weight: 10, arbitrary: types(32, 49) },
  { weight: 15, arbitrary: bundle },
  { weight: 10, arbitrary: few.map(thread) },
  { weight: 10, arbitrary: few.map(pid) },
  { weight: 20, arbitrary: fc.tuple(fc.constant(28), fc.integer({ min: 0, max: 40 }), address) },
  { weight: 20, arbitrary: fc.constantFrom<DrmemRecord>([28, 22, 9n], [28, 2, 5n], [28, 3, 1n]) },
  { weight: 1, arbitrary: types(0, 65535) },
);
const trace = fc
  .tuple(fc.array(record, { maxLength: 60 }), fc.integer({ min: 0, max: 20 }))
  .map(([records, odd]) => {
    const all = [HEADER, [10, 4, 0x400000n] as const, ...records, FOOTER];
    if (odd === 0) all.pop();
    if (odd === 1) all.shift();
    return writeDrmem(all);
  });

const sample = writeDrmem([
  HEADER,
  thread(7n),
  pid(5n),
  time(100n),
  [10, 4, 0x400000n],
  load(0x1000n),
  [17, 2, 0x0302n],
  [1, 0, 0x2000n],
  FOOTER,
]);

describe.each(BUILDS)("the %s core's decoder of DynamoRIO's records", (build) => {
  test("reads what a DataView reads, however it is cut into pieces", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(
        trace,
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async (bytes, piece, byThread) => {
          const wanted = new DrmemOracle(bytes);
          const entries = merged([bytes], byThread);
          const found = await entriesOf(module, inPieces(bytes, piece), {
            format: "drmemtrace",
            asid: byThread ? "thread" : "process",
          });
          expect(found.entries).toEqual(entries);
          if (entries.length > 0 || wanted.bad !== undefined) {
            expect(found.error?.at.byte).toBe(wanted.bad);
          }
          const { unnamed = 0, ...counts } = wanted.counts;
          expect(found.other).toMatchObject(counts);
          if (wanted.bad === 0) return;
          const all = Object.values(found.other).reduce((sum, count) => sum + count, 0);
          const named = Object.values(counts).reduce((sum, count) => sum + count, 0);
          expect(all).toBe(named + unnamed);
        },
      ),
      { numRuns: runs(300, 5000) },
    );
  });

  test("says where a trace is cut, at every byte", async () => {
    const module = await buildOf(build);
    const all = merged([sample]);
    for (let length = 1; length < sample.length; length++) {
      const { entries, error } = await entriesOf(module, sample.slice(0, length), { format: "drmemtrace" });
      expect(entries).toEqual(all.slice(0, entries.length));
      expect(error).toMatchObject({ code: "E_TRACE", at: { byte: length - (length % 12) } });
      expect(error?.message).toMatch(/the trace is cut/);
    }
  });

  test("survives any bits flipped", async () => {
    const module = await buildOf(build);
    const flips = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(7)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(flips, fc.nat(3), async (flips, skipBad) => {
        const bytes = sample.slice();
        for (const [at, bit] of flips) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const { error, skipped } = await entriesOf(module, bytes, { format: "drmemtrace", skipBad });
        expect(skipped).toBeLessThanOrEqual(skipBad);
        if (error) expect(error.code).toBe("E_TRACE");
      }),
      { numRuns: runs(300, 5000) },
    );
  });

  test("fills many batches, and stops at a limit", async () => {
    const module = await buildOf(build);
    const records = Array.from(
      { length: 100_000 },
      (_, i): DrmemRecord => (i % 5 === 4 ? [2, 8, 0n] : [i % 2, 8, BigInt(i) << 12n]),
    );
    const bytes = writeDrmem([HEADER, thread(7n), pid(5n), ...records, FOOTER]);
    const wanted = merged([bytes]);
    const { entries, other } = await entriesOf(module, inPieces(bytes, 100_000));
    expect(entries).toEqual(wanted);
    expect(other).toEqual({ header: 1, thread: 1, process: 1, prefetch: 20_000, footer: 1 });
    const first = await entriesOf(module, bytes, { limit: 1000 });
    expect(first.entries).toEqual(wanted.slice(0, 1001));
    expect(first.other).toEqual({ header: 1, thread: 1, process: 1, prefetch: 249 });
  });
});

test.each<[string, DrmemRecord[], number, RegExp]>([
  ["does not begin with a header", [thread(1n), load(1n), FOOTER], 0, /type is 22; want the header/],
  ["has a second header", [HEADER, load(1n), HEADER], 24, /a header, which only/],
  ["goes on behind its footer", [HEADER, load(1n), FOOTER, load(2n)], 36, /behind the footer/],
  ["has a record of no type", [HEADER, load(1n), [50, 0, 0n]], 24, /no type 50; want 0 to 49/],
  ["has a bundle of nine", [HEADER, [10, 1, 1n], [17, 9, 0n]], 24, /a bundle; want 1 to 8/],
  ["has a bundle first", [HEADER, load(1n), [17, 1, 1n]], 24, /behind an instruction/],
  ["has no footer", [HEADER, load(1n)], 24, /no footer: the trace is cut/],
])("a trace that %s is bad there", async (_, records, byte, message) => {
  const module = await buildOf("release");
  const { error } = await entriesOf(module, writeDrmem(records), { format: "drmemtrace" });
  expect(error).toMatchObject({ code: "E_TRACE", at: { byte }, message: expect.stringMatching(message) });
});

test("bad records are passed over where that is allowed, a header's too", async () => {
  const bytes = writeDrmem([[9, 0, 0n], load(1n), [99, 0, 0n], load(2n), FOOTER]);
  const module = await buildOf("release");
  const { entries, skipped, error } = await entriesOf(module, bytes, { format: "drmemtrace", skipBad: 2 });
  expect({ skipped, error }).toEqual({ skipped: 2, error: undefined });
  expect(entries.map((entry) => ("va" in entry ? entry.va : entry))).toEqual([1n, 2n]);
});
