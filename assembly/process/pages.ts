// What happens to pages when mappings change. All ranges are [first, end) in pages of one address space.

import { copiesFirst, flagsOfProtection, forgetPageFault, lackedFrame, leafFlags, touch } from "./fault";
import { Fault } from "../base/fault";
import { Outcome, fault } from "../mmu/mmu";
import { pruneTables } from "../mmu/prune";
import { pageAt } from "../paging/page";
import { NO_PAGE } from "../paging/pagemap";
import { Errno, failed } from "./errno";
import { clearAbsent, enter, isInTable, leave, narrow } from "./hardware";
import { COW, ID, MAPPED, Memory, pageShift } from "./memory";
import { Stack, newStack } from "../base/stack";
import { endOfTable, note, pagedTables, pin, unpin } from "./tables";
import { Bring, evict, lock, unlock, forgetContent, writtenBefore, broughtBy } from "./residency";
import { unmapPage } from "./unmap";
import { Protection, Vma, vmaIn } from "./vma";

/** Pages of a mapping, or (null) of addresses without one, are let go of. */
export function dropPages(memory: Memory, vma: Vma | null, first: u64, end: u64): void {
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page, end - 1)
  ) {
    unmapPage(memory, vma, page);
  }
}

/** Tables that lead to nothing any more are freed. */
export function pruneRange(memory: Memory, first: u64, end: u64): void {
  if (first < end) pruneTables(memory.space, first << pageShift, (end << pageShift) - 1);
}

/** Leaves of resident pages say what their mapping, whose protection changed, says. False when memory is used up. */
export function protectPages(memory: Memory, vma: Vma, first: u64, end: u64): bool {
  const flags = flagsOfProtection(vma.protection);
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, end - 1)
  ) {
    const entry = memory.pages.get(page);
    if (!(entry & MAPPED)) continue;
    const id = entry & ID;
    const here = pageAt(id);
    const given = leafFlags(flags, copiesFirst(vma, here, entry));
    if (isInTable(memory, page)) {
      if (flags) narrow(memory, page, given, false);
      else if (leave(memory, page, 0)) writtenBefore(id, here);
    } else if (flags && !enter(memory, page, here.frame, given)) {
      return false;
    }
  }
  return true;
}

/** Pages from `first` to `end` are found from the beginning of `vma` on from now on. False when memory is used up. */
export function movePages(memory: Memory, first: u64, end: u64, vma: Vma): bool {
  const flags = flagsOfProtection(vma.protection);
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page, end - 1)
  ) {
    const entry = memory.pages.remove(page);
    const here = pageAt(entry & ID);
    const to = vma.first + (page - first);
    if (!here.moveMapper(changetype<usize>(memory), page, to) || !memory.pages.put(to, entry)) return false;
    const mapped = i32((entry & MAPPED) != 0);
    note(memory, page, -1, -mapped);
    note(memory, to, 1, mapped);
    if (!(entry & MAPPED)) {
      clearAbsent(memory, page);
    } else if (isInTable(memory, page)) {
      if (leave(memory, page, 0)) writtenBefore(entry & ID, here);
      if (!enter(memory, to, here.frame, leafFlags(flags, copiesFirst(vma, here, entry)))) return false;
    }
  }
  return true;
}

/** Pages whose tables `readyToMove` brought, two words each. */
let ready: Stack = changetype<Stack>(0);

/** False when memory is used up. */
export function openPages(): bool {
  const made = newStack();
  if (made) ready = made;
  return made != null;
}

/** Sees to it that pages can be found elsewhere: the tables there are in frames, until `moved`. False: there is no frame for one. */
export function readyToMove(memory: Memory, first: u64, end: u64, to: u64): bool {
  if (!pagedTables) return true;
  let last = NO_PAGE;
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, end - 1)
  ) {
    const place = to + (page - first);
    if (last != NO_PAGE && place < endOfTable(last)) continue;
    if (pin(memory, place) != Bring.Was) {
      moved(memory);
      return false;
    }
    ready.push(<u32>place);
    ready.push(<u32>(place >> 32));
    last = place;
  }
  return true;
}

/** The tables that `readyToMove` brought may leave. */
export function moved(memory: Memory): void {
  if (!pagedTables) return;
  for (let at: u32 = 0; at < ready.length; at += 2)
    unpin(memory, <u64>ready.at(at) | ((<u64>ready.at(at + 1)) << 32));
  ready.length = 0;
}

/** How pages are made resident. */
export enum Populate {
  /** As MAP_POPULATE and mlock do: as a store would where a mapping may be written privately, else as a load. */
  Usual,
  Read,
  Write,
}

/** Makes the pages of mapped ranges resident: 0; EFAULT, negated, where they may not be used or are beyond their file; ENOMEM where there is no room. */
export function populatePages(memory: Memory, first: u64, end: u64, how: Populate): i64 {
  let at = first;
  while (true) {
    const vma = vmaIn(memory, at, end);
    if (!vma) return 0;
    at = vma.end;
    if (!vma.protection) return failed(Errno.EFAULT);
    const usual = (vma.protection & Protection.Write) != 0 && !vma.isShared();
    const write = how == Populate.Usual ? usual : how == Populate.Write;
    const flags = flagsOfProtection(vma.protection);
    const last = min(vma.end, end);
    for (let page = max(vma.first, first); page < last; page++) {
      const entry = memory.pages.get(page);
      if (entry & MAPPED && !(write && entry & COW)) continue;
      const outcome = touch(memory, vma, page, flags, write);
      forgetPageFault();
      if (outcome == Outcome.Done) {
        broughtBy(memory.pages.get(page) & ID, write);
        continue;
      }
      if (outcome == Outcome.Faulted && fault == Fault.Bus) return failed(Errno.EFAULT);
      lackedFrame(page, write);
      return failed(Errno.ENOMEM);
    }
  }
}

/** mlock, munlock: resident pages may not leave, or may again. The mapping's flag is changed already. */
export function lockPages(memory: Memory, first: u64, end: u64, on: bool): void {
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, end - 1)
  ) {
    const entry = memory.pages.get(page);
    if (entry & MAPPED) {
      const id = entry & ID;
      if (on) lock(pageAt(id), id);
      else unlock(pageAt(id), id);
    }
  }
}

/** MADV_PAGEOUT: resident pages that are mapped once leave, as if they were chosen. */
export function pageOut(memory: Memory, first: u64, end: u64): void {
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, end - 1)
  ) {
    const entry = memory.pages.get(page);
    const here = pageAt(entry & ID);
    if (entry & MAPPED && here.refs == (here.file ? 2 : 1) && !here.locks) evict(entry & ID, true);
  }
}

/** MADV_FREE: pages that are out are let go of; those in frames that are mapped once have no content any more that would have to be kept. */
export function freePages(memory: Memory, vma: Vma, first: u64, end: u64): void {
  for (
    let page = memory.pages.next(first, end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, end - 1)
  ) {
    const id = memory.pages.get(page) & ID;
    const here = pageAt(id);
    if (!here.frame) unmapPage(memory, vma, page);
    else if (here.refs == 1) forgetContent(memory, page, id);
  }
}
