// The formats of page tables, each as its manual draws it: what a level's entries begin at in an address, and at which
// level the leaf of a page of some size stands. Written down a second time, so that a slip in src/config/formats.ts shows.

import type { PageSize, PageTableConfig } from "../../src/config/model.js";

export interface Level {
  name: string;
  /** The lowest bit of an address that chooses the entry, and how many do. */
  shift: bigint;
  bits: bigint;
  /** Bytes of one table. */
  bytes: number;
}

export interface Size {
  /** Its place among the sizes. */
  number: number;
  name: PageSize;
  /** log2 of its bytes. */
  bits: bigint;
  /** Where its leaf stands: a place in `levels`. */
  level: number;
}

export interface Shape {
  space: "signed" | "unsigned" | "halves";
  vaBits: bigint;
  paBits: number;
  pageBits: number;
  pteBytes: number;
  /** From the root. None of a table that is no tree. */
  levels: Level[];
  /** By rising size. */
  sizes: Size[];
  /** What may be written or executed may be read. */
  alwaysReadable: boolean;
}

interface Drawing {
  space: Shape["space"];
  va: number;
  pa: number;
  pte: number;
  /** The lowest bit of each level, from the root. */
  levels: Record<string, number>;
  leaves: Record<PageSize, string>;
}

const X86 = { space: "signed", pa: 52, pte: 8 } as const;
const RISCV = { space: "signed", pa: 56, pte: 8 } as const;
const ARM = { space: "halves", va: 48, pte: 8 } as const;

const TREES: Record<string, Drawing> = {
  "x86-64": {
    ...X86,
    va: 48,
    levels: { pml4: 39, pdpt: 30, pd: 21, pt: 12 },
    leaves: { "4K": "pt", "2M": "pd", "1G": "pdpt" },
  },
  "x86-64-la57": {
    ...X86,
    va: 57,
    levels: { pml5: 48, pml4: 39, pdpt: 30, pd: 21, pt: 12 },
    leaves: { "4K": "pt", "2M": "pd", "1G": "pdpt" },
  },
  sv32: {
    space: "unsigned",
    va: 32,
    pa: 34,
    pte: 4,
    levels: { l1: 22, l2: 12 },
    leaves: { "4K": "l2", "4M": "l1" },
  },
  sv39: {
    ...RISCV,
    va: 39,
    levels: { l1: 30, l2: 21, l3: 12 },
    leaves: { "4K": "l3", "64K": "l3", "2M": "l2", "1G": "l1" },
  },
  sv48: {
    ...RISCV,
    va: 48,
    levels: { l1: 39, l2: 30, l3: 21, l4: 12 },
    leaves: { "4K": "l4", "64K": "l4", "2M": "l3", "1G": "l2", "512G": "l1" },
  },
  sv57: {
    ...RISCV,
    va: 57,
    levels: { l1: 48, l2: 39, l3: 30, l4: 21, l5: 12 },
    leaves: { "4K": "l5", "64K": "l5", "2M": "l4", "1G": "l3", "512G": "l2", "256T": "l1" },
  },
  "aarch64-4k": {
    ...ARM,
    pa: 48,
    levels: { l0: 39, l1: 30, l2: 21, l3: 12 },
    leaves: { "4K": "l3", "64K": "l3", "2M": "l2", "32M": "l2", "1G": "l1" },
  },
  "aarch64-16k": {
    ...ARM,
    pa: 48,
    levels: { l0: 47, l1: 36, l2: 25, l3: 14 },
    leaves: { "16K": "l3", "2M": "l3", "32M": "l2", "1G": "l2" },
  },
  "aarch64-64k": {
    ...ARM,
    pa: 48,
    levels: { l1: 42, l2: 29, l3: 16 },
    leaves: { "64K": "l3", "2M": "l3", "512M": "l2", "16G": "l2" },
  },
};

/** The block that LPA or LPA2 adds. */
const LARGEST: Record<string, Record<PageSize, string>> = {
  "aarch64-4k": { "512G": "l0" },
  "aarch64-16k": { "64G": "l1" },
  "aarch64-64k": { "4T": "l1" },
};

