import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { PREFETCHERS } from "../../src/config/model.js";
import { runs } from "../builds.js";
import { NaiveBuffer, NaivePrefetcher } from "../oracle/prefetch.js";
import { CoreBuffer, CorePrefetcher } from "../prefetch.js";
import { type Core, coreWith, TESTING } from "../testing.js";

const MOST = (1n << 64n) - 1n;
const small = fc.bigInt(0n, 40n);
/** Few pages, so that they come again; and the ends of the numbers. */
const page = fc.oneof(
  { weight: 20, arbitrary: small },
  { weight: 3, arbitrary: small.map((offset) => MOST - offset) },
  { weight: 1, arbitrary: fc.bigInt(0n, MOST) },
);
/** Steps from miss to miss, so that strides and distances come again. */
const walk = fc
  .tuple(page, fc.array(fc.bigInt(-3n, 3n), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 20 }))
  .map(([start, steps, times]) => {
    const pages: bigint[] = [];
    let at = start;
    for (let i = 0; i < times; i++)
      for (const step of steps) {
        at = BigInt.asUintN(64, at + step);
        pages.push(at);
      }
    return pages;
  });

const config = fc.record({
  degree: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(17, 100)),
  entries: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(64, 200)),
  buffer: fc.constant(16),
});
const command = fc.oneof(
  fc.record({
    what: fc.constant("miss" as const),
    pages: fc.oneof(
      page.map((one) => [one]),
      walk,
    ),
    pc: small,
  }),
  fc.record({ what: fc.constant("evicted" as const), pages: fc.array(page, { minLength: 1, maxLength: 5 }) }),
);

describe.each(TESTING)("on the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith(build);
  });

  test.each(PREFETCHERS)("the prefetcher %s expects what its twin does", (policy) => {
    fc.assert(
      fc.property(config, fc.array(command, { maxLength: 60, size: "max" }), (rest, commands) => {
        const real = new CorePrefetcher(core, { policy, ...rest });
        const twin = new NaivePrefetcher({ policy, ...rest });
        for (const command of commands) {
          for (const vpn of command.pages) {
            const key = vpn ^ 1n;
            if (command.what === "evicted") {
              real.evicted(key);
              twin.evicted(key);
            } else expect(real.miss(vpn, command.pc, key)).toEqual(twin.miss(vpn, command.pc, key));
          }
        }
      }),
      { numRuns: runs(200, 3000) },
    );
  });

  test("recency's stack has no bound", () => {
    const rest = { degree: 2, entries: 1, buffer: 1 };
    const real = new CorePrefetcher(core, { policy: "recency", ...rest });
    const pages = 100_000n;
    for (let page = 1n; page <= pages; page++) real.evicted(page);
    expect(real.miss(0n, 0n, pages)).toEqual([pages - 1n]);
    expect(real.miss(0n, 0n, 1n)).toEqual([2n]);
    for (let page = 3n; page < pages - 1n; page += 2n) {
      expect(real.miss(0n, 0n, page)).toEqual([page + 1n, page - 1n]);
    }
  });

  test("the buffer does what its twin does", () => {
    const LOOSE = 3n;
    const step = fc.record({
      what: fc.constantFrom("put", "put", "put", "take", "holds", "drop where"),
      name: fc.bigInt(1n, 30n),
      state: fc.bigInt(0n, LOOSE),
    });
    const size = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.constant(200));
    fc.assert(
      fc.property(size, fc.array(step, { maxLength: 300, size: "max" }), (entries, steps) => {
        const real = new CoreBuffer(core, entries);
        const twin = new NaiveBuffer(entries);
        for (const { what, name, state } of steps) {
          const word = (name << 8n) | state;
          if (what === "take") expect(real.take(word, LOOSE)).toBe(twin.take(word, LOOSE));
          else if (what === "drop where") {
            const mask = 0x700n;
            const value = word & mask;
            expect(real.dropWhere(mask, value)).toBe(twin.dropWhere((word) => (word & mask) === value));
          } else {
            expect(real.holds(word, LOOSE)).toBe(twin.holds(word, LOOSE));
            if (what === "put" && !twin.holds(word, LOOSE)) expect(real.put(word)).toBe(twin.put(word));
          }
          expect(real.length).toBe(twin.length);
        }
      }),
      { numRuns: runs(200, 3000) },
    );
  });
});
