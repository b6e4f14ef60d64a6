import { describe, expect, test } from "vitest";
import type { Config, PageTableConfig } from "../../src/config/model.js";
import { configOf, regionOf, tlbOf, walkCacheOf } from "../oracle/configs.js";
import { Oracle, type OracleEvent, type OracleRecord } from "../oracle/machine.js";
import { OutOfMemory } from "../oracle/physical.js";

const load = (va: bigint, size = 1): OracleRecord => ({ va, size, kind: "load" });
const store = (va: bigint, size = 1): OracleRecord => ({ va, size, kind: "store" });
const switchTo = (process: number, thread = 0): OracleEvent => ({ event: "switch", process, thread });
const pagesize = (address: bigint, length: bigint, size: string): OracleEvent => ({
  event: "pagesize",
  address,
  length,
  size,
});

function statsOf(parts: Partial<Config>, items: (OracleRecord | OracleEvent)[]) {
  const oracle = new Oracle(configOf(parts));
  oracle.replay(items);
  return oracle.stats();
}

const K4 = 0x1000n;
const M2 = 0x20_0000n;
const x86 = { format: "x86-64" } as const;

describe("walks", () => {
  const cold: [PageTableConfig, string, number][] = [
    [x86, "4K", 4],
    [x86, "2M", 3],
    [x86, "1G", 2],
    [{ format: "x86-64-la57" }, "4K", 5],
    [{ format: "sv32" }, "4M", 1],
    [{ format: "sv39" }, "64K", 3],
    [{ format: "sv57" }, "256T", 1],
    [{ format: "aarch64-16k", lpa: false }, "2M", 4],
    [{ format: "aarch64-16k", lpa: true }, "64G", 2],
    [{ format: "aarch64-64k", lpa: true }, "4T", 1],
  ];
  test.each(cold)("of %o to %s pages read %i entries", (pageTable, pageSize, reads) => {
    const { walk, pages } = statsOf({ pageTable, pageSize }, [load(0x1000n)]);
    expect(walk.pteReads).toBe(reads);
    expect(pages.tables).toBe(reads);
  });

  test("start below the deepest walk cache that hits", () => {
    const walkCache = ["pml4", "pdpt", "pd"].map((level) => walkCacheOf(level, 4));
    const items = [load(0n), load(K4), load(M2), load(1n << 30n), load(1n << 39n)];
    const { walk } = statsOf({ walkCache }, items);
    expect(walk.pteReads).toBe(4 + 1 + 2 + 3 + 4);
    expect(walk.caches).toEqual({
      pml4: { hits: 1, misses: 2 },
      pdpt: { hits: 1, misses: 3 },
      pd: { hits: 1, misses: 4 },
    });
  });

  test("share a unified walk cache among levels", () => {
    const walkCache = [walkCacheOf("psc", 3, ["pml4", "pdpt", "pd"])];
    const { walk } = statsOf({ walkCache }, [load(0n), load(K4), load(M2), load(0n)]);
    // Probes go down from the root: of the entries of 0 the PD's, which the third walk misses, is the oldest then, and goes.
    expect(walk.pteReads).toBe(4 + 1 + 2 + 2);
    expect(walk.caches["psc"]).toEqual({ hits: 3, misses: 1 });
  });

  test("have a root a half of AArch64's addresses", () => {
    const { pages } = statsOf({ pageTable: { format: "aarch64-4k", lpa: false } }, [
      load(0n),
      load(2n ** 64n - 1n),
    ]);
    expect(pages.byLevel).toEqual({
      l0: { tables: 2, bytes: 8192 },
      l1: { tables: 2, bytes: 8192 },
      l2: { tables: 2, bytes: 8192 },
      l3: { tables: 2, bytes: 8192 },
    });
  });

  test("cut records at the pages that they touch", () => {
    const regions = [regionOf(0n, M2, { pageSize: "4K" })];
    const { pages, accesses, pageCrossings } = statsOf({ pageSize: "2M", regions }, [
      load(M2 - K4 - 1n, Number(M2) + 8192),
    ]);
    expect(pages.touched).toEqual({ "4K": 2, "2M": 2, "1G": 0 });
    expect([accesses, pageCrossings]).toEqual([4, 3]);
  });
});

