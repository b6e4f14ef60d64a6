// The x86-64 four-level page table: real 8-byte entries in linear memory.
// Intel SDM vol. 3A, section 5.5 (4-level paging), tables 5-15 to 5-20; AMD APM vol. 2, section 5.3.
//
//    63        48 47      39 38      30 29      21 20      12 11          0
//   | sign of 47 |  PML4    |  PDPT    |   PD     |   PT     |   offset    |   virtual address
//                  level 3    level 2    level 1    level 0
//
//    63   62    52 51                 12 11  9   8   7   6   5   4   3   2   1   0
//   | NX | ignored |   frame number     | avl | G | PS| D | A |PCD|PWT| US| RW| P |   entry
//
// A leaf stands at level 0 (4K), 1 (2M) or 2 (1G); above level 0 it has PS set. Physical memory below
// 4 GiB is linear memory itself, and holds the tables: a table's frame number is its address >> 12.
// Pages of the program have no contents and get frames from FIRST_FRAME up, aligned to their size.

import { allocate } from "../base/arena";
import { Counter, count } from "../base/counters";

/** Sizes of leaves, by the level at which they stand. */
export enum PageSize {
  Size4K = 0,
  Size2M = 1,
  Size1G = 2,
}

export enum Level {
  Pt = 0,
  Pd = 1,
  Pdpt = 2,
  Pml4 = 3,
}

export const PRESENT: u64 = 1 << 0;
export const WRITE: u64 = 1 << 1;
export const USER: u64 = 1 << 2;
export const ACCESSED: u64 = 1 << 5;
export const DIRTY: u64 = 1 << 6;
export const PAGE_SIZE: u64 = 1 << 7;
const FRAME: u64 = 0x000ffffffffff000;

const TABLE_BYTES: u64 = 4096;
const FIRST_FRAME: u64 = 1 << 20;
export const VA_BITS: u64 = 48;
export const VA_MASK: u64 = (1 << VA_BITS) - 1;

let root: usize = 0;
let nextFrame: u64 = FIRST_FRAME;

export function levelShift(level: u32): u64 {
  return 12 + 9 * <u64>level;
}

/** Whether bits 63 to 47 are all alike. */
export function isCanonical(va: u64): bool {
  const unused = 64 - VA_BITS;
  return <u64>(<i64>(va << unused) >> unused) == va;
}

/** The root table, made on first use; 0 when memory is used up. */
export function rootTable(): usize {
  if (!root) root = newTable();
  return root;
}

/** The address of the entry for `va` in a table of `level`. */
export function entryOf(table: usize, level: u32, va: u64): usize {
  return table + <usize>(((va >> levelShift(level)) & 511) << 3);
}

/** The table that a present entry above the leaf points to. */
export function tableOf(entry: u64): usize {
  return <usize>(entry & FRAME);
}

/** The physical address of `va`, whose leaf of `level` is `entry`. */
export function physical(entry: u64, level: u32, va: u64): u64 {
  const offset = ((<u64>1) << levelShift(level)) - 1;
  return (entry & FRAME & ~offset) | (va & offset);
}

/** Points the entry at a new, empty table; the entry's new value, or 0 when memory is used up. */
export function linkTable(slot: usize): u64 {
  const table = newTable();
  if (!table) return 0;
  const entry = <u64>table | PRESENT | WRITE | USER;
  store<u64>(slot, entry);
  return entry;
}

/** Maps a new, zero, readable, writable and executable page at a leaf of `level`. */
export function mapLeaf(slot: usize, level: u32): u64 {
  const frames = (<u64>1) << (9 * <u64>level);
  const frame = (nextFrame + frames - 1) & ~(frames - 1);
  nextFrame = frame + frames;
  let entry = (frame << 12) | PRESENT | WRITE | USER;
  if (level > <u32>Level.Pt) entry |= PAGE_SIZE;
  store<u64>(slot, entry);
  count(<Counter>(<u32>Counter.Pages4K + level));
  return entry;
}

/** The address of the leaf of `level` that maps `va`, or 0. Counts nothing. */
export function findLeaf(va: u64, level: u32): usize {
  let table = root;
  if (!table) return 0;
  for (let at: u32 = Level.Pml4; at > level; at--) {
    const entry = load<u64>(entryOf(table, at, va));
    if (!(entry & PRESENT)) return 0;
    table = tableOf(entry);
  }
  const slot = entryOf(table, level, va);
  return load<u64>(slot) & PRESENT ? slot : 0;
}

function newTable(): usize {
  const table = allocate(TABLE_BYTES, TABLE_BYTES);
  if (table) count(Counter.TablePages);
  return table;
}
