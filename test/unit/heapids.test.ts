import fc from "fast-check";
import { expect, test } from "vitest";
import { DenseMap } from "../../src/heap/densemap.js";
import { IdMap } from "../../src/heap/idmap.js";
import { runs } from "../builds.js";

const key = fc.oneof(
  fc.record({ low: fc.integer({ min: 0, max: 40 }), high: fc.constantFrom(0, 1, 0xffffffff) }),
  // Keys that are alike in the bits that choose a place.
  fc.record({ low: fc.integer({ min: 0, max: 50 }).map((n) => (n << 12) >>> 0), high: fc.constant(0x5555) }),
);
const command = fc.record({
  what: fc.constantFrom("get", "set", "set", "take"),
  key,
  value: fc.nat(2 ** 28 - 1),
});

test("a map of ids does what a Map does", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 3000, size: "max" }), (commands) => {
      const map = new IdMap();
      const oracle = new Map<string, number>();
      for (const { what, key, value } of commands) {
        const name = `${key.high}:${key.low}`;
        const wanted = oracle.get(name) ?? -1;
        if (what === "set") {
          map.set(key.low, key.high, value);
          oracle.set(name, value);
        } else if (what === "take") {
          expect(map.take(key.low, key.high)).toBe(wanted);
          oracle.delete(name);
        } else expect(map.get(key.low, key.high)).toBe(wanted);
        expect(map.size).toBe(oracle.size);
      }
      const copy = new IdMap(map);
      for (const [name, value] of oracle) {
        const [high = 0, low = 0] = name.split(":").map(Number);
        expect(map.take(low, high)).toBe(value);
        expect(copy.get(low, high)).toBe(value);
      }
      expect([map.size, copy.size]).toEqual([0, oracle.size]);
    }),
    { numRuns: runs(60, 2000) },
  );
});

test("many ids, as a trace has them", () => {
  const map = new IdMap();
  const count = 200_000;
  for (let i = 0; i < count; i++) map.set((i * 16) >>> 0, 0x5555, i);
  for (let i = 0; i < count; i += 2) expect(map.take(i * 16, 0x5555)).toBe(i);
  const wrong = Array.from({ length: count }, (_, i) => map.get(i * 16, 0x5555)).filter(
    (value, i) => value !== (i % 2 === 0 ? -1 : i),
  );
  expect(wrong).toEqual([]);
});

test("a map of small numbers does what a Map does", () => {
  const small = fc.oneof(fc.nat(20), fc.integer({ min: 16380, max: 16390 }), fc.nat(2 ** 24 - 1));
  const commands = fc.array(fc.tuple(fc.constantFrom("get", "set", "take"), small, fc.nat(2 ** 28 - 1)));
  fc.assert(
    fc.property(commands, (list) => {
      const map = new DenseMap();
      const oracle = new Map<number, number>();
      for (const [what, key, value] of list) {
        const wanted = oracle.get(key) ?? -1;
        if (what === "set") {
          map.set(key, value);
          oracle.set(key, value);
        } else if (what === "take") {
          expect(map.take(key)).toBe(wanted);
          oracle.delete(key);
        } else expect(map.get(key)).toBe(wanted);
      }
      const copy = new DenseMap(map);
      for (const [key, value] of oracle) expect([map.take(key), copy.get(key)]).toEqual([value, value]);
    }),
    { numRuns: runs(100, 5000) },
  );
});