describe("nested walks", () => {
  const nestedOf = (pageTable: { format: "x86-64" | "x86-64-la57" }, more = {}) => ({
    pageTable,
    pageSize: "4K",
    walkCache: [],
    tlb: null,
    ...more,
  });
  const la57 = { format: "x86-64-la57" } as const;
  test.each([
    [x86, x86, 24],
    [la57, x86, 29],
    [la57, la57, 35],
  ])("of %o in %o read %i entries", (guest, host, reads) => {
    const { walk } = statsOf({ pageTable: guest, nested: nestedOf(host) }, [load(0n)]);
    expect(walk.pteReads).toBe(reads);
    expect(walk.nested).toMatchObject({ guestReads: guest === x86 ? 4 : 5, tlb: null });
  });

  test("ask a TLB of guest-physical pages first", () => {
    const nested = nestedOf(x86, { tlb: { entries: 16, ways: 16, policy: "lru" } });
    const { walk } = statsOf({ nested }, [load(0n), load(K4)]);
    expect(walk.pteReads).toBe(24 + 4 + 4);
    expect(walk.nested?.tlb).toEqual({ hits: 4, misses: 6 });
  });

  test("skip the translation of a table that a walk cache gives", () => {
    const { walk } = statsOf({ nested: nestedOf(x86), walkCache: [walkCacheOf("pd", 4)] }, [
      load(0n),
      load(K4),
    ]);
    expect(walk.pteReads).toBe(24 + 1 + 4);
  });
});

describe("switches", () => {
  const tlb = [tlbOf("t", ["4K"], 4)];
  const items = [load(0n), switchTo(2), load(0n), switchTo(1), load(0n)];

  test("without ids flush", () => {
    const { tlb: counts, context, flushes, pages } = statsOf({ tlb }, items);
    expect(counts["t"]?.misses).toBe(3);
    expect(context).toEqual({ switches: 2, recycled: 0 });
    expect(flushes).toEqual({ all: 2, asid: 0, page: 0, entries: 2 });
    expect(pages.touched["4K"]).toBe(2);
  });

  test("with ids flush nothing", () => {
    const { tlb: counts, context, flushes } = statsOf({ tlb, asids: 2 }, items);
    expect(counts["t"]).toMatchObject({ hits: 1, misses: 2 });
    expect(context).toEqual({ switches: 2, recycled: 0 });
    expect(flushes).toEqual({ all: 0, asid: 0, page: 0, entries: 0 });
  });

  test("take the id of the space that was entered longest ago", () => {
    const {
      context,
      flushes,
      tlb: counts,
    } = statsOf({ tlb, asids: 2 }, [...items.slice(0, 4), switchTo(3), load(0n), switchTo(1), load(0n)]);
    expect(context).toEqual({ switches: 4, recycled: 1 });
    expect(flushes).toEqual({ all: 0, asid: 1, page: 0, entries: 1 });
    expect(counts["t"]).toMatchObject({ hits: 1, misses: 3 });
  });

  test("between threads of a space flush nothing, and those of a clone share its pages", () => {
    const { context, flushes, faults } = statsOf({ tlb }, [
      load(0n),
      switchTo(1, 7),
      load(0n),
      { event: "clone", child: 2 },
      switchTo(2),
      load(0n),
    ]);
    expect(context.switches).toBe(2);
    expect(flushes.all).toBe(0);
    expect(faults.minor).toBe(1);
  });

  test("leave what other cores have loaded", () => {
    const { context, flushes, tlb: counts } = statsOf({ tlb, cores: 2 }, items);
    expect(context.switches).toBe(0);
    expect(flushes.all).toBe(0);
    expect(counts["t"]).toMatchObject({ hits: 1, misses: 2 });
  });

  test("leave global pages", () => {
    const regions = [regionOf(0n, M2, { global: true })];
    const { tlb: counts, faults, flushes } = statsOf({ tlb, regions }, items);
    expect(counts["t"]).toMatchObject({ hits: 2, misses: 1 });
    expect(faults.minor).toBe(1);
    expect(flushes).toMatchObject({ all: 2, entries: 0 });
  });
});

