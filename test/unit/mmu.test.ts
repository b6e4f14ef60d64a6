// Whole machines by hand: nested walks, protection, switches, data caches, ideal TLBs, validation.

import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

const tlb = (name: string, level: number, entries: number, ways: number, more: object = {}) => ({
  name,
  level,
  pageSizes: ["4K"],
  entries,
  ways,
  ...more,
});

describe.each(BUILDS)("the %s core", (build) => {
  const run = async (config: ConfigInput, ...lines: string[]) => {
    const machine = await Machine.create(config, { module: await buildOf(build) });
    const result = await replay(machine, openTrace(Buffer.from(`${lines.join("\n")}\n`)));
    return result;
  };

  test.each([
    ["x86-64", "x86-64", 24],
    ["x86-64-la57", "x86-64", 29],
    ["x86-64-la57", "x86-64-la57", 35],
    ["sv39", "sv48", 19],
  ] as const)("a cold walk of %s in %s reads %i entries", async (guest, host, reads) => {
    const { walk } = await run(
      { pageTable: { format: guest }, nested: { pageTable: { format: host } }, tlb: [] },
      "L 0x1000,8",
    );
    expect(walk.pteReads).toBe(reads);
    expect((walk.nested?.guestReads ?? 0) + (walk.nested?.hostReads ?? 0)).toBe(reads);
  });

  test("a nested TLB spares the host's walks of tables that are known", async () => {
    const { walk } = await run(
      {
        pageTable: { format: "x86-64" },
        nested: { pageTable: { format: "x86-64" }, tlb: { entries: 16, ways: 16, policy: "lru" } },
        tlb: [],
      },
      "L 0x1000,8",
      "L 0x2000,8",
    );
    // The second walk's tables are known: four reads of the guest's, and the host's four for the page.
    expect(walk.nested).toMatchObject({ guestReads: 8, hostReads: 24, tlb: { hits: 4, misses: 6 } });
  });

  test("a store to a page of the supervisor's, and to one that is read-only, is a protection fault each", async () => {
    const result = await run(
      {
        tlb: [tlb("t", 1, 16, 4)],
        regions: [
          { from: "0x10000", to: "0x11000", user: false },
          { from: "0x20000", to: "0x21000", access: "r--" },
        ],
      },
      "S 0x10008,8",
      "S 0x20008,8",
      "L 0x20010,8",
      "S 0x20018,8",
      "I 0x20020,4",
      "kernel",
      "S 0x10010,8",
    );
    expect(result.faults).toMatchObject({ protection: 4, minor: 2, segv: 0 });
    expect(result.faultList.map(({ kind, region, va }) => [kind, region, va])).toEqual([
      ["protection", "0x10000", "0x10008"],
      ["protection", "0x20000", "0x20008"],
      ["protection", "0x20000", "0x20018"],
      ["protection", "0x20000", "0x20020"],
    ]);
    expect(result.pages.touched["4K"]).toBe(2);
    // The load filled the TLB; the store hit it and dropped it; the fetch walked.
    expect(result.tlb["t"]).toMatchObject({ hits: 1, misses: 5 });
  });

  test("x86 lets what may be written or executed be read; RISC-V does not", async () => {
    const regions = [{ from: "0x10000", to: "0x11000", access: "--x" }];
    const sizes = { tlb: [], regions };
    expect((await run({ ...sizes, pageTable: { format: "x86-64" } }, "L 0x10000,8")).faults.protection).toBe(
      0,
    );
    expect((await run({ ...sizes, pageTable: { format: "sv39" } }, "L 0x10000,8")).faults.protection).toBe(1);
    expect(
      (await run({ ...sizes, pageTable: { format: "aarch64-4k" } }, "L 0x10000,8")).faults.protection,
    ).toBe(1);
  });

  test("without ids a switch flushes all but global pages; with ids nothing", async () => {
    const history = [
      "L 0x1000,8",
      "L 0x100000,8",
      "switch 2",
      "L 0x1000,8",
      "L 0x100000,8",
      "switch 1",
      "L 0x1000,8",
      "L 0x100000,8",
    ];
    const regions = [{ from: "0x100000", to: "0x101000", global: true }];
    const none = await run({ tlb: [tlb("t", 1, 16, 4)], regions }, ...history);
    expect(none.tlb["t"]).toMatchObject({ hits: 2, misses: 4 });
    expect(none.flushes).toEqual({ all: 2, asid: 0, page: 0, entries: 2 });
    const two = await run({ tlb: [tlb("t", 1, 16, 4)], regions, asids: 2 }, ...history);
    expect(two.tlb["t"]).toMatchObject({ hits: 3, misses: 3 });
    expect(two.flushes).toEqual({ all: 0, asid: 0, page: 0, entries: 0 });
    const one = await run({ tlb: [tlb("t", 1, 16, 4)], regions, asids: 1 }, ...history);
    expect(one.context).toEqual({ switches: 2, recycled: 2 });
    expect(one.flushes).toEqual({ all: 0, asid: 2, page: 0, entries: 2 });
  });

  test("a page that becomes larger is dropped from every core's TLBs", async () => {
    const sizes = { pageSizes: ["4K", "2M"] };
    const { pages, shootdowns, flushes } = await run(
      { tlb: [tlb("t", 1, 16, 4, sizes)], cores: 2 },
      "switch 1 1",
      "S 0x200000,8",
      "L 0x201000,8",
      "switch 1 2",
      "L 0x200000,8",
      "pagesize 0x200000 2M 2M",
      "L 0x200000,8",
      "pagesize 0x200000 4K 4K",
    );
    expect(pages.touched).toEqual({ "4K": 512, "2M": 0, "1G": 0 });
    expect(pages).toMatchObject({ promoted: 1, demoted: 1, dirty: 512 });
    expect(shootdowns).toEqual({ sent: 3, received: 3 });
    expect(flushes).toEqual({ all: 0, asid: 0, page: 6, entries: 4 });
  });

  test("with three levels of data caches, reads of entries are served by one each", async () => {
    const cache = (name: string, level: number, size: string) => ({
      name,
      level,
      size,
      line: 64,
      ways: 2,
      latency: level * 4,
    });
    const lines = Array.from(
      { length: 300 },
      (_, i) => `L 0x${((i * 7919 * 4096) % 2 ** 30).toString(16)},8`,
    );
    const { walk, caches, cycles } = await run(
      {
        tlb: [tlb("t", 1, 16, 4)],
        caches: [cache("a", 1, "4K"), cache("b", 2, "16K"), cache("c", 3, "64K")],
      },
      ...lines,
    );
    const { l1, l2, l3, memory } = walk.servedBy;
    expect(l1 + l2 + l3 + memory).toBe(walk.pteReads);
    expect(Math.min(l1, l2, l3, memory)).toBeGreaterThan(0);
    expect(walk.cycles).toBe(4 * l1 + 8 * l2 + 12 * l3 + 200 * memory);
    expect(caches?.["a"]?.byKind).toEqual({ instruction: 0, load: 300, store: 0, walk: walk.pteReads });
    expect(cycles.data).toBeGreaterThan(0);
  });

  test("an ideal TLB misses each page once; validation finds every hit right", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `S 0x${((i % 100) * 4096).toString(16)},8`);
    const { tlb: counts, validation } = await run(
      { tlb: [{ name: "t", level: 1, pageSizes: ["4K"], policy: "ideal" }], validate: true },
      ...lines,
    );
    expect(counts["t"]).toMatchObject({ accesses: 500, misses: 100 });
    expect(validation).toEqual({ checked: 400, failed: 0 });
  });

  test.each([
    [1536, 12],
    [96, 6],
    [2048, 16],
    [72, 72],
    [3072, 24],
    [96, 4],
    [36, 3],
  ])("%i entries in %i ways hold that many pages", async (entries, ways) => {
    const pass = Array.from({ length: entries }, (_, i) => `L 0x${(i * 4096).toString(16)},8`);
    const { tlb: counts } = await run({ tlb: [tlb("t", 1, entries, ways)] }, ...pass, ...pass);
    expect(counts["t"]).toMatchObject({ hits: entries, misses: entries });
  });

  test("a prefetcher of the next page answers a second pass's misses", async () => {
    const pass = Array.from({ length: 64 }, (_, i) => `L 0x${(i * 4096).toString(16)},8`);
    const { prefetch, walk } = await run(
      {
        tlb: [tlb("t", 1, 16, 16)],
        prefetch: { policy: "next", degree: 1, buffer: 4, entries: 1 },
      },
      ...pass,
      ...pass,
    );
    // First pass: 64 walks ahead find nothing mapped. Second: page 0 is walked for, and all others were fetched.
    expect(walk.walks).toBe(65);
    expect(prefetch).toMatchObject({
      issued: 128,
      hits: 63,
      unmapped: 65,
      evicted: 0,
      held: 0,
      coverage: 63 / 128,
      accuracy: 63 / 128,
    });
  });
});