const UNITS = ["", "K", "M", "G", "T", "P", "E"];

/** log2 of a size's bytes. */
export function bitsOf(size: PageSize): number {
  const unit = size.replace(/\d+/, "");
  return Math.log2(Number.parseInt(size, 10)) + 10 * UNITS.indexOf(unit);
}

/** 64, 4K, 2M: the name of 2^bits bytes. */
export function nameOf(bits: number): PageSize {
  return `${1 << (bits % 10)}${UNITS[Math.floor(bits / 10)]}`;
}

function drawn({ space, va, pa, pte, levels, leaves }: Drawing, alwaysReadable: boolean): Shape {
  const names = Object.keys(levels);
  const shifts = Object.values(levels);
  const sizes = Object.entries(leaves)
    .map(([name, level]) => ({ name, bits: BigInt(bitsOf(name)), level: names.indexOf(level) }))
    .sort((a, b) => Number(a.bits - b.bits))
    .map((size, number) => ({ ...size, number }));
  return {
    space,
    vaBits: BigInt(va),
    paBits: pa,
    pageBits: shifts.at(-1) ?? 0,
    pteBytes: pte,
    levels: names.map((name, i) => {
      const shift = shifts[i] ?? 0;
      const bits = (shifts[i - 1] ?? va) - shift;
      return { name, shift: BigInt(shift), bits: BigInt(bits), bytes: 2 ** bits * pte };
    }),
    sizes,
    alwaysReadable,
  };
}

/** Entries as x86-64's, in no tree. */
function flat(pa: number, names: readonly PageSize[]): Shape {
  return {
    space: "signed",
    vaBits: 48n,
    paBits: pa,
    pageBits: 12,
    pteBytes: 8,
    levels: [],
    sizes: names.map((name, number) => ({ number, name, bits: BigInt(bitsOf(name)), level: 0 })),
    alwaysReadable: true,
  };
}

export function shapeOf(table: PageTableConfig): Shape {
  switch (table.format) {
    case "hashed":
    case "elastic-cuckoo":
      return flat(52, ["4K", "2M", "1G"]);
    case "inverted":
      return flat(12 + Math.ceil(Math.log2(table.frames)), ["4K"]);
    case "radix": {
      const levels: Record<string, number> = {};
      const leaves: Record<PageSize, string> = {};
      let shift = table.vaBits;
      table.levels.forEach((bits, i) => {
        const name = `l${i + 1}`;
        shift -= bits;
        levels[name] = shift;
        if (i === table.levels.length - 1 || table.leaves.includes(name)) leaves[nameOf(shift)] = name;
      });
      const { vaBits: va, paBits: pa, pteBytes: pte } = table;
      return drawn({ space: "unsigned", va, pa, pte, levels, leaves }, false);
    }
    default: {
      const drawing = TREES[table.format] as Drawing;
      const wide = "lpa" in table && table.lpa;
      const larger = wide ? { pa: 52, leaves: { ...drawing.leaves, ...LARGEST[table.format] } } : {};
      return drawn({ ...drawing, ...larger }, table.format.startsWith("x86"));
    }
  }
}

const TOP = 1n << 64n;

export function isCanonical({ space, vaBits }: Shape, va: bigint): boolean {
  if (space === "unsigned") return va < 1n << vaBits;
  const half = 1n << (space === "signed" ? vaBits - 1n : vaBits);
  return va < half || (va >= TOP - half && va < TOP);
}

/** Bits of an address that tell pages apart: those translated, and which half it is in. */
export function cutBits({ space, vaBits }: Shape): bigint {
  return space === "halves" ? vaBits + 1n : vaBits;
}

/** Those bits of a canonical address. */
export function cut(shape: Shape, va: bigint): bigint {
  return BigInt.asUintN(Number(cutBits(shape)), va);
}

/** The canonical address that they are of. */
export function uncut(shape: Shape, part: bigint): bigint {
  if (shape.space === "unsigned") return part;
  return BigInt.asUintN(64, BigInt.asIntN(Number(cutBits(shape)), part));
}