describe("protection", () => {
  const tlb = [tlbOf("t", ["4K"], 4)];
  const readOnly = [regionOf(0n, M2, { access: "r--" })];

  test("ends a store to a page that may be read, and drops its entry", () => {
    const {
      faults,
      faultList,
      tlb: counts,
      walk,
      pages,
    } = statsOf({ tlb, regions: readOnly }, [load(0x1234n), store(0x1234n), load(0x1234n)]);
    expect(faults).toMatchObject({ minor: 1, protection: 1 });
    expect(faultList).toEqual([
      { record: 2, pid: 1, va: "0x1234", kind: "protection", region: "0x0", access: "store" },
    ]);
    expect(counts["t"]).toMatchObject({ hits: 1, misses: 2 });
    expect(walk.walks).toBe(2);
    expect(pages.dirty).toBe(0);
  });

  test("makes no page or table, but walks as if they were there", () => {
    const { walk, pages } = statsOf({ tlb, regions: readOnly }, [store(0n), store(0n)]);
    expect(walk.pteReads).toBe(8);
    expect(pages).toMatchObject({ tables: 0, touched: { "4K": 0 } });
  });

  test("keeps a program from its kernel's pages", () => {
    const regions = [regionOf(0n, M2, { user: false })];
    const { faults } = statsOf({ tlb, regions }, [
      load(0n),
      { event: "kernel" },
      load(0n),
      { event: "user" },
      load(0n),
    ]);
    expect(faults).toMatchObject({ minor: 1, protection: 2 });
  });

  test("lets what may be written be read on x86 alone", () => {
    const regions = [regionOf(0n, M2, { access: "-w-" })];
    expect(statsOf({ regions }, [load(0n)]).faults.protection).toBe(0);
    expect(statsOf({ pageTable: { format: "sv39" }, regions }, [load(0n)]).faults.protection).toBe(1);
  });
});

describe("a violation at a TLB", () => {
  test("leaves the same address of another space on another core", () => {
    const tlb = [tlbOf("t", ["4K"], 4)];
    const regions = [regionOf(0n, M2, { access: "r--" })];
    const items = [load(0n), switchTo(2), load(0n), store(0n), switchTo(1), load(0n)];
    const { tlb: counts } = statsOf({ tlb, regions, cores: 2 }, items);
    expect(counts["t"]).toMatchObject({ hits: 2, misses: 2 });
  });

  test("drops a global page on every core", () => {
    const tlb = [tlbOf("t", ["4K"], 4)];
    const regions = [regionOf(0n, M2, { access: "r--", global: true })];
    const items = [load(0n), switchTo(2), load(0n), store(0n), switchTo(1), load(0n)];
    const { tlb: counts } = statsOf({ tlb, regions, cores: 2 }, items);
    expect(counts["t"]).toMatchObject({ hits: 1, misses: 3 });
  });
});

