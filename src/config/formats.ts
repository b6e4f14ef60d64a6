// The shapes of page tables: what of an address chooses the entry at each level, and where leaves may stand. The
// bits of the entries themselves are the core's: `assembly/mmu/formats/`. Sources stand there too.

import type { PageTableConfig } from "./model.js";
import { sizeName } from "./sizes.js";

/** A level of tables: the bits of an address above `shift` that choose an entry there. */
export interface Level {
  name: string;
  shift: number;
  bits: number;
}

/** A size of page: a leaf at a level (from 0, the root), or a run of 2^`run` equal leaves, marked as one. */
export interface Leaf {
  size: string;
  /** log2 of its bytes. */
  bits: number;
  level: number;
  run: number;
}

/** How entries are laid out, and what addresses there are. */
export interface Shape {
  family: "x86" | "riscv" | "aarch64" | "radix";
  /** Bits that are translated. */
  vaBits: number;
  /**
   * Which addresses are canonical: bits above are copies of the highest one translated; they are all alike, and choose
   * one of two halves of the space; or they are 0.
   */
  canonical: "signed" | "halves" | "unsigned";
  paBits: number;
  /** log2 of the bytes of the smallest page. */
  pageBits: number;
  pteBytes: number;
  /** From the root; none for tables that are no tree. */
  levels: Level[];
  /** By rising size. */
  leaves: Leaf[];
}

/** Levels of `bits` each, the root first, above pages of 2^pageBits. */
function levelsOf(names: readonly string[], bits: readonly number[], pageBits: number): Level[] {
  let shift = pageBits + bits.reduce((sum, each) => sum + each, 0);
  return bits.map((each, i) => {
    shift -= each;
    return { name: names[i] ?? `l${i + 1}`, shift, bits: each };
  });
}

/** Leaves at some levels, and runs of leaves (level, log2 of the run). */
function leavesOf(
  levels: readonly Level[],
  at: readonly number[],
  runs: readonly [number, number][],
): Leaf[] {
  const leaf = (level: number, run: number): Leaf => {
    const bits = (levels[level]?.shift ?? 0) + run;
    return { size: sizeName(bits), bits, level, run };
  };
  return [...at.map((level) => leaf(level, 0)), ...runs.map(([level, run]) => leaf(level, run))].sort(
    (a, b) => a.bits - b.bits,
  );
}

function x86(names: readonly string[]): Shape {
  const levels = levelsOf(
    names,
    names.map(() => 9),
    12,
  );
  const last = levels.length - 1;
  const leaves = leavesOf(levels, [last, last - 1, last - 2], []);
  const vaBits = 12 + 9 * levels.length;
  return {
    family: "x86",
    vaBits,
    canonical: "signed",
    paBits: 52,
    pageBits: 12,
    pteBytes: 8,
    levels,
    leaves,
  };
}

/** Sv39, Sv48, Sv57: leaves at every level, and Svnapot's 64K. */
function rv64(count: number): Shape {
  const levels = levelsOf(
    [],
    Array.from({ length: count }, () => 9),
    12,
  );
  const leaves = leavesOf(
    levels,
    levels.map((_, level) => level),
    [[count - 1, 4]],
  );
  const vaBits = 12 + 9 * count;
  return {
    family: "riscv",
    vaBits,
    canonical: "signed",
    paBits: 56,
    pageBits: 12,
    pteBytes: 8,
    levels,
    leaves,
  };
}

function sv32(): Shape {
  const levels = levelsOf([], [10, 10], 12);
  const leaves = leavesOf(levels, [0, 1], []);
  return {
    family: "riscv",
    vaBits: 32,
    canonical: "unsigned",
    paBits: 34,
    pageBits: 12,
    pteBytes: 4,
    levels,
    leaves,
  };
}

/** The granules of AArch64, with 48 bits of address: LPA and LPA2 widen the physical side, and add a leaf. */
const GRANULES = {
  "aarch64-4k": {
    names: ["l0", "l1", "l2", "l3"],
    bits: [9, 9, 9, 9],
    pageBits: 12,
    leaves: [1, 2, 3],
    wide: 0,
    runs: [
      [3, 4],
      [2, 4],
    ],
  },
  "aarch64-16k": {
    names: ["l0", "l1", "l2", "l3"],
    bits: [1, 11, 11, 11],
    pageBits: 14,
    leaves: [2, 3],
    wide: 1,
    runs: [
      [3, 7],
      [2, 5],
    ],
  },
  "aarch64-64k": {
    names: ["l1", "l2", "l3"],
    bits: [6, 13, 13],
    pageBits: 16,
    leaves: [1, 2],
    wide: 0,
    runs: [
      [2, 5],
      [1, 5],
    ],
  },
} as const;

function aarch64(format: keyof typeof GRANULES, lpa: boolean): Shape {
  const { names, bits, pageBits, leaves: at, wide, runs } = GRANULES[format];
  const levels = levelsOf(names, bits, pageBits);
  const leaves = leavesOf(levels, lpa ? [wide, ...at] : at, runs as unknown as [number, number][]);
  const paBits = lpa ? 52 : 48;
  return {
    family: "aarch64",
    vaBits: 48,
    canonical: "halves",
    paBits,
    pageBits,
    pteBytes: 8,
    levels,
    leaves,
  };
}

/** The shape of a table that is hashed or inverted: entries as x86-64's, in no tree. */
function flat(paBits: number, bits: readonly number[]): Shape {
  const leaves = bits.map((each) => ({ size: sizeName(each), bits: each, level: 0, run: 0 }));
  return {
    family: "x86",
    vaBits: 48,
    canonical: "signed",
    paBits,
    pageBits: 12,
    pteBytes: 8,
    levels: [],
    leaves,
  };
}

/** The shape of a page table. */
export function shapeOf(table: PageTableConfig): Shape {
  switch (table.format) {
    case "x86-64":
      return x86(["pml4", "pdpt", "pd", "pt"]);
    case "x86-64-la57":
      return x86(["pml5", "pml4", "pdpt", "pd", "pt"]);
    case "sv32":
      return sv32();
    case "sv39":
      return rv64(3);
    case "sv48":
      return rv64(4);
    case "sv57":
      return rv64(5);
    case "aarch64-4k":
    case "aarch64-16k":
    case "aarch64-64k":
      return aarch64(table.format, table.lpa);
    case "radix": {
      const { vaBits, paBits, pageBits, pteBytes } = table;
      const levels = levelsOf([], table.levels, pageBits);
      const at = levels.flatMap(({ name }, i) =>
        table.leaves.includes(name) || i === levels.length - 1 ? [i] : [],
      );
      const leaves = leavesOf(levels, at, []);
      return { family: "radix", vaBits, canonical: "unsigned", paBits, pageBits, pteBytes, levels, leaves };
    }
    case "inverted":
      return flat(12 + Math.ceil(Math.log2(table.frames)), [12]);
    case "hashed":
    case "elastic-cuckoo":
      return flat(52, [12, 21, 30]);
  }
}

/** Whether a table of a shape can translate an address of 64 bits. */
export function isCanonical({ vaBits, canonical }: Shape, va: bigint): boolean {
  if (canonical === "unsigned") return va >> BigInt(vaBits) === 0n;
  const bits = canonical === "halves" ? vaBits + 1 : vaBits;
  return BigInt.asUintN(64, BigInt.asIntN(bits, va)) === va;
}
