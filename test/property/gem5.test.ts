import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf, inPieces } from "../entries.js";
import {
  GEM5_HEADER,
  message,
  number,
  type Packet,
  recordsOfPackets,
  startsOf,
  writeGem5,
} from "../oracle/gem5.js";

const long = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const packet: fc.Arbitrary<Packet> = fc.record(
  {
    tick: long,
    cmd: fc.oneof(fc.constantFrom(1, 4), fc.integer({ min: 0, max: 60 })),
    addr: long,
    size: fc.oneof(fc.constantFrom(0, 64), fc.integer({ min: 0, max: 1 << 20 })),
    flags: fc.oneof(fc.constantFrom(0, 0x100), fc.integer({ min: 0, max: 0x7fffffff })),
    pktId: long,
    pc: long,
  },
  { requiredKeys: ["tick", "cmd", "addr", "size"] },
);
const sample: Packet[] = [
  { tick: 1n, cmd: 1, addr: 0x1000n, size: 64, flags: 0x100 },
  { tick: 300n, cmd: 4, addr: 0x8000_0000n, size: 8 },
  { tick: 5000n, cmd: 1, addr: 0x2000n, size: 4, pc: 1n << 63n },
];

describe.each(BUILDS)("with the %s core, gem5's packets", (build) => {
  test("are read as they were written, however they are cut into pieces", async () => {
    const module = await buildOf(build);
    const packets = fc.array(packet, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(packets, fc.integer({ min: 1, max: 300 }), async (packets, piece) => {
        const wanted = recordsOfPackets(packets);
        const { entries, other, error } = await entriesOf(module, inPieces(writeGem5(packets), piece));
        expect(entries).toEqual(wanted);
        if (wanted.length > 0) expect(error).toBeUndefined();
        else expect(error?.message).toMatch(/holds no reads or writes/);
        const counted = Object.values(other).reduce((sum, count) => sum + count, 0);
        expect(counted).toBe(packets.length - wanted.length);
      }),
      { numRuns: runs(150, 5000) },
    );
  });
});

const module = await buildOf("release");

test("say where they are cut, at every byte", async () => {
  const bytes = writeGem5(sample);
  const starts = startsOf(sample);
  for (let length = 4; length < bytes.length; length++) {
    const { entries, error } = await entriesOf(module, bytes.slice(0, length));
    const whole = starts.filter((start) => start <= length);
    expect(entries).toEqual(recordsOfPackets(sample.slice(0, Math.max(whole.length - 2, 0))));
    const at = whole.at(-1) ?? 0;
    if (at < length)
      expect(error).toMatchObject({
        code: "E_TRACE",
        at: { byte: at },
        message: expect.stringMatching(/cut/),
      });
    else if (whole.length <= 2) expect(error?.message).toMatch(/holds no reads or writes/);
    else expect(error).toBeUndefined();
  }
});

test("survive any bits flipped", async () => {
  const bytes = writeGem5(sample);
  const flips = fc.array(fc.tuple(fc.integer({ min: 4, max: bytes.length - 1 }), fc.nat(7)), {
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(flips, fc.nat(3), async (flips, skipBad) => {
      const flipped = bytes.slice();
      for (const [at, bit] of flips) flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const { error, skipped } = await entriesOf(module, flipped, { skipBad });
      expect(skipped).toBeLessThanOrEqual(skipBad);
      if (error) expect(error.code).toBe("E_TRACE");
    }),
    { numRuns: runs(500, 5000) },
  );
});

const good = message([number(1, 1n), number(2, 1n), number(3, 0x1000n), number(4, 8n)]);
const bytesOf = (...messages: number[][]) => Uint8Array.from([...writeGem5([]), ...messages.flat()]);

test.each<[string, number[], RegExp]>([
  ["lacks its command", message([number(1, 1n)]), /lacks cmd/],
  ["lacks its address", message([number(2, 4n), number(4, 8n)]), /lacks addr or size/],
  ["has an unheard-of command", message([number(2, 4000n)]), /no command 4000/],
  ["is too large an access", message([number(2, 1n), number(3, 1n), number(4, 1n << 21n)]), /too large/],
  ["ends within a field", [2, 8 * 2, 0x81], /longer than the message|EOF|varint/],
  ["has a field of no type", [3, 8 * 8 + 7, 1, 1], /wire type/],
])("a packet that %s is bad, and may be passed over", async (_, bad, message) => {
  const bytes = bytesOf(good, bad, good);
  const byte = writeGem5([]).length + good.length;
  const { entries, error } = await entriesOf(module, bytes);
  expect(entries).toHaveLength(1);
  expect(error).toMatchObject({ at: { byte }, message: expect.stringMatching(message) });
  const passed = await entriesOf(module, bytes, { skipBad: 1 });
  expect(passed).toMatchObject({ skipped: 1, error: undefined });
  expect(passed.entries).toHaveLength(2);
});

test.each<[string, Uint8Array, number, RegExp]>([
  [
    "a message of a gigabyte",
    bytesOf(good, [0x80, 0x80, 0x80, 0x80, 4]),
    4 + GEM5_HEADER.length + good.length,
    /262144/,
  ],
  ["another magic", Uint8Array.from([1, 2, 3, 4, 5]), 0, /begin with gem5/],
  ["an instruction trace's header", writeGem5([], message([number(4, 1n)])), 4, /instruction trace/],
  ["a header of nothing", writeGem5([], message([])), 4, /lacks obj_id/],
])("%s is an error", async (_, bytes, byte, message) => {
  const { error } = await entriesOf(module, bytes, { format: "gem5" });
  expect(error).toMatchObject({ code: "E_TRACE", at: { byte }, message: expect.stringMatching(message) });
});
