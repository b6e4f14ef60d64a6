// TLBs: any number, each with its level, kinds, page sizes, geometry and policy.
//
//    63                       19 18        7 6       4  3   2   1   0
//   |    virtual page number    |   tag     |  size   | G | V | C | D |      an entry
//
// The page number is taken at the entry's own page size. The tag is an address-space id + 1, 0 for pages of all spaces (G).
// D repeats the page-table entry's dirty bit, so that a store to a page known to be dirty need not look there; a stale clear bit
// is refreshed and changes no count. C: the page forbids something to somebody, and the page-table entry says what. V makes 0 an
// empty entry.

import { allocate } from "../base/arena";
import { Index, Policy, Sets } from "./sets";

/** Kinds of access: those of records, less modify, which is a load and a store. */
export enum Access {
  Instruction = 0,
  Load = 1,
  Store = 2,
  Length = 3,
}

/** Slots of a TLB's counts, 64 bits each. */
export enum TlbCount {
  InstructionHits,
  LoadHits,
  StoreHits,
  InstructionMisses,
  LoadMisses,
  StoreMisses,
  Length,
}

/** Where the parts of an entry are, for those who look at them. */
export enum TlbEntry {
  VpnShift = 19,
  TagShift = 7,
  TagMask = 4095,
  SizeShift = 4,
  SizeMask = 7,
  Dirty = 1,
}

export const DIRTY_ENTRY: u64 = 1;
export const CHECK_ENTRY: u64 = 2;
/** Bits that are state rather than name. */
export const LOOSE: u64 = DIRTY_ENTRY | CHECK_ENTRY;
const VALID: u64 = 4;
const GLOBAL: u64 = 8;
export const SIZE_SHIFT: u64 = 4;
export const TAG_SHIFT: u64 = 7;
export const TAG: u64 = 4095 << 7;
export const VPN_SHIFT: u64 = 19;

@unmanaged
export class Tlb extends Sets {
  /** Counts, in the order of `TlbCount`. */
  counts: usize;
  id: u32;
  /** A hit directly after a fill changes something: srrip and brrip. */
  changesOnce: bool;
  /** Every hit changes something: lfu. */
  countsUses: bool;

  count(slot: u32, by: u64): void {
    const at = this.counts + ((<usize>slot) << 3);
    store<u64>(at, load<u64>(at) + by);
  }

  /** Drops the entry of a name. Whether there was one. */
  forget(number: u64, key: u64): bool {
    const set = this.setOf(number);
    const place = this.find(set, key, LOOSE);
    if (place) this.drop(set, place);
    return place != 0;
  }
}

/** A TLB of empty entries, or null when memory is used up. */
export function newTlb(
  id: u32,
  sets: u32,
  ways: u32,
  policy: Policy,
  index: Index,
  seedState: u64,
): Tlb | null {
  const at = allocate(offsetof<Tlb>(), 8);
  const counts = allocate(<u64>TlbCount.Length * 8, 8);
  if (!at || !counts) return null;
  const tlb = changetype<Tlb>(at);
  if (!tlb.open(sets, ways, policy, index, seedState)) return null;
  tlb.counts = counts;
  tlb.id = id;
  tlb.changesOnce = policy == Policy.Srrip || policy == Policy.Brrip;
  tlb.countsUses = policy == Policy.Lfu;
  return tlb;
}

/** The entry of a clean page that forbids nothing. */
export function entryKey(number: u64, size: u32, tag: u64): u64 {
  return (
    (number << VPN_SHIFT) | (tag << TAG_SHIFT) | ((<u64>size) << SIZE_SHIFT) | (tag ? 0 : GLOBAL) | VALID
  );
}
