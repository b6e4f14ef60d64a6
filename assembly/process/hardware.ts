// The page tables of an address space, as its operating system changes them. A page is named by its number. What is dropped from tables, or
// may do less than before, every core forgets.

import { cut } from "../mmu/address";
import { SIZE, everywhere } from "../mmu/attributes";
import { Counter, count } from "../base/counters";
import { invalidatePage } from "../mmu/flush";
import { Flag } from "../mmu/format";
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
} from "../mmu/pagetable";
import { clearLeaf, descend, writeLeaf } from "../mmu/tree";
import { addressOfFrame } from "../paging/frames";
import { Memory, pageShift } from "./memory";

const KEPT: u32 = <u32>Flag.Accessed | <u32>Flag.Dirty;

function place(page: u64): u64 {
  return cut(page << pageShift);
}

/** Maps a page to a frame. False when memory is used up. */
export function enter(memory: Memory, page: u64, frame: u32, flags: u32): bool {
  const size = everywhere & SIZE;
  const slot = newSlot(memory.space, place(page), size);
  if (!slot) return false;
  writeLeaf(format, slot, size, addressOfFrame(frame), flags);
  addPages(size, 1);
  return true;
}

/** Unmaps a page that is mapped; its entry then says `disk`, the number + 1 of its slot in swap, if it can. Whether it was written through this mapping. */
export function leave(memory: Memory, page: u64, disk: u32): bool {
  const size = everywhere & SIZE;
  const at = place(page);
  const slot = findPage(memory.space, at, size);
  const dirty = format.isDirty(format.loadEntry(slot));
  if (dirty) count(Counter.PagesDirty, -1);
  if (kind == TableKind.Tree) {
    clearLeaf(format, slot, size);
    if (disk) format.storeEntry(slot, format.absentEntry(disk));
  } else {
    removePage(memory.space, at, size);
  }
  addPages(size, -1);
  invalidatePage(memory.space, pageNumber(at, size), size);
  return dirty;
}

/** What an unmapped page's entry says of the disk is no longer so. */
export function clearAbsent(memory: Memory, page: u64): void {
  if (kind != TableKind.Tree) return;
  const size = everywhere & SIZE;
  const at = place(page);
  const level = format.levelOf(size);
  if (descend(format, rootOf(memory.space, at), at, level)) clearLeaf(format, format.pathAt(level), size);
}

/** The entry of a page's leaf, present or not; 0 where there is no table for it. */
export function entryAt(memory: Memory, page: u64): u64 {
  const size = everywhere & SIZE;
  const at = place(page);
  if (kind != TableKind.Tree) {
    const slot = findPage(memory.space, at, size);
    return slot ? format.loadEntry(slot) : 0;
  }
  const level = format.levelOf(size);
  return descend(format, rootOf(memory.space, at), at, level) ? format.loadEntry(format.pathAt(level)) : 0;
}

/** A mapped page may do more than before: no core need forget it. */
export function widen(memory: Memory, page: u64, flags: u32): void {
  const size = everywhere & SIZE;
  const slot = findPage(memory.space, place(page), size);
  const entry = format.loadEntry(slot);
  writeLeaf(format, slot, size, format.physical(entry, size, 0), (format.flagsOf(entry) & KEPT) | flags);
}

/** A mapped page may do less than before. `flushed`: the caller sees to what cores hold. */
export function narrow(memory: Memory, page: u64, flags: u32, flushed: bool): void {
  widen(memory, page, flags);
  const size = everywhere & SIZE;
  if (!flushed) invalidatePage(memory.space, pageNumber(place(page), size), size);
}

export function isInTable(memory: Memory, page: u64): bool {
  return findPage(memory.space, place(page), everywhere & SIZE) != 0;
}

/** Whether the leaf of a page, which is mapped, says that it was written. */
export function isWritten(memory: Memory, page: u64): bool {
  const slot = findPage(memory.space, place(page), everywhere & SIZE);
  return slot != 0 && format.isDirty(format.loadEntry(slot));
}

/** Whether a page was written through this mapping since this was asked. Cores that hold it forget it, so that the next store is seen. */
export function takeWritten(memory: Memory, page: u64): bool {
  const size = everywhere & SIZE;
  const slot = findPage(memory.space, place(page), size);
  if (!slot) return false;
  const entry = format.loadEntry(slot);
  if (!format.isDirty(entry)) return false;
  const flags = format.flagsOf(entry) & ~(<u32>Flag.Dirty);
  writeLeaf(format, slot, size, format.physical(entry, size, 0), flags);
  count(Counter.PagesDirty, -1);
  invalidatePage(memory.space, pageNumber(place(page), size), size);
  return true;
}
