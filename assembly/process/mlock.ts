// mlock, munlock, mlockall, munlockall. Linux 6.6 (mm/mlock.c).

import { Errno, failed } from "./errno";
import { exceeds } from "./limits";
import { Limit, Memory, pageShift } from "./memory";
import { cutAt } from "./munmap";
import { lockPages, populatePages } from "./pages";
import { Vma, VmaFlag, mergeVma, vmaAt, vmaFrom, vmaIn } from "./vma";

/** mlock(2): 0, or an errno negated. What lies before a hole is locked. */
export function mlock(memory: Memory, va: u64, bytes: u64): i64 {
  const first = va >> pageShift;
  const end = endOf(va, bytes);
  if (end < first) return failed(Errno.EINVAL);
  const limit = memory.limit(Limit.Locked);
  if (!limit) return failed(Errno.EPERM);
  if (exceeds(memory.locked + (end - first) - lockedIn(memory, first, end), limit))
    return failed(Errno.ENOMEM);
  const error = setLocked(memory, first, end, true);
  if (error < 0) return error;
  return populatePages(memory, first, end);
}

/** munlock(2): 0, or an errno negated. */
export function munlock(memory: Memory, va: u64, bytes: u64): i64 {
  const first = va >> pageShift;
  const end = endOf(va, bytes);
  return end < first ? failed(Errno.EINVAL) : setLocked(memory, first, end, false);
}

/** mlockall(2): what is mapped now, and what will be. 0, or an errno negated. */
export function mlockAll(memory: Memory, current: bool, future: bool): i64 {
  if (!current && !future) return failed(Errno.EINVAL);
  const limit = memory.limit(Limit.Locked);
  if (!limit) return failed(Errno.EPERM);
  if (current && exceeds(memory.mapped, limit)) return failed(Errno.ENOMEM);
  memory.lockFuture = future;
  if (!current) return 0;
  lockAll(memory, true);
  populatePages(memory, 0, u64.MAX_VALUE);
  return 0;
}

/** munlockall(2). */
export function munlockAll(memory: Memory): i64 {
  memory.lockFuture = false;
  lockAll(memory, false);
  return 0;
}

function lockAll(memory: Memory, on: bool): void {
  let at: u64 = 0;
  while (true) {
    const vma = vmaFrom(memory, at);
    if (!vma) break;
    lockVma(memory, vma, on);
    at = mergeVma(memory, vma).end;
  }
}

/** The page behind the last byte; below the first where bytes wrap around. */
function endOf(va: u64, bytes: u64): u64 {
  const mask = ((<u64>1) << pageShift) - 1;
  const end = va + bytes + mask;
  return end < va ? 0 : end >> pageShift;
}

function lockedIn(memory: Memory, first: u64, end: u64): u64 {
  let pages: u64 = 0;
  let at = first;
  while (true) {
    const vma = vmaIn(memory, at, end);
    if (!vma) return pages;
    at = vma.end;
    if (vma.flags & VmaFlag.Locked) pages += min(at, end) - max(vma.first, first);
  }
}

/** Locks or unlocks mappings up to a hole, which gives ENOMEM. */
function setLocked(memory: Memory, first: u64, end: u64, on: bool): i64 {
  for (let at = first; at < end; ) {
    const whole = vmaAt(memory, at);
    if (!whole) return failed(Errno.ENOMEM);
    const last = min(whole.end, end);
    if (((whole.flags & VmaFlag.Locked) != 0) != on) {
      if (!cutAt(memory, at) || !cutAt(memory, last)) return failed(Errno.ENOMEM);
      const part = changetype<Vma>(vmaAt(memory, at));
      lockVma(memory, part, on);
      mergeVma(memory, part);
    }
    at = last;
  }
  return 0;
}

function lockVma(memory: Memory, vma: Vma, on: bool): void {
  if (((vma.flags & VmaFlag.Locked) != 0) == on) return;
  vma.flags ^= VmaFlag.Locked;
  memory.locked += on ? vma.pages() : -vma.pages();
  lockPages(memory, vma.first, vma.end, on);
}
