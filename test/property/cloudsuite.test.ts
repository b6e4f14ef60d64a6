import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf, inPieces } from "../entries.js";
import {
  CLOUD_LAYOUTS,
  type CloudInstruction,
  entriesOfCloudSuite,
  writeCloudSuite,
} from "../oracle/cloudsuite.js";

const format = "champsim-cloudsuite";
const slot = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const slots = fc.array(slot, { minLength: 4, maxLength: 4 });
const instruction: fc.Arbitrary<CloudInstruction> = fc.record({
  ip: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  taken: fc.boolean(),
  asid: fc.oneof(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 65535 })),
  stores: slots,
  loads: slots,
});

describe.each(BUILDS)("the %s core's decoder of CloudSuite's records", (build) => {
  test("reads what was written, however it is cut into pieces", async () => {
    const module = await buildOf(build);
    const instructions = fc.array(instruction, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(instructions, fc.integer({ min: 1, max: 300 }), async (instructions, piece) => {
        const { entries, error } = await entriesOf(module, inPieces(writeCloudSuite(instructions), piece), {
          format,
        });
        expect(error).toBeUndefined();
        expect(entries).toEqual(entriesOfCloudSuite(instructions));
      }),
      { numRuns: runs(100, 5000) },
    );
  });

  test("fills many batches, each instruction of another process", async () => {
    const instructions = Array.from({ length: 20_000 }, (_, i) => ({
      ip: BigInt(i),
      taken: false,
      asid: i & 3,
      stores: [BigInt(i), 0n, 0n, 0n],
      loads: [0n, 1n, 2n, BigInt(i)],
    }));
    const { entries } = await entriesOf(await buildOf(build), writeCloudSuite(instructions), { format });
    expect(entries).toEqual(entriesOfCloudSuite(instructions));
  });

  test("reads records of 88 bytes where the flags stand so", async () => {
    const module = await buildOf(build);
    const real = instruction.filter(({ ip }) => ip > 1n << 32n);
    const instructions = fc.array(real, { minLength: 3, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(instructions, fc.integer({ min: 1, max: 300 }), async (instructions, piece) => {
        const short = writeCloudSuite(instructions, "short");
        const padded = Array.from(
          { length: Math.floor(short.length / 96) },
          (_, i) => short[96 * i + 8] ?? 2,
        );
        fc.pre(padded.some((flag) => flag > 1));
        const { entries, error } = await entriesOf(module, inPieces(short, piece), { format });
        expect(error).toBeUndefined();
        expect(entries).toEqual(entriesOfCloudSuite(instructions));
      }),
      { numRuns: runs(100, 5000) },
    );
  });

  test("says where a trace is cut, at every byte", async () => {
    const bytesOfRecord = CLOUD_LAYOUTS.padded.bytes;
    const module = await buildOf(build);
    const sample =
      fc.sample(fc.array(instruction, { minLength: 3, maxLength: 3 }), { seed: 1, numRuns: 1 })[0] ?? [];
    const bytes = writeCloudSuite(sample);
    for (let length = 1; length < bytes.length; length++) {
      // As well a whole record of the shorter layout.
      if (length >= CLOUD_LAYOUTS.short.bytes && length < bytesOfRecord) continue;
      const whole = Math.floor(length / bytesOfRecord);
      const { entries, error } = await entriesOf(module, bytes.slice(0, length), { format });
      expect(entries).toEqual(entriesOfCloudSuite(sample.slice(0, whole)));
      if (length % bytesOfRecord === 0) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ code: "E_TRACE", at: { byte: whole * bytesOfRecord } });
    }
  });
});
