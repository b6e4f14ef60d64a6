// TLBs: any number, each with its level, kinds, page sizes and geometry, true LRU.
//
//    63                       19 18        7 6       3  2   1   0
//   |    virtual page number    |   ASID    |  size   | G | V | D |      an entry
//
// The page number is taken at the entry's own page size, within the 48 bits of the address space.
// D repeats the page-table entry's dirty bit, so that a store to a page known to be dirty need not
// look there; a stale clear bit is refreshed and changes no count. V makes 0 an empty entry.

import { allocate } from "../base/arena";
import { VA_MASK, levelShift } from "./pagetable";
import { insert } from "./lru";

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

export const DIRTY_ENTRY: u64 = 1;
const VALID: u64 = 2;
const SIZE_SHIFT: u64 = 3;
const VPN_SHIFT: u64 = 19;
const NO_MASK: u32 = u32.MAX_VALUE;

@unmanaged
export class Tlb {
  entries: usize;
  /** Counts, in the order of `TlbCount`. */
  counts: usize;
  id: u32;
  sets: u32;
  ways: u32;
  /** sets - 1 where sets is a power of two, else NO_MASK. */
  mask: u32;
  /** The next TLB of each kind's chain. */
  nextInstruction: usize;
  nextLoad: usize;
  nextStore: usize;

  /** The set that a page belongs to: its number mod sets. */
  setOf(vpn: u64): usize {
    const mask = this.mask;
    const index = mask != NO_MASK ? <usize>vpn & mask : <usize>(vpn % <u64>this.sets);
    return this.entries + index * ((<usize>this.ways) << 3);
  }

  fill(vpn: u64, entry: u64): void {
    insert(this.setOf(vpn), this.ways, entry);
  }

  /** Marks the entry that was found or filled last, and so is in front, as dirty. */
  setDirty(vpn: u64): void {
    const set = this.setOf(vpn);
    store<u64>(set, load<u64>(set) | DIRTY_ENTRY);
  }

  count(slot: u32, by: u64): void {
    const at = this.counts + ((<usize>slot) << 3);
    store<u64>(at, load<u64>(at) + by);
  }

  next(access: u32): Tlb | null {
    return changetype<Tlb | null>(load<usize>(this.link(access)));
  }

  setNext(access: u32, tlb: Tlb): void {
    store<usize>(this.link(access), changetype<usize>(tlb));
  }

  private link(access: u32): usize {
    return changetype<usize>(this) + offsetof<Tlb>("nextInstruction") + access * sizeof<usize>();
  }
}

/** A TLB of empty entries, or null when memory is used up. `sets` and `ways` are at least 1. */
export function newTlb(id: u32, sets: u32, ways: u32): Tlb | null {
  const at = allocate(offsetof<Tlb>(), 8);
  const counts = allocate(<u64>TlbCount.Length * 8, 8);
  const entries = allocate((<u64>sets * <u64>ways) << 3, 64);
  if (!at || !counts || !entries) return null;
  const tlb = changetype<Tlb>(at);
  tlb.entries = entries;
  tlb.counts = counts;
  tlb.id = id;
  tlb.sets = sets;
  tlb.ways = ways;
  tlb.mask = sets & (sets - 1) ? NO_MASK : sets - 1;
  return tlb;
}

/** The page of size `size` that `va` lies in. */
export function pageNumber(va: u64, size: u32): u64 {
  return (va & VA_MASK) >> levelShift(size);
}

/** The entry of a clean page. */
export function entryKey(vpn: u64, size: u32): u64 {
  return (vpn << VPN_SHIFT) | ((<u64>size) << SIZE_SHIFT) | VALID;
}
