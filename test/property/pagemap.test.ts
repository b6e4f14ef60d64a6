import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { type Core, coreWith, TESTING } from "../testing.js";

const NONE = (1n << 64n) - 1n;

/** Numbers of pages: neighbours at the edges of nodes, and any. */
const page = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(0n, 40n) },
  { weight: 3, arbitrary: fc.bigInt(0n, 40n).map((offset) => 500n + offset) },
  { weight: 3, arbitrary: fc.bigInt(0n, 40n).map((offset) => (1n << 27n) - 20n + offset) },
  { weight: 2, arbitrary: fc.bigInt(0n, (1n << 58n) - 1n) },
  { weight: 1, arbitrary: fc.bigInt(0n, NONE - 1n) },
);
const command = fc.record({
  what: fc.constantFrom("put", "put", "put", "remove", "get", "next", "next"),
  page,
  other: page,
  value: fc.integer({ min: 1, max: 0xffff_ffff }),
});

describe.each(TESTING)("on the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith(build);
  });

  test("a map of pages does what a Map does", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const twin = new Map<bigint, number>();
        expect(core.mapOpen()).toBeTruthy();
        for (const { what, page, other, value } of commands) {
          if (what === "put") {
            expect(core.mapPut(page, value)).toBeTruthy();
            twin.set(page, value);
          } else if (what === "remove") {
            expect(core.mapRemove(page) >>> 0).toBe(twin.get(page) ?? 0);
            twin.delete(page);
          } else if (what === "get") {
            expect(core.mapGet(page) >>> 0).toBe(twin.get(page) ?? 0);
          } else {
            const within = [...twin.keys()].filter((key) => key >= page && key <= other);
            const first = within.reduce((low, key) => (key < low ? key : low), NONE);
            expect(BigInt.asUintN(64, core.mapNext(page, other))).toBe(first);
          }
          expect(core.mapCount()).toBe(twin.size);
        }
      }),
      { numRuns: runs(200, 5000) },
    );
  });
});
