import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { POLICIES } from "../../src/config/model.js";
import { runs } from "../builds.js";
import { NaiveSets, naiveSeedState } from "../oracle/sets.js";
import { CoreSets } from "../sets.js";
import { type Core, coreWith } from "../testing.js";

//    63            8   2   1   0
//   |   number      | - | state |
const LOOSE = 3n;
const word = (number: number, state: number) => (BigInt(number) << 8n) | BigInt(state);

const ways = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(12, 16, 24, 72, 130) },
);
const geometry = fc.oneof(
  fc.record({ sets: fc.constantFrom(1, 2, 3, 8, 24), ways, index: fc.constant("mod" as const) }),
  fc.record({ sets: fc.constantFrom(1, 2, 4, 16), ways, index: fc.constant("xor" as const) }),
);

const command = fc.record({
  what: fc.oneof(
    { weight: 80, arbitrary: fc.constant("access") },
    { weight: 6, arbitrary: fc.constantFrom("find", "drop", "uses") },
    { weight: 1, arbitrary: fc.constantFrom("drop where", "drop all") },
  ),
  number: fc.integer({ min: 1, max: 4000 }),
  state: fc.integer({ min: 0, max: 3 }),
});

describe.each([...POLICIES, "ideal"] as const)("sets under %s", (policy) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith("testing");
  });

  test("do what their twin does", () => {
    const commands = fc.array(command, { minLength: 1, maxLength: 300, size: "max" });
    const seeds = fc.record({ seed: fc.bigInt({ min: 0n, max: 1n << 53n }), number: fc.bigInt(0n, 4095n) });
    fc.assert(
      fc.property(geometry, commands, seeds, ({ sets, ways, index }, commands, { seed, number }) => {
        const random = naiveSeedState(seed, number);
        const twin = new NaiveSets(sets, ways, policy, index, random);
        const real = new CoreSets(core, sets, ways, policy, { index, random, loose: LOOSE });
        // Numbers near the capacity: both hits and misses.
        const near = Math.ceil(sets * ways * 1.5) + 2;
        const seen = new Set<number>();
        for (const { what, number, state } of commands) {
          const page = 1 + (number % near);
          seen.add(page);
          const key = word(page, state);
          const set = real.setOf(BigInt(page));
          expect(set).toBe(twin.setOf(BigInt(page)));
          const held = twin.find(set, key, LOOSE);
          if (what === "find" || what === "drop" || what === "uses") {
            expect(real.find(set, key)).toBe(held);
            if (held === 0n) continue;
            if (what === "drop") {
              real.drop(set, key);
              twin.drop(set, held);
            } else if (what === "uses") {
              real.addUses(set, key, BigInt(state));
              if (policy === "lfu") for (let i = 0; i < state; i++) twin.touch(set, key, LOOSE);
            } else {
              real.mark(set, key, 1n);
              twin.replace(set, held, held | 1n);
            }
          } else if (what === "drop where") {
            const mask = 0x700n;
            const value = key & mask;
            expect(real.dropWhere(mask, value)).toBe(twin.dropWhere((word) => (word & mask) === value));
          } else if (what === "drop all") {
            expect(real.dropAll()).toBe(twin.dropAll());
          } else {
            expect(real.touch(set, key)).toBe(twin.touch(set, key, LOOSE));
            if (held === 0n) expect(real.insert(set, key)).toBe(twin.insert(set, key));
          }
        }
        for (const page of seen) {
          const set = real.setOf(BigInt(page));
          expect(real.find(set, word(page, 0))).toBe(twin.find(set, word(page, 0), LOOSE));
        }
      }),
      { numRuns: runs(150, 3000) },
    );
  });
});

describe("the state that random starts from", () => {
  test("is splitmix64's", async () => {
    const core = await coreWith("testing");
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(0n, 4095n), (seed, number) => {
        expect(BigInt.asUintN(64, core.seedState(seed, number))).toBe(naiveSeedState(seed, number));
      }),
    );
  });
});
