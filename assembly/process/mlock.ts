// mlock, munlock, mlockall, munlockall. The order of the checks is that of Linux 6.12 (mm/mlock.c: do_mlock, apply_vma_lock_flags, mlock_fixup).

import { Errno, failed } from "./errno";
import { exceeds } from "./limits";
import { Memory, pageShift } from "./memory";
import { modify } from "./modify";
import { isWrapped } from "./munmap";
import { Populate, lockPages, populatePages } from "./pages";
import { Vma, VmaFlag, pagesIn, vmaAt, vmaFrom } from "./vma";
import { Limit, limitOf } from "./tally";

/** mlock(2): 0, or an errno negated. What lies before a hole is locked. */
export function mlock(memory: Memory, va: u64, bytes: u64): i64 {
  const limit = limitOf(Limit.Locked);
  if (!limit) return failed(Errno.EPERM);
  const first = va >> pageShift;
  const pages = pagesFrom(va, bytes);
  const end = first + pages;
  const most = memory.locked + pages;
  if (exceeds(most, limit) && exceeds(most - pagesIn(memory, first, end, VmaFlag.Locked), limit))
    return failed(Errno.ENOMEM);
  const error = setLocked(memory, first, pages, true);
  if (error < 0 || !pages) return error;
  // What mlock says of what populating says: POSIX has other names for it.
  const populated = populatePages(memory, first, end, Populate.Usual);
  if (populated == failed(Errno.ENOMEM)) return failed(Errno.EAGAIN);
  return populated < 0 ? failed(Errno.ENOMEM) : 0;
}

/** munlock(2): 0, or an errno negated. */
export function munlock(memory: Memory, va: u64, bytes: u64): i64 {
  return setLocked(memory, va >> pageShift, pagesFrom(va, bytes), false);
}

/** mlockall(2): what is mapped now, and what will be. 0, or an errno negated. */
export function mlockAll(memory: Memory, current: bool, future: bool): i64 {
  if (!current && !future) return failed(Errno.EINVAL);
  const limit = limitOf(Limit.Locked);
  if (!limit) return failed(Errno.EPERM);
  if (current && exceeds(memory.mapped, limit)) return failed(Errno.ENOMEM);
  memory.lockFuture = future;
  if (current) lockAll(memory, true);
  return 0;
}

/** munlockall(2). */
export function munlockAll(memory: Memory): i64 {
  memory.lockFuture = false;
  lockAll(memory, false);
  return 0;
}

/** Pages that so many bytes from an address on touch. As Linux, all that fits into no address is none. */
function pagesFrom(va: u64, bytes: u64): u64 {
  const mask = ((<u64>1) << pageShift) - 1;
  return (bytes + (va & mask) + mask) >> pageShift;
}

/** Locks or unlocks mappings up to a hole, which gives ENOMEM. */
function setLocked(memory: Memory, first: u64, pages: u64, on: bool): i64 {
  if (isWrapped(first, pages)) return failed(Errno.EINVAL);
  const end = first + pages;
  for (let at = first; at < end; ) {
    const vma = vmaAt(memory, at);
    if (!vma) return failed(Errno.ENOMEM);
    const last = min(vma.end, end);
    if (!lockPart(memory, vma, at, last, on)) return failed(Errno.ENOMEM);
    at = last;
  }
  return 0;
}

function lockPart(memory: Memory, vma: Vma, first: u64, end: u64, on: bool): bool {
  if (((vma.flags & VmaFlag.Locked) != 0) == on) return true;
  if (!modify(memory, vma, first, end, vma.protection, vma.flags ^ VmaFlag.Locked)) return false;
  lockPages(memory, first, end, on);
  return true;
}

function lockAll(memory: Memory, on: bool): void {
  let at: u64 = 0;
  while (true) {
    const vma = vmaFrom(memory, at);
    if (!vma) return;
    const first = vma.first;
    at = vma.end;
    lockPart(memory, vma, first, at, on);
    if (on) populatePages(memory, first, at, Populate.Usual);
  }
}
