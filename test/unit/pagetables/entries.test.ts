// Entries worked out by hand from each architecture's manual: see assembly/mmu/formats/ for the drawings.

import { describe, expect, test } from "vitest";
import { shapeOf } from "../../../src/config/formats.js";
import type { PageTableConfig } from "../../../src/config/model.js";
import { coreWith } from "../../testing.js";

interface Leaf {
  name: string;
  pa: bigint;
  /** From the last table, 0. */
  level: number;
  run?: number;
  flags: string;
  entry: bigint;
}

interface Case {
  table: PageTableConfig;
  leaves: Leaf[];
  tables: { pa: bigint; entry: bigint }[];
}

const CASES: Case[] = [
  {
    table: { format: "x86-64" },
    leaves: [
      // P, R/W, U/S, A, D; NX.
      { name: "4K data", pa: 0x12345000n, level: 0, flags: "rw-uad", entry: 0x8000_0000_1234_5067n },
      // P, PS, G.
      { name: "2M of the kernel", pa: 0x40000000n, level: 1, flags: "r-xg", entry: 0x4000_0181n },
      { name: "1G", pa: 0x80000000n, level: 2, flags: "rwxua", entry: 0x8000_00a7n },
    ],
    tables: [{ pa: 0x1000n, entry: 0x1007n }],
  },
  {
    table: { format: "x86-64-la57" },
    leaves: [
      { name: "4K code", pa: 0xf_ffff_ffff_f000n, level: 0, flags: "r-xu", entry: 0xf_ffff_ffff_f005n },
      { name: "2M", pa: 0x200000n, level: 1, flags: "rwxud", entry: 0x20_00c7n },
      {
        name: "1G, not to be executed",
        pa: 0x4000_0000n,
        level: 2,
        flags: "r--",
        entry: 0x8000_0000_4000_0081n,
      },
    ],
    tables: [{ pa: 0xfff000n, entry: 0xfff007n }],
  },
  {
    table: { format: "sv32" },
    leaves: [
      { name: "4K at the top of 34 bits", pa: 0x3_ffff_f000n, level: 0, flags: "ra", entry: 0xffff_fc43n },
      { name: "4M", pa: 0x400000n, level: 1, flags: "rwxug", entry: 0x10_003fn },
      { name: "4K store", pa: 0x1000n, level: 0, flags: "rwuad", entry: 0x4d7n },
    ],
    tables: [{ pa: 0x2000n, entry: 0x801n }],
  },
  {
    table: { format: "sv39" },
    leaves: [
      { name: "4K data", pa: 0x12345000n, level: 0, flags: "rwuad", entry: 0x48d_14d7n },
      // N, and 1000 in the lowest bits of the frame number.
      { name: "64K", pa: 0x12340000n, level: 0, run: 4, flags: "rxa", entry: 0x8000_0000_048d_204bn },
      { name: "1G", pa: 0x8000_0000n, level: 2, flags: "rwx", entry: 0x2000_000fn },
    ],
    tables: [{ pa: 0x8000_1000n, entry: 0x2000_0401n }],
  },
  {
    table: { format: "sv48" },
    leaves: [
      { name: "512G", pa: 0x80_0000_0000n, level: 3, flags: "rxu", entry: 0x20_0000_001bn },
      { name: "2M", pa: 0x20_0000n, level: 1, flags: "xg", entry: 0x8_0029n },
      { name: "4K", pa: 0xff_ffff_ffff_f000n, level: 0, flags: "rwad", entry: 0x003f_ffff_ffff_fcc7n },
    ],
    tables: [{ pa: 0x3000n, entry: 0xc01n }],
  },
  {
    table: { format: "sv57" },
    leaves: [
      { name: "256T", pa: 0x1_0000_0000_0000n, level: 4, flags: "rw", entry: 0x4000_0000_0007n },
      { name: "64K", pa: 0xf_0000n, level: 0, run: 4, flags: "rwu", entry: 0x8000_0000_0003_e017n },
      { name: "4K", pa: 0x5000n, level: 0, flags: "rx", entry: 0x140bn },
    ],
    tables: [{ pa: 0x4000n, entry: 0x1001n }],
  },
  {
    table: { format: "aarch64-4k", lpa: false },
    leaves: [
      // Page, AP[1], AF, nG; DBM with AP[2] clear: dirty; UXN and PXN.
      { name: "4K data, dirty", pa: 0x12345000n, level: 0, flags: "rw-uad", entry: 0x0068_0000_1234_5c43n },
      // Block, AP[2], AF.
      { name: "2M of the kernel", pa: 0x40000000n, level: 1, flags: "rxga", entry: 0x4000_0481n },
      // Page, AP[1], AP[2]: clean; nG, DBM, contiguous.
      { name: "64K, clean", pa: 0x12340000n, level: 0, run: 4, flags: "rwxu", entry: 0x0018_0000_1234_08c3n },
    ],
    tables: [{ pa: 0x1000n, entry: 0x1003n }],
  },
  {
    table: { format: "aarch64-4k", lpa: true },
    leaves: [
      // Address bits 51 and 50 in 9 and 8.
      {
        name: "at the top of 52 bits",
        pa: 0xc_0000_1234_5000n,
        level: 0,
        flags: "rxga",
        entry: 0x1234_5783n,
      },
      { name: "512G", pa: 0x4_0080_0000_0000n, level: 3, flags: "rxga", entry: 0x80_0000_0581n },
      { name: "in place", pa: 0x3_ffff_ffff_f000n, level: 0, flags: "rxga", entry: 0x3_ffff_ffff_f483n },
    ],
    tables: [{ pa: 0x8_0000_0000_1000n, entry: 0x1203n }],
  },
  {
    table: { format: "aarch64-16k", lpa: false },
    leaves: [
      { name: "16K", pa: 0x1234_4000n, level: 0, flags: "rwxugd", entry: 0x0008_0000_1234_4043n },
      { name: "32M", pa: 0x200_0000n, level: 1, flags: "rxga", entry: 0x200_0481n },
      { name: "2M", pa: 0x20_0000n, level: 0, run: 7, flags: "rxga", entry: 0x10_0000_0020_0483n },
    ],
    tables: [{ pa: 0x4000n, entry: 0x4003n }],
  },
  {
    table: { format: "aarch64-64k", lpa: true },
    leaves: [
      // Address bits 51 to 48 in 15 to 12.
      {
        name: "64K at the top of 52 bits",
        pa: 0xf_0000_1234_0000n,
        level: 0,
        flags: "rxga",
        entry: 0x1234_f483n,
      },
      { name: "512M", pa: 0x2000_0000n, level: 1, flags: "rga", entry: 0x60_0000_2000_0481n },
      { name: "4T", pa: 0x400_0000_0000n, level: 2, flags: "rxga", entry: 0x400_0000_0481n },
    ],
    tables: [{ pa: 0x3_0000_0001_0000n, entry: 0x1_3003n }],
  },
  {
    table: {
      format: "radix",
      vaBits: 14,
      paBits: 12,
      pageBits: 6,
      levels: [8],
      leaves: [],
      pteBytes: 2,
    },
    leaves: [
      { name: "the textbook's page 0x0f", pa: 0x340n, level: 0, flags: "rwxu", entry: 0x341fn },
      { name: "the last frame", pa: 0xfc0n, level: 0, flags: "rwad", entry: 0xfcc7n },
      { name: "the first", pa: 0n, level: 0, flags: "r", entry: 0x3n },
    ],
    tables: [{ pa: 0x400n, entry: 0x4001n }],
  },
];

