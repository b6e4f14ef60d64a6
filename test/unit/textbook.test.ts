// Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, 3rd ed., chapter 9: what the book works out.

import { describe, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import { Machine } from "../../src/engine/machine.js";
import { explain } from "../../src/explain/explain.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

interface Translated {
  va: bigint;
  vpn: bigint;
  tlbIndex: number;
  tlbTag: bigint;
  tlbHit: boolean;
  fault: "minor" | null;
  ppn?: bigint;
  pa?: bigint;
  set?: number;
  tag?: bigint;
  offset?: number;
  cacheHit?: boolean;
  byte?: number;
}

const SMALL: Translated[] = [
  {
    va: 0x03d4n,
    vpn: 0x0fn,
    tlbIndex: 3,
    tlbTag: 3n,
    tlbHit: true,
    fault: null,
    ppn: 0x0dn,
    pa: 0x354n,
    set: 5,
    tag: 0x0dn,
    offset: 0,
    cacheHit: true,
    byte: 0x36,
  },
  {
    va: 0x03d7n,
    vpn: 0x0fn,
    tlbIndex: 3,
    tlbTag: 3n,
    tlbHit: true,
    fault: null,
    ppn: 0x0dn,
    pa: 0x357n,
    set: 5,
    tag: 0x0dn,
    offset: 3,
    cacheHit: true,
    byte: 0x1d,
  },
  {
    va: 0x027cn,
    vpn: 0x09n,
    tlbIndex: 1,
    tlbTag: 2n,
    tlbHit: false,
    fault: null,
    ppn: 0x17n,
    pa: 0x5fcn,
    set: 15,
    tag: 0x17n,
    offset: 0,
    cacheHit: false,
  },
  {
    va: 0x03a9n,
    vpn: 0x0en,
    tlbIndex: 2,
    tlbTag: 3n,
    tlbHit: false,
    fault: null,
    ppn: 0x11n,
    pa: 0x469n,
    set: 10,
    tag: 0x11n,
    offset: 1,
    cacheHit: false,
  },
  { va: 0x0040n, vpn: 0x01n, tlbIndex: 1, tlbTag: 0n, tlbHit: false, fault: "minor" },
];

describe.each(BUILDS)("the %s core", (build) => {
  test.each(SMALL)("the small machine translates $va", async (wanted) => {
    const machine = await Machine.create(presets["csapp-small"], { module: await buildOf(build) });
    const found = explain(machine, wanted.va);
    expect(found.fields.page[0]?.value).toBe(wanted.vpn);
    const [tlb] = found.tlbs;
    expect(tlb).toMatchObject({ set: wanted.tlbIndex, tag: wanted.tlbTag, hit: wanted.tlbHit });
    expect(found.fault).toBe(wanted.fault);
    if (wanted.fault) {
      expect(found.reads[0]).toMatchObject({ level: "l1", index: wanted.vpn, made: "entry" });
      return;
    }
    const { ppn, pa, set, tag, offset, cacheHit: hit, byte = null } = wanted;
    expect(found).toMatchObject({ ppn, pa, byte });
    expect(found.caches).toEqual([{ name: "l1", level: 1, set, tag, offset, hit }]);
    expect(found.reads).toHaveLength(wanted.tlbHit ? 0 : 1);
  });

  test("tables of a space of 32 bits: 4 MB in one level; in two, a root and three tables for the example", async () => {
    // 2K pages of code and data, 6K pages not used, 1023 that are not and one of the stack. One touch a page will do.
    const pages = [...Array(2048).keys(), 1024 * 9 + 1023];
    const scenario = pages.map((page) => `L 0x${(page * 4096).toString(16)},4\n`).join("");
    const stats = async (levels: number[]) => {
      const pageTable = {
        format: "radix" as const,
        vaBits: 32,
        paBits: 32,
        pageBits: 12,
        levels,
        pteBytes: 4 as const,
      };
      const machine = await Machine.create({ pageTable, tlb: [] }, { module: await buildOf(build) });
      await replay(machine, openTrace(Buffer.from(scenario)));
      return machine.stats().pages;
    };
    const flat = await stats([20]);
    expect(flat).toMatchObject({ tables: 1, tableBytes: 4 * 2 ** 20, flatBytes: 4 * 2 ** 20 });
    const two = await stats([10, 10]);
    expect(two.touched["4K"]).toBe(2049);
    expect(two.byLevel).toEqual({ l1: { tables: 1, bytes: 4096 }, l2: { tables: 3, bytes: 3 * 4096 } });
    expect(two).toMatchObject({ tables: 4, tableBytes: 16 * 1024, flatBytes: 4 * 2 ** 20 });
  });

  test("a virtual memory with a physically addressed cache: entries of the table are cached as data is", async () => {
    const machine = await Machine.create(presets["csapp-small"], { module: await buildOf(build) });
    const first = explain(machine, 0x027cn);
    expect(first.reads[0]?.servedBy).toBe("memory");
    // The entry beside it is in the same line of 4 bytes? Entries are of 4 bytes: the same page again, once the TLB forgot it.
    for (const va of [0x0140n, 0x0240n, 0x0340n, 0x0040n, 0x0840n, 0x0940n]) machine.translate(va, "load");
    const again = explain(machine, 0x027cn);
    const stats = machine.stats();
    expect(again.pa).toBe(first.pa);
    expect(stats.walk.servedBy.l1 + stats.walk.servedBy.memory).toBe(stats.walk.pteReads);
    expect(stats.caches?.["l1"]?.byKind.walk).toBe(stats.walk.pteReads);
  });
});
