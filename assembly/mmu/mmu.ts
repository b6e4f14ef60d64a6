// One lookup through the TLBs of the core that runs. They are asked in turn, by level, at the end the prefetch buffer and the walker; then
// every TLB that missed is filled.

import { cut } from "./address";
import { Counter, count } from "../base/counters";
import { Fault } from "../base/fault";
import { SIZE, everyShift, everywhere, mixed } from "./attributes";
import { chainOf } from "./cpu";
import { forgetEverywhere } from "./flush";
import { Flag } from "./format";
import { Step, log, logging, setLogging } from "./log";
import { hostExhausted } from "./nested";
import { findPage, format, pageNumber } from "./pagetable";
import { askBuffer, learnMiss, prefetching } from "./prefetch/ahead";
import { push } from "./policy/fifo";
import { touchLru } from "./policy/lru";
import { isRestricted, permits } from "./protection";
import { everyKey, ownerOf, space, tagOf } from "./schedule";
import { Policy } from "./sets";
import {
  Access,
  CHECK_ENTRY,
  DIRTY_ENTRY,
  LOOSE,
  SIZE_SHIFT,
  Tlb,
  TlbCount,
  VPN_SHIFT,
  entryKey,
} from "./tlb";
import { exhausted, mark, walk } from "./walk";

export enum Outcome {
  Done,
  /** The access ends with a fault: of protection here, of an address that is not canonical in the replay. */
  Faulted,
  OutOfMemory,
  /** An event is the host's to do. */
  ForHost,
}

/** What the last lookup came to, where it gave no entry. */
export let failure: Outcome = Outcome.Done;
/** The fault that ended it. */
export let fault: Fault = Fault.Protection;
/** The TLB that served the last lookup, in the order they were added from 0; -1: a walk did, -2: the prefetch buffer. */
export let lastServed: i32 = -1;
/** The last lookup filled its first TLB. */
export let lastFilled: bool = false;
/** Attributes of the page of the last lookup. */
export let lastAttributes: u32 = 0;

/** A page fault of a space with an operating system: makes the leaf of a page permit an access. */
type Resolver = (va: u64, access: u32) => Outcome;
let resolver: Resolver = (): Outcome => Outcome.Faulted;
/** The TLB that was hit dropped its entry, for the page fault changed the leaf, and wants it again. */
let dropped: bool = false;

export function setResolver(to: Resolver): void {
  resolver = to;
}

export function setFault(kind: Fault): void {
  fault = kind;
}

/** Every hit is held against the page table. */
let validating: bool = false;
/** Probes are validated, or logged. */
let watched: bool = false;

export function setValidating(on: bool): void {
  validating = on;
  watched = on || logging;
}

/** Begins or ends the log of what translations do. */
export function explain(on: bool): void {
  setLogging(on);
  watched = validating || on;
}

/** What a canonical address says of its page. */
export function attributesOf(va: u64): u32 {
  return mixed ? space.map.find(va) : everywhere;
}

/** Looks up the page of a canonical address. The entry that the first TLB now holds (with no TLB, the one it would hold), or 0: see `failure`. */
export function lookup(va: u64, access: u32): u64 {
  let attributes = everywhere;
  let number = cut(va) >> everyShift;
  let key = (number << VPN_SHIFT) | everyKey;
  if (mixed) {
    attributes = space.map.find(va);
    number = pageNumber(cut(va), attributes & SIZE);
    key = entryKey(number, attributes & SIZE, tagOf(attributes));
  }
  const chain = chainOf(attributes & SIZE, access);
  lastAttributes = attributes;
  count(<Counter>(<u32>Counter.InstructionLookups + access));
  let link = chain;
  let entry: u64 = 0;
  let tlb = changetype<Tlb>(load<usize>(link));
  while (changetype<usize>(tlb)) {
    const set = tlb.setOf(number);
    // As `touch` does, but in this function: a call for each probe costs lookups a tenth of their time (measured).
    const place =
      tlb.policy == Policy.Lru
        ? touchLru(tlb.first(set), tlb.ways, key, LOOSE)
        : tlb.touchOther(set, key, LOOSE);
    if (watched) watch(tlb, number, key, place);
    if (place) {
      entry = load<u64>(place);
      tlb.count(<u32>TlbCount.InstructionHits + access, 1);
      lastServed = tlb.id;
      if (entry & CHECK_ENTRY || (access == Access.Store && !(entry & DIRTY_ENTRY)))
        entry = hit(place, key, va, access);
      if (dropped) link += 4;
      break;
    }
    tlb.count(<u32>TlbCount.InstructionMisses + access, 1);
    link += 4;
    tlb = changetype<Tlb>(load<usize>(link));
  }
  lastFilled = link != chain;
  dropped = false;
  if (!changetype<usize>(tlb)) entry = miss(va, key, access);
  if (!entry) return 0;
  let evicted: u64 = 0;
  for (let missed = chain; missed != link; missed += 4) {
    const above = changetype<Tlb>(load<usize>(missed));
    const set = above.setOf(number);
    evicted =
      above.policy <= Policy.Fifo ? push(above.first(set), above.ways, entry) : above.insertOther(set, entry);
  }
  if (prefetching && !changetype<usize>(tlb)) learnMiss(va, key, chain, link, evicted, attributes);
  return entry;
}

