import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { type Instruction, recordsOfInstructions, writeChampSim } from "../oracle/champsim.js";
import { recordsOf } from "../records.js";

const slot = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const instruction: fc.Arbitrary<Instruction> = fc.record({
  ip: fc.bigInt({ min: 1n, max: (1n << 48n) - 1n }),
  isBranch: fc.boolean(),
  taken: fc.boolean(),
  stores: fc.array(slot, { minLength: 2, maxLength: 2 }),
  loads: fc.array(slot, { minLength: 4, maxLength: 4 }),
});
const sample =
  fc.sample(fc.array(instruction, { minLength: 3, maxLength: 3 }), { seed: 1, numRuns: 1 })[0] ?? [];

describe.each(BUILDS)("the %s core's decoder of ChampSim's records", (build) => {
  test("reads what was written, however it is cut into pieces", async () => {
    const module = await buildOf(build);
    const instructions = fc.array(instruction, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(instructions, fc.integer({ min: 1, max: 300 }), async (instructions, piece) => {
        const { records, error } = await recordsOf(module, writeChampSim(instructions), { piece });
        expect(error).toBeUndefined();
        expect(records).toEqual(recordsOfInstructions(instructions));
      }),
      { numRuns: runs(100, 5000) },
    );
  });

  test("fills many batches", async () => {
    const instructions = Array.from({ length: 20_000 }, (_, i) => ({
      ...(sample[i % 3] as Instruction),
      ip: BigInt(i + 1),
    }));
    const { records } = await recordsOf(await buildOf(build), writeChampSim(instructions), {
      piece: 100_000,
    });
    expect(records).toEqual(recordsOfInstructions(instructions));
  });

  test("says where a trace is cut, at every byte", async () => {
    const module = await buildOf(build);
    const bytes = writeChampSim(sample);
    for (let length = 1; length < bytes.length; length++) {
      const whole = Math.floor(length / 64);
      const { records, error } = await recordsOf(module, bytes.slice(0, length), {
        format: "champsim",
        piece: 1000,
      });
      expect(records).toEqual(recordsOfInstructions(sample.slice(0, whole)));
      if (length % 64 === 0) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ code: "E_TRACE", at: { byte: whole * 64 } });
    }
  });

  test("refuses flags that are none", async () => {
    const bytes = writeChampSim(sample);
    bytes[64 + 8] = 2;
    const { records, error } = await recordsOf(await buildOf(build), bytes, {
      format: "champsim",
      piece: 1000,
    });
    expect(records).toEqual(recordsOfInstructions(sample.slice(0, 1)));
    expect(error).toMatchObject({
      at: { byte: 64 },
      message: expect.stringMatching(/byte 64: a bad record: its branch flags/),
    });
  });
});