describe("prefetching", () => {
  const tlb = [tlbOf("t", ["4K"], 1)];
  const next = { policy: "next", degree: 1, buffer: 1, entries: 1 } as const;

  test("walks for the next page, and takes it from the buffer", () => {
    const items = [load(K4), load(0n), load(K4)];
    const { prefetch, walk, pages } = statsOf({ tlb, prefetch: next }, items);
    // Pages 1 and 0 are walked for; page 2 is not mapped, page 1 is, and its hit asks for page 2 again.
    expect(walk).toMatchObject({ walks: 2, pteReads: 8 });
    expect(prefetch).toEqual({
      issued: 3,
      pteReads: 12,
      hits: 1,
      unmapped: 2,
      evicted: 0,
      dropped: 0,
      held: 0,
      coverage: 1 / 3,
      accuracy: 1 / 3,
    });
    expect(pages.touched["4K"]).toBe(2);
  });

  test("ends a walk at the first entry that is not there", () => {
    const { prefetch } = statsOf({ tlb, prefetch: next }, [load(M2 - 1n), load(2n * M2 - 1n)]);
    // The PD entries of the second and the third 2M lead nowhere when they are read.
    expect(prefetch).toMatchObject({ issued: 2, pteReads: 6, unmapped: 2 });
  });

  test("stays within the half of the address space", () => {
    const { prefetch } = statsOf({ tlb, prefetch: next }, [load((1n << 47n) - 1n), load((1n << 64n) - 1n)]);
    expect(prefetch?.issued).toBe(0);
  });

  test("is dropped by a switch", () => {
    const { prefetch, flushes } = statsOf({ tlb, prefetch: next }, [load(K4), load(0n), switchTo(2)]);
    expect(prefetch).toMatchObject({ issued: 2, unmapped: 1, dropped: 1, held: 0 });
    expect(flushes.entries).toBe(1);
  });
});

describe("tables that are no tree", () => {
  test("hashed: all sizes that there are, until the page is found", () => {
    const pageTable = { format: "hashed", collisions: "open", slots: 4 } as const;
    const regions = [regionOf(0n, M2, { pageSize: "4K" })];
    const { walk, pages } = statsOf({ pageTable, pageSize: "2M", regions }, [load(0n), load(M2)]);
    // 4K's table alone; then a slot of it that is empty, for page 512 belongs behind page 0, and 2M's.
    expect(walk.pteReads).toBe(1 + 2);
    expect(pages.byLevel).toEqual({ table: { tables: 2, bytes: 128 } });
  });

  test("inverted: an anchor and the chain, for all spaces, while there are frames", () => {
    const oracle = new Oracle(configOf({ pageTable: { format: "inverted", frames: 2 } }));
    oracle.replay([load(0n), load(K4)]);
    expect(oracle.stats().pages).toMatchObject({ tables: 1, tableBytes: 2 * 32 + 2 * 8 });
    expect(() => oracle.replay([load(2n * K4)])).toThrow(OutOfMemory);
  });

  test("elastic cuckoo: a slot of every way of all sizes", () => {
    const pageTable = { format: "elastic-cuckoo", ways: 3, slots: 4 } as const;
    const regions = [regionOf(0n, M2, { pageSize: "4K" })];
    const { walk } = statsOf({ pageTable, pageSize: "2M", regions }, [load(0n), load(M2), load(0n)]);
    expect(walk.pteReads).toBe(3 + 6 + 6);
  });
});