/** What is done with a probe only for an explanation, or to validate. */
function watch(tlb: Tlb, number: u64, key: u64, place: usize): void {
  const entry: u64 = place ? load<u64>(place) : 0;
  if (logging) log(Step.Tlb, tlb.id, tlb.setOf(number), entry, key);
  if (validating && place) validate(number << format.sizeShift(<u32>(key >> SIZE_SHIFT) & 7), entry);
}

/** A TLB held an entry that does not let every access pass: a page that forbids something, or a store to a page not known to be dirty. The entry as it is now; 0: the page forbids the access. */
function hit(place: usize, key: u64, va: u64, access: u32): u64 {
  const entry = load<u64>(place);
  if (entry & CHECK_ENTRY && !permits(leafFlags(cut(va)), access)) {
    forgetEverywhere(space, key >> VPN_SHIFT, key);
    if (!resolved(va, access)) return 0;
    dropped = true;
    const slot = leafOf(cut(va));
    mark(slot, lastAttributes & SIZE, access == Access.Store);
    return entryOf(key, slot);
  }
  if (access != Access.Store || entry & DIRTY_ENTRY) return entry;
  assistDirty(cut(va));
  store<u64>(place, entry | DIRTY_ENTRY);
  return entry | DIRTY_ENTRY;
}

/** A page forbids an access, or is not there. Whether the operating system saw to it; else `failure` and `fault` say why not. */
function resolved(va: u64, access: u32): bool {
  failure = Outcome.Faulted;
  fault = Fault.Protection;
  if (!space.memory) return false;
  failure = resolver(va, access);
  return failure == Outcome.Done;
}

/** The leaf of the page that is being looked up, at a cut address. */
function leafOf(va: u64): usize {
  return findPage(ownerOf(lastAttributes), va, lastAttributes & SIZE);
}

function leafFlags(va: u64): u32 {
  return format.flagsOf(format.loadEntry(leafOf(va)));
}

/** A store that found its page without a walk: sets the leaf's D bit, and counts an assist if it was clear. */
function assistDirty(va: u64): void {
  const slot = leafOf(va);
  if (format.isDirty(format.loadEntry(slot))) return;
  mark(slot, lastAttributes & SIZE, true);
  count(Counter.DirtyAssists);
}

/** No TLB held the page: the prefetch buffer does, or it is walked for. The entry, or 0. */
function miss(va: u64, key: u64, access: u32): u64 {
  if (prefetching && askBuffer(key)) return takeAhead(va, key, access);
  count(<Counter>(<u32>Counter.InstructionWalks + access));
  lastServed = -1;
  const size = lastAttributes & SIZE;
  const permitted = space.memory ? reached(va, access) : permits(rightsOf(va), access);
  const slot = walk(ownerOf(lastAttributes), cut(va), size, lastAttributes, permitted);
  if (exhausted || hostExhausted) {
    failure = Outcome.OutOfMemory;
    return 0;
  }
  if (!permitted || !slot || !permits(format.flagsOf(format.loadEntry(slot)), access)) {
    if (space.memory) return 0;
    failure = Outcome.Faulted;
    fault = Fault.Protection;
    return 0;
  }
  mark(slot, size, access == Access.Store);
  return entryOf(key, slot);
}

/** What may be done with a page: what its leaf says, which may be larger than the region of the address; where there is none, what the address says. */
function rightsOf(va: u64): u32 {
  const slot = mixed ? leafOf(cut(va)) : 0;
  return slot ? format.flagsOf(format.loadEntry(slot)) : lastAttributes;
}

/** Whether a page of a space with an operating system can be used: its leaf permits the access, now or after a page fault. */
function reached(va: u64, access: u32): bool {
  const slot = leafOf(cut(va));
  return (slot != 0 && permits(format.flagsOf(format.loadEntry(slot)), access)) || resolved(va, access);
}

/** The prefetch buffer held the page. */
function takeAhead(wholeVa: u64, key: u64, access: u32): u64 {
  const va = cut(wholeVa);
  lastServed = -2;
  const slot = leafOf(va);
  if (!permits(format.flagsOf(format.loadEntry(slot)), access)) {
    if (!resolved(wholeVa, access)) return 0;
    mark(leafOf(va), lastAttributes & SIZE, access == Access.Store);
    return entryOf(key, leafOf(va));
  }
  if (access == Access.Store) assistDirty(va);
  mark(slot, lastAttributes & SIZE, false);
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
  const leaf: u64 = slot ? format.loadEntry(slot) : 0;
  const clean = slot ? entryOf(entry & ~LOOSE, slot) & ~DIRTY_ENTRY : 0;
  const stale = (entry & DIRTY_ENTRY) != 0 && !format.isDirty(leaf);
  // A page that may do more by now is checked for nothing.
  const differs = entry & ~DIRTY_ENTRY & ~(CHECK_ENTRY & ~clean);
  if (!format.isPresent(leaf) || stale || differs != clean) count(Counter.ValidationFailed);
}
