// Entries of the format that `openFormat` opened, one by one.

import { format } from "../mmu/pagetable";

/** The entry of a leaf of a level (0: the last table), one of a run of 2^run. */
export function leafEntry(pa: u64, level: u32, run: u32, flags: u32): u64 {
  return format.leafEntry(pa, level, run, flags);
}

export function tableEntry(pa: u64): u64 {
  return format.tableEntry(pa);
}

export function entryFlags(entry: u64): u32 {
  return format.flagsOf(entry);
}

export function entryAddress(entry: u64): u64 {
  return format.addressIn(entry);
}

export function entryIsLeaf(entry: u64, level: u32): bool {
  return format.isLeaf(entry, level);
}
