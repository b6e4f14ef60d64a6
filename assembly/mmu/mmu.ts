// One lookup through the hierarchy of TLBs. For each kind of access there is a chain: the TLBs, by
// level, that serve the kind and hold the page's size. They are asked in turn, at the end the walker; then
// every TLB that missed is filled.

import { Counter, count } from "../base/counters";
import { DIRTY, PageSize } from "./pagetable";
import { Access, DIRTY_ENTRY, Tlb, TlbCount, entryKey, newTlb, pageNumber } from "./tlb";
import { touch } from "./lru";
import { assistDirty, walk } from "./walker";

/** The level of the leaves that this machine maps. */
export let pageSize: u32 = PageSize.Size4K;

/** The TLB that served the last lookup, in the order they were added from 0; -1: a walk did. */
export let lastServed: i32 = -1;

let added: u32 = 0;
/** The first TLB of each kind's chain, or null. */
const heads: usize = memory.data(<i32>Access.Length * sizeof<usize>(), 8);

export function setPageSize(size: PageSize): void {
  pageSize = size;
}

export function firstTlb(access: u32): Tlb | null {
  return changetype<Tlb | null>(load<usize>(heads + access * sizeof<usize>()));
}

/**
 * Adds a TLB, levels in rising order, and puts it at the end of the chain of each kind it serves if
 * it holds the machine's page size. The address of its counts (`TlbCount`), or 0 when memory is
 * used up.
 */
export function addTlb(kinds: u32, sizes: u32, sets: u32, ways: u32): usize {
  const tlb = newTlb(added, sets, ways);
  if (!tlb) return 0;
  added++;
  if ((sizes >> pageSize) & 1) {
    for (let access: u32 = 0; access < <u32>Access.Length; access++) {
      if ((kinds >> access) & 1) append(access, tlb);
    }
  }
  return tlb.counts;
}

function append(access: u32, tlb: Tlb): void {
  let last = firstTlb(access);
  if (!last) {
    store<usize>(heads + access * sizeof<usize>(), changetype<usize>(tlb));
    return;
  }
  for (let next = last.next(access); next; next = last.next(access)) last = next;
  last.setNext(access, tlb);
}

/**
 * Looks up the page of a canonical address. The entry that the first TLB now holds (with no TLB, the
 * one it would hold), or 0 when memory is used up.
 */
export function lookup(va: u64, access: u32): u64 {
  const vpn = pageNumber(va, pageSize);
  const key = entryKey(vpn, pageSize);
  const first = firstTlb(access);
  let entry: u64 = 0;
  let tlb = first;
  while (tlb) {
    entry = touch(tlb.setOf(vpn), tlb.ways, key, DIRTY_ENTRY);
    if (entry) break;
    tlb.count(<u32>TlbCount.InstructionMisses + access, 1);
    tlb = tlb.next(access);
  }
  count(<Counter>(<u32>Counter.InstructionLookups + access));
  if (!tlb) entry = askWalker(va, vpn, access);
  else entry = hit(tlb, entry, va, vpn, access);
  if (!entry) return 0;
  let above = first;
  while (above && above != tlb) {
    above.fill(vpn, entry);
    above = above.next(access);
  }
  return entry;
}

/** A TLB held the entry: counts that, and sets D for a store. The entry as it is now. */
function hit(tlb: Tlb, entry: u64, va: u64, vpn: u64, access: u32): u64 {
  tlb.count(<u32>TlbCount.InstructionHits + access, 1);
  lastServed = tlb.id;
  if (access != Access.Store || entry & DIRTY_ENTRY) return entry;
  assistDirty(va, pageSize);
  tlb.setDirty(vpn);
  return entry | DIRTY_ENTRY;
}

function askWalker(va: u64, vpn: u64, access: u32): u64 {
  count(<Counter>(<u32>Counter.InstructionWalks + access));
  lastServed = -1;
  const leaf = walk(va, pageSize, access == Access.Store);
  if (!leaf) return 0;
  return entryKey(vpn, pageSize) | (leaf & DIRTY ? DIRTY_ENTRY : 0);
}
