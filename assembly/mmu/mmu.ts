// One lookup through the TLBs of the core that runs. They are asked in turn, by level, at the end the prefetch buffer and the walker; then
// every TLB that missed is filled.

import { Counter, count } from "../base/counters";
import { SIZE, everywhere, mixed } from "./attributes";
import { chainOf } from "./cpu";
import { forgetEverywhere } from "./flush";
import { Flag } from "./format";
import { Step, log, logging } from "./log";
import { hostExhausted } from "./nested";
import { findPage, format, pageNumber } from "./pagetable";
import { askBuffer, learnMiss, prefetching } from "./prefetch/ahead";
import { isRestricted, permits } from "./protection";
import { ownerOf, space, tagOf } from "./schedule";
import { Access, CHECK_ENTRY, DIRTY_ENTRY, LOOSE, Tlb, TlbCount, entryKey } from "./tlb";
import { exhausted, mark, walk } from "./walk";

export enum Outcome {
  Done,
  /** The access ends with a fault: of protection here, of an address that is not canonical in the replay. */
  Faulted,
  OutOfMemory,
}

/** What the last lookup came to, where it gave no entry. */
export let failure: Outcome = Outcome.Done;
/** The TLB that served the last lookup, in the order they were added from 0; -1: a walk did, -2: the prefetch buffer. */
export let lastServed: i32 = -1;
/** The last lookup filled its first TLB. */
export let lastFilled: bool = false;
/** The page of the last lookup. */
export let lastSize: u32 = 0;
export let lastAttributes: u32 = 0;
let lastKey: u64 = 0;

/** Every hit is held against the page table. */
export let validating: bool = false;

export function setValidating(on: bool): void {
  validating = on;
}

/** What a canonical address says of its page. */
export function attributesOf(va: u64): u32 {
  return mixed ? space.map.find(va) : everywhere;
}

/** Looks up the page of a canonical address. The entry that the first TLB now holds (with no TLB, the one it would hold), or 0: see `failure`. */
export function lookup(va: u64, access: u32): u64 {
  const attributes = attributesOf(va);
  const size = attributes & SIZE;
  const cut = format.cut(va);
  const number = pageNumber(cut, size);
  const key = entryKey(number, size, tagOf(attributes));
  const chain = chainOf(size, access);
  lastSize = size;
  lastAttributes = attributes;
  lastKey = key;
  count(<Counter>(<u32>Counter.InstructionLookups + access));
  let link = chain;
  let entry: u64 = 0;
  while (true) {
    const tlb = changetype<Tlb | null>(load<usize>(link));
    if (!tlb) {
      entry = miss(cut, number, key, access, attributes);
      break;
    }
    const set = tlb.setOf(number);
    const place = tlb.touch(set, key, LOOSE);
    if (logging) log(Step.Tlb, tlb.id, set, place ? load<u64>(place) : 0, key);
    if (place) {
      entry = hit(tlb, place, cut, access);
      break;
    }
    tlb.count(<u32>TlbCount.InstructionMisses + access, 1);
    link += 4;
  }
  lastFilled = link != chain;
  if (!entry) return 0;
  const ahead = prefetching && !load<usize>(link);
  let evicted: u64 = 0;
  for (let at = chain; at != link; at += 4) {
    const tlb = changetype<Tlb>(load<usize>(at));
    evicted = tlb.insert(tlb.setOf(number), entry);
  }
  if (ahead) learnMiss(va, key, chain, link, evicted, attributes);
  return entry;
}

/** A TLB held the entry: counts that, and sets D for a store. The entry as it is now; 0: the page forbids the access. */
function hit(tlb: Tlb, place: usize, va: u64, access: u32): u64 {
  const entry = load<u64>(place);
  tlb.count(<u32>TlbCount.InstructionHits + access, 1);
  lastServed = tlb.id;
  if (validating) validate(va, entry);
  if (entry & CHECK_ENTRY && !permits(leafFlags(va), access)) return forbid(va);
  if (access != Access.Store || entry & DIRTY_ENTRY) return entry;
  assistDirty(va);
  store<u64>(place, entry | DIRTY_ENTRY);
  return entry | DIRTY_ENTRY;
}

function leafOf(va: u64): usize {
  return findPage(ownerOf(lastAttributes), va, lastSize);
}

function leafFlags(va: u64): u32 {
  return format.flagsOf(format.loadEntry(leafOf(va)));
}

/** A violation at a TLB: the entry is dropped everywhere. */
function forbid(va: u64): u64 {
  forgetEverywhere(space, pageNumber(va, lastSize), lastKey);
  failure = Outcome.Faulted;
  return 0;
}

/** A store that found its page without a walk: sets the leaf's D bit, and counts an assist if it was clear. */
function assistDirty(va: u64): void {
  const slot = leafOf(va);
  if (format.isDirty(format.loadEntry(slot))) return;
  mark(slot, lastSize, true);
  count(Counter.DirtyAssists);
}

/** No TLB held the page: the prefetch buffer does, or it is walked for. The entry, or 0. */
function miss(va: u64, number: u64, key: u64, access: u32, attributes: u32): u64 {
  if (prefetching && askBuffer(key)) return takeAhead(va, key, access);
  count(<Counter>(<u32>Counter.InstructionWalks + access));
  lastServed = -1;
  const slot = walk(ownerOf(attributes), va, lastSize, attributes, permits(attributes, access));
  if (exhausted || hostExhausted) {
    failure = Outcome.OutOfMemory;
    return 0;
  }
  if (!slot || !permits(format.flagsOf(format.loadEntry(slot)), access)) {
    failure = Outcome.Faulted;
    return 0;
  }
  mark(slot, lastSize, access == Access.Store);
  return entryOf(key, slot);
}

/** The prefetch buffer held the page. */
function takeAhead(va: u64, key: u64, access: u32): u64 {
  lastServed = -2;
  const slot = leafOf(va);
  if (!permits(format.flagsOf(format.loadEntry(slot)), access)) {
    failure = Outcome.Faulted;
    return 0;
  }
  if (access == Access.Store) assistDirty(va);
  mark(slot, lastSize, false);
  return entryOf(key, slot);
}

/** The entry of a page with its leaf at `slot`. */
export function entryOf(key: u64, slot: usize): u64 {
  const flags = format.flagsOf(format.loadEntry(slot));
  return key | (flags & <u32>Flag.Dirty ? DIRTY_ENTRY : 0) | (isRestricted(flags) ? CHECK_ENTRY : 0);
}

/** Holds an entry that was hit against the leaf it stands for. */
function validate(va: u64, entry: u64): void {
  count(Counter.Validated);
  const slot = leafOf(va);
  const leaf = slot ? format.loadEntry(slot) : 0;
  const clean = entryOf(entry & ~LOOSE, slot) & ~DIRTY_ENTRY;
  const stale = (entry & DIRTY_ENTRY) != 0 && !format.isDirty(leaf);
  if (!format.isPresent(leaf) || stale || (entry & ~DIRTY_ENTRY) != clean) count(Counter.ValidationFailed);
}