describe("a change of page size", () => {
  const tlb = [tlbOf("t", ["4K", "2M", "1G"], 16)];
  const three = [load(0n), store(K4), load(3n * K4)];

  test("promotes the pages of a block", () => {
    const {
      pages,
      flushes,
      walk,
      tlb: counts,
    } = statsOf({ tlb }, [...three, pagesize(0n, 2n * M2, "2M"), load(5n * K4)]);
    expect(pages).toMatchObject({
      touched: { "4K": 0, "2M": 1, "1G": 0 },
      dirty: 1,
      tables: 3,
      promoted: 1,
      demoted: 0,
    });
    expect(pages.byLevel["pt"]).toEqual({ tables: 0, bytes: 0 });
    expect(flushes).toEqual({ all: 0, asid: 0, page: 3, entries: 3 });
    expect(counts["t"]).toMatchObject({ hits: 0, misses: 4 });
    expect(walk.pteReads).toBe(12 + 3);
  });

  test("drops walk-cache entries that led to a freed table", () => {
    const walkCache = [walkCacheOf("pd", 4), walkCacheOf("pdpt", 4)];
    const items = [...three, pagesize(0n, M2, "2M"), load(0n), pagesize(0n, M2, "4K"), load(0n)];
    const { walk } = statsOf({ tlb, walkCache }, items);
    // 4 + 1 + 1; then the PD leaf below the PDPT entry; then the PD entry anew, and the new table's.
    expect(walk.pteReads).toBe(6 + 1 + 2);
  });

  test("demotes a page that lies in the range in part, as a whole", () => {
    const { pages, flushes } = statsOf({ tlb, pageSize: "2M" }, [
      store(0n),
      pagesize(K4, K4, "4K"),
      load(M2 - 1n),
      load(M2),
    ]);
    expect(pages).toMatchObject({
      touched: { "4K": 512, "2M": 1, "1G": 0 },
      dirty: 512,
      tables: 4,
      demoted: 1,
    });
    expect(flushes).toMatchObject({ page: 1, entries: 1 });
  });

  test("is refused where the range or the size does not fit", () => {
    const small = [tlbOf("t", ["4K"], 16)];
    for (const event of [
      pagesize(K4, M2, "2M"),
      pagesize(0n, K4, "2M"),
      pagesize(0n, 0n, "2M"),
      pagesize(0n, 1n << 16n, "64K"),
      pagesize(1n << 47n, M2, "2M"),
    ]) {
      expect(statsOf({ tlb }, [...three, event, load(0n)]).pages.touched).toEqual({
        "4K": 3,
        "2M": 0,
        "1G": 0,
      });
    }
    expect(statsOf({ tlb: small }, [...three, pagesize(0n, M2, "2M")]).pages.promoted).toBe(0);
  });

  test("is told to the cores that may hold a page", () => {
    const items = [load(0n), switchTo(1, 1), load(0n), switchTo(2), switchTo(1, 1), pagesize(0n, M2, "2M")];
    const { flushes, shootdowns } = statsOf({ tlb, cores: 2, asids: 2 }, items);
    expect(flushes).toMatchObject({ page: 2, entries: 2 });
    expect(shootdowns).toEqual({ sent: 1, received: 1 });
    const without = statsOf({ tlb, cores: 2 }, items);
    expect(without.flushes).toEqual({ all: 1, asid: 0, page: 1, entries: 2 });
    expect(without.shootdowns).toEqual({ sent: 0, received: 0 });
  });
});

describe("data caches", () => {
  const cache = (name: string, level: number, latency: number) => ({
    name,
    level,
    kinds: ["instruction", "load", "store"] as ("instruction" | "load" | "store")[],
    size: "1K",
    line: 64,
    ways: 16,
    policy: "lru" as const,
    latency,
    vipt: false,
  });

  test("serve the reads of walks too", () => {
    const { walk, cycles, caches } = statsOf({ caches: [cache("l1", 1, 4)] }, [load(0n), load(K4)]);
    expect(walk.servedBy).toEqual({ l1: 4, l2: 0, l3: 0, memory: 4 });
    expect(walk.cycles).toBe(4 * 200 + 4 * 4);
    expect(cycles.data).toBe(400);
    expect(caches?.["l1"]?.byKind).toEqual({ instruction: 0, load: 2, store: 0, walk: 8 });
  });

  test("find a guest's bytes where the host's pages are", () => {
    const host = { pageTable: x86, pageSize: "4K", walkCache: [], tlb: null };
    const caches = [{ ...cache("l1", 1, 4), kinds: ["store" as const] }];
    // The host has the second 4K of the guest's page before the first, so that the record's bytes are not one behind the other.
    const items = [store(K4), store(K4 - 1n, 2)];
    const { caches: counts } = statsOf({ pageSize: "2M", nested: host, caches }, items);
    expect(counts?.["l1"]).toMatchObject({ accesses: 3, hits: 1, misses: 2 });
  });
});
