// The rules of the data caches, worked by hand.

import { beforeEach, describe, expect, test } from "vitest";
import { ACCESSES, type CacheConfig } from "../../src/config/model.js";
import { CoreCaches } from "../caches.js";
import { type Core, coreWith } from "../testing.js";

const MEMORY = 200;

/** A direct-mapped cache of `lines` lines of 64 bytes. */
function cache(level: number, lines: number, more: Partial<CacheConfig> = {}): CacheConfig {
  const line = more.line ?? 64;
  return {
    name: `l${level}`,
    level,
    kinds: [...ACCESSES],
    size: `${lines * line}`,
    line,
    ways: 1,
    policy: "lru",
    latency: 4 ** level,
    vipt: false,
    ...more,
  };
}

let core: Core;
beforeEach(async () => {
  core = await coreWith("testing");
});

const caches = (...configs: CacheConfig[]) => new CoreCaches(core, configs, MEMORY, 0);

describe("a data access", () => {
  test("is one of each line that it touches", () => {
    const real = caches(cache(1, 4));
    real.access(60n, 60n, 4, "load");
    real.access(60n, 60n, 5, "load");
    real.access(60n, 60n, 4 + 64 + 1, "load");
    expect(real.stats()["l1"]).toMatchObject({ accesses: 6, hits: 3, misses: 3 });
    expect(real.dataCycles()).toBe(BigInt(3 * 4 + 3 * MEMORY));
  });

  test("fills every level that missed", () => {
    const real = caches(cache(1, 1), cache(2, 2));
    for (const pa of [0n, 64n, 0n]) real.access(pa, pa, 1, "load");
    expect(real.stats()).toMatchObject({ l1: { hits: 0, misses: 3 }, l2: { hits: 1, misses: 2 } });
    expect(real.dataCycles()).toBe(BigInt(2 * MEMORY + 16));
  });

  test("of a kind that no cache serves is one of memory", () => {
    const real = caches(cache(1, 1, { kinds: ["load"] }));
    real.access(0n, 0n, 100, "store");
    expect(real.stats()["l1"]).toMatchObject({ accesses: 0 });
    expect(real.dataCycles()).toBe(BigInt(MEMORY));
  });

  test("asks a farther cache for its own line of the first byte touched", () => {
    const real = caches(cache(1, 1, { line: 16 }), cache(2, 1));
    real.access(0n, 0n, 64, "load");
    expect(real.stats()).toMatchObject({ l1: { misses: 4 }, l2: { hits: 3, misses: 1 } });
  });

  test("chooses its set by the virtual address, where the cache says so", () => {
    const real = caches(cache(1, 2, { vipt: true }));
    for (const [va, pa] of [
      [0n, 0n],
      [64n, 0n],
      [0n, 0n],
      [64n, 0n],
    ] as const) {
      real.access(va, pa, 1, "load");
    }
    expect(real.stats()["l1"]).toMatchObject({ hits: 2, misses: 2 });
  });

  // 0x354 of the textbook's small machine (CS:APP 3e, 9.6.4): 16 lines of 4 bytes, set 5, tag 0x0d.
  test("of the textbook's machine falls into set 5", () => {
    const real = caches(cache(1, 16, { line: 4 }));
    real.access(0x354n, 0x354n, 1, "load");
    real.access(0x357n, 0x357n, 1, "load");
    for (let set = 0n; set < 16n; set++) if (set !== 5n) real.access(set * 4n, set * 4n, 1, "load");
    real.access(0x354n, 0x354n, 1, "load");
    real.access(5n * 4n, 5n * 4n, 1, "load");
    expect(real.stats()["l1"]).toMatchObject({ hits: 2, misses: 17 });
  });
});

describe("a dirty line", () => {
  test("goes to the next level, where it is no access, and from there to memory", () => {
    const real = caches(cache(1, 1), cache(2, 2));
    real.access(0n, 0n, 1, "store");
    real.access(64n, 64n, 1, "load"); // 0 leaves l1 dirty; l2 holds it.
    real.access(128n, 128n, 1, "load"); // 128 drives 0 out of l2; 64 leaves l1 clean.
    expect(real.stats()).toMatchObject({
      l1: { accesses: 3, writebacks: 1 },
      l2: { accesses: 3, writebacks: 1 },
    });
  });

  test("is put in where the next level lost it", () => {
    const real = caches(cache(1, 1), cache(2, 1));
    real.access(0n, 0n, 1, "store");
    // 64 takes 0's place in l2, then in l1: 0 comes back into l2.
    real.access(64n, 64n, 1, "load");
    real.access(0n, 0n, 1, "load");
    expect(real.stats()).toMatchObject({
      l1: { misses: 3, writebacks: 1 },
      l2: { hits: 1, misses: 2, writebacks: 0 },
    });
  });

  test("is one in the nearest cache alone", () => {
    const real = caches(cache(1, 2), cache(2, 1));
    real.access(0n, 0n, 1, "store");
    real.access(64n, 64n, 1, "load");
    expect(real.stats()).toMatchObject({ l1: { writebacks: 0 }, l2: { writebacks: 0 } });
  });
});

describe("the read of a page-table entry", () => {
  test("goes where loads go, by physical address, and is counted apart", () => {
    const real = caches(cache(1, 2, { name: "l1i", kinds: ["instruction"] }), cache(1, 1), cache(2, 4));
    expect(real.walkRead(0n)).toEqual({ level: 0, cycles: MEMORY });
    expect(real.walkRead(8n)).toEqual({ level: 1, cycles: 4 });
    real.access(64n, 64n, 1, "load");
    expect(real.walkRead(0n)).toEqual({ level: 2, cycles: 16 });
    expect(real.stats()).toMatchObject({
      l1i: { accesses: 0 },
      l1: { accesses: 4, byKind: { load: 1, walk: 3 } },
      l2: { accesses: 3, byKind: { load: 1, walk: 2 } },
    });
    expect(real.dataCycles()).toBe(BigInt(MEMORY));
  });

  test("of a machine without caches for loads is one of memory", () => {
    expect(caches(cache(1, 2, { kinds: ["store"] })).walkRead(0n)).toEqual({ level: 0, cycles: MEMORY });
  });
});
