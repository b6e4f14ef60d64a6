// Pages that change their size: smaller leaves become one, and one becomes smaller ones, with what was known of their
// use; entries of the old pages are dropped wherever they are held.

import { cut, isCanonical } from "./address";
import { Counter, Result, count, result } from "../base/counters";
import { Shortage } from "../base/status";
import { FLAGS, SIZE } from "./attributes";
import { cpuAt, cpus } from "./cpu";
import { invalidate } from "./flush";
import { Flag } from "./format";
import { attributesOf } from "./mmu";
import {
  TableKind,
  addPages,
  findPage,
  format,
  kind,
  newSlot,
  pageNumber,
  removePage,
  rootOf,
} from "./pagetable";
import { NOWHERE, freeFrames, linearOf, takeFrames } from "./physical";
import { space } from "./schedule";
import { clearLeaf, descend, tableCounts, unlinkTable, writeLeaf } from "./tree";

/** Sizes that some TLB holds, a bit a size; all, where there are no TLBs. */
let held: u32 = 0;
/** Pages that a range may have in a table that cannot be asked for the next one mapped. */
const MOST_PAGES: u64 = 1 << 22;
/** Bytes of entries that linear memory cannot hold beside the rest. */
const MOST_ENTRIES: u64 = 1 << 32;

export function openResize(held_: u32): void {
  held = held_;
}

/**
 * Makes the pages of [va, va + length) of the running space ones of 2^shift bytes; a page that lies there in part, wholly. Where such pages cannot
 * be there, nothing changes, and `Counter.Refused` counts it. False when memory is used up.
 */
export function resize(va: u64, length: u64, shift: u64): bool {
  const size = sizeOf(shift);
  const last = va + length - 1;
  if (size < 0 || !fits(va, length, last, shift)) {
    count(Counter.Refused);
    return true;
  }
  const from = min(va, pageOf(va));
  const end = max(last, pageOf(last) + bytesOf(attributesOf(last) & SIZE) - 1);
  let at = from;
  while (true) {
    const old = attributesOf(at) & SIZE;
    let step = max(bytesOf(old), bytesOf(size));
    const empty = emptyFrom(at);
    if (empty >= step) step = empty;
    else if (old > <u32>size && !split(at, old, size)) return false;
    else if (old < <u32>size && !join(at, size)) return false;
    if (end - at < step) break;
    at += step;
  }
  return space.map.resize(from, end, size);
}

function sizeOf(shift: u64): i32 {
  for (let size: u32 = 0; size < format.sizes; size++) {
    if (format.sizeShift(size) == shift && (held >> size) & 1) return size;
  }
  return -1;
}

function fits(va: u64, length: u64, last: u64, shift: u64): bool {
  if (!length || (va | length) & (((<u64>1) << shift) - 1) || last < va) return false;
  if (!isCanonical(va) || !isCanonical(last) || (va ^ last) >> 63) return false;
  if (kind != TableKind.Tree && length >> format.pageBits > MOST_PAGES) return false;
  return !space.map.hasFlag(va, last, Flag.Global);
}

function bytesOf(size: u32): u64 {
  return (<u64>1) << format.sizeShift(size);
}

/** The first address of the page that `va` lies in. */
function pageOf(va: u64): u64 {
  return va & ~(bytesOf(attributesOf(va) & SIZE) - 1);
}

/** Bytes from `va` to the end of the missing table's part of the address space; 0 where there is a table or a leaf. */
function emptyFrom(va: u64): u64 {
  if (kind != TableKind.Tree) return 0;
  const place = cut(va);
  descend(format, rootOf(space, place), place, 0);
  for (let level = format.levels - 1; level > 0; level--) {
    const slot = format.pathAt(level);
    const entry: u64 = slot ? format.loadEntry(slot) : 0;
    if (format.isPresent(entry)) {
      if (format.isLeaf(entry, level)) return 0;
      continue;
    }
    const span = (<u64>1) << (format.shiftOf(level) + (slot ? 0 : format.bitsOf(level)));
    return span - (va & (span - 1));
  }
  return 0;
}