/** The numbers of a format's flags, by their letters. */
const LETTERS = { r: 16, w: 32, x: 64, u: 128, g: 256, a: 512, d: 1024 } as const;

function flagsOf(letters: string): number {
  return [...letters].reduce((flags, letter) => flags | (LETTERS[letter as keyof typeof LETTERS] ?? 0), 0);
}

const FAMILIES = ["x86", "riscv", "aarch64", "radix"] as const;

describe.each(["testing"])("the %s core", (build) => {
  describe.each(CASES)("$table.format $table.lpa", ({ table, leaves, tables }) => {
    const opened = async () => {
      const core = await coreWith(build);
      const shape = shapeOf(table);
      const { family, pageBits, vaBits, canonical, pteBytes } = shape;
      const places = { signed: 0, unsigned: 1, halves: 2 } as const;
      const wide = "lpa" in table && table.lpa;
      core.openFormat(
        false,
        FAMILIES.indexOf(family),
        wide,
        pageBits,
        vaBits,
        places[canonical],
        Math.log2(pteBytes),
      );
      for (const { shift, bits } of shape.levels) core.addLevel(false, shift, bits);
      return core;
    };

    test.each(leaves)("$name: $entry", async ({ pa, level, run = 0, flags, entry }) => {
      const core = await opened();
      const made = core.leafEntry(pa, level, run, flagsOf(flags));
      expect(`0x${BigInt.asUintN(64, made).toString(16)}`).toBe(`0x${entry.toString(16)}`);
      // x86-64 has no bit for what may be read.
      const read = table.format.startsWith("x86") ? LETTERS.r : 0;
      expect(core.entryFlags(made)).toBe(flagsOf(flags) | read);
      expect(core.entryIsLeaf(made, level)).toBeTruthy();
      const base = run > 0 && table.format.startsWith("sv") ? pa | (0x1000n << BigInt(run - 1)) : pa;
      expect(BigInt.asUintN(64, core.entryAddress(made))).toBe(base);
    });

    test.each(tables)("a table at $pa: $entry", async ({ pa, entry }) => {
      const core = await opened();
      const made = BigInt.asUintN(64, core.tableEntry(pa));
      expect(`0x${made.toString(16)}`).toBe(`0x${entry.toString(16)}`);
      if (table.format !== "radix") expect(core.entryIsLeaf(made, 1)).toBeFalsy();
      expect(BigInt.asUintN(64, core.entryAddress(made))).toBe(pa);
    });
  });
});
