// A trace of each format is taken for that format, and for no other.

import fc from "fast-check";
import { expect, test } from "vitest";
import { FORMATS } from "../../src/trace/formats/index.js";
import { runs } from "../builds.js";
import { writeChampSim } from "../oracle/champsim.js";
import { FOOTER, HEADER, load, pid, thread, writeDrmem } from "../oracle/drmemtrace.js";
import { writeGem5 } from "../oracle/gem5.js";
import { type Request, writeOracleGeneral } from "../oracle/oraclegeneral.js";

const HEADS = [64 * 1024, 512];

function found(bytes: Uint8Array): (string | undefined)[] {
  return HEADS.map((length) => FORMATS.find((format) => format.detect(bytes.subarray(0, length)))?.name);
}

const text = (line: string) => new TextEncoder().encode(`${line}\n`.repeat(20));
const requests = (count: number, id: (i: number) => bigint, next: (i: number) => bigint) =>
  writeOracleGeneral(
    Array.from({ length: count }, (_, i): Request => ({ time: 7 * i, id: id(i), size: 4096, next: next(i) })),
  );
const user = (base: number) =>
  fc.integer({ min: 0, max: 0xffffff }).map((offset) => BigInt(base + offset * 8));
const optional = (address: fc.Arbitrary<bigint>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, address);
const instruction = fc
  .record({
    ip: user(0x7f0000000000),
    isBranch: fc.boolean(),
    store: optional(user(0x7ffd00000000)),
    load: optional(user(0x555500000000)),
    second: optional(user(0x7ffd00000000)),
  })
  .map(({ ip, isBranch, store, load, second }) => ({
    ip,
    isBranch,
    taken: isBranch,
    stores: [store, 0n],
    loads: [load, load ? second : 0n, 0n, 0n],
  }));

test.each<[string, Uint8Array]>([
  ["lackey", text("I  04025870,3")],
  ["pinatrace", text("0x7f3e1c2a1090: R 0x7ffd5b8a0f78")],
  ["din", text("2 408ed4")],
  ["rw", text("0041f7a0 R")],
  ["drmemtrace", writeDrmem([HEADER, thread(1n), pid(1n), load(1n), FOOTER])],
  [
    "drmemtrace",
    writeDrmem([HEADER, [28, 12, 7n], ...Array.from({ length: 9000 }, (_, i) => load(BigInt(i)))]),
  ],
  ["drmemtrace", writeDrmem([HEADER])],
  ["gem5", writeGem5([{ tick: 1n, cmd: 1, addr: 64n, size: 64 }])],
  [
    "oracleGeneral",
    requests(
      2,
      () => 5n,
      () => -1n,
    ),
  ],
  [
    "oracleGeneral",
    requests(
      3,
      (i) => BigInt(i),
      () => (1n << 63n) - 1n,
    ),
  ],
  [
    "oracleGeneral",
    requests(
      5000,
      (i) => BigInt(i) << 30n,
      (i) => BigInt(i + 9),
    ),
  ],
])("%s is known", (name, bytes) => {
  expect(found(bytes)).toEqual([name, name]);
});

test("ChampSim's instructions are known, however few", () => {
  fc.assert(
    fc.property(fc.array(instruction, { minLength: 1, maxLength: 200 }), (instructions) => {
      expect(found(writeChampSim(instructions))).toEqual(["champsim", "champsim"]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});

test("requests are known, however few", () => {
  const request = fc.record({
    step: fc.nat(100),
    id: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }),
    size: fc.integer({ min: 1, max: 1 << 20 }),
    next: fc.oneof(fc.constantFrom(-1n, (1n << 63n) - 1n), fc.bigInt({ min: 1n, max: 1n << 30n })),
  });
  fc.assert(
    fc.property(fc.array(request, { minLength: 2, maxLength: 200 }), (steps) => {
      let time = 0;
      const requests = steps.map(({ step, ...request }) => {
        time += step;
        return { time, ...request };
      });
      expect(found(writeOracleGeneral(requests))).toEqual(["oracleGeneral", "oracleGeneral"]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});

test("a column's name among binary bytes makes no header", () => {
  // The second id holds "va".
  const requests = [
    { time: 0, id: 0n, size: 1, next: 1n },
    { time: 0, id: 912515627899n, size: 1, next: 517790561n },
  ];
  expect(found(writeOracleGeneral(requests))).toEqual(["oracleGeneral", "oracleGeneral"]);
});

test("noise is of no format", () => {
  const noise = fc.uint8Array({ minLength: 200, maxLength: 2000, size: "max" });
  fc.assert(
    fc.property(noise, (bytes) => {
      const names = found(bytes.map((byte, i) => byte ^ ((i * 167) & 255)));
      expect(
        names.filter((name) => name === "drmemtrace" || name === "gem5" || name === "oracleGeneral"),
      ).toEqual([]);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