/** Maps what the leaf of `old` size at `va` maps, if there is one, by leaves of `size`. */
function split(va: u64, old: u32, size: u32): bool {
  const place = cut(va);
  const slot = findPage(space, place, old);
  if (!slot) return true;
  const bytes = bytesOf(size);
  if (bytesOf(old) >> format.sizeShift(size) > MOST_ENTRIES >> format.entryShift) {
    result(Result.Shortage, Shortage.Linear);
    return false;
  }
  const entry = format.loadEntry(slot);
  const flags = format.flagsOf(entry);
  const pa = format.physical(entry, old, 0);
  unmap(place, old, slot);
  count(Counter.Demoted);
  for (let offset: u64 = 0; offset < bytesOf(old); offset += bytes) {
    if (!put(place + offset, size, pa + offset, flags)) return false;
  }
  return true;
}

/** Maps what smaller leaves map of the page of `size` at `va`, if there are any, by one. */
function join(va: u64, size: u32): bool {
  let flags = attributesOf(va) & FLAGS;
  let found = false;
  const end = va + (bytesOf(size) - 1);
  let at = va;
  while (true) {
    const old = attributesOf(at) & SIZE;
    let step = bytesOf(old);
    const empty = emptyFrom(at);
    const slot: usize = empty > step ? 0 : findPage(space, cut(at), old);
    if (slot) {
      const entry = format.loadEntry(slot);
      flags |= format.flagsOf(entry);
      found = true;
      freeFrames(format.physical(entry, old, 0), <u32>format.sizeShift(old));
      unmap(cut(at), old, slot);
    }
    step = max(step, empty);
    if (end - at < step) break;
    at += step;
  }
  if (!found) return true;
  if (kind == TableKind.Tree) freeBelow(cut(va), size);
  const pa = takeFrames(<u32>format.sizeShift(size));
  count(Counter.Promoted);
  return pa != NOWHERE && put(cut(va), size, pa, flags);
}

function unmap(place: u64, size: u32, slot: usize): void {
  if (format.isDirty(format.loadEntry(slot))) count(Counter.PagesDirty, -1);
  if (kind == TableKind.Tree) clearLeaf(format, slot, size);
  else removePage(space, place, size);
  addPages(size, -1);
  invalidate(space, pageNumber(place, size), size, false);
}

function put(place: u64, size: u32, pa: u64, flags: u32): bool {
  const slot = newSlot(space, place, size);
  if (!slot) return false;
  writeLeaf(format, slot, size, pa, flags);
  addPages(size, 1);
  if (flags & <u32>Flag.Dirty) count(Counter.PagesDirty);
  return true;
}

/** Frees the tables below the place of the leaf of `size` at a cut address: they are empty. */
function freeBelow(place: u64, size: u32): void {
  const level = format.levelOf(size);
  if (level && descend(format, rootOf(space, place), place, level)) {
    const run = (<u64>1) << format.runOf(size);
    const first = place & ~(bytesOf(size) - 1);
    for (let i: u64 = 0; i < run; i++) freeEntry(first + (i << format.shiftOf(level)), level);
  }
}

/** Frees the tables that the entry of `level` for a cut address leads to. */
function freeEntry(place: u64, level: u32): void {
  if (!descend(format, rootOf(space, place), place, level)) return;
  const slot = format.pathAt(level);
  if (!format.isPresent(format.loadEntry(slot))) return;
  if (level > 1) {
    const entries = (<u64>1) << format.bitsOf(level - 1);
    for (let i: u64 = 0; i < entries; i++) freeEntry(place + (i << format.shiftOf(level - 1)), level - 1);
  }
  unlinkTable(format, slot, level, tableCounts);
  for (let each: u32 = 0; each < cpus; each++) {
    if ((space.held >> <u64>each) & 1) cpuAt(each).walkCaches.forget(format, place, space.tag, level);
  }
}
