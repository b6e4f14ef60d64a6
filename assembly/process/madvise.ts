// madvise. The order of the checks is that of Linux 6.6 (mm/madvise.c: do_madvise, madvise_vma_behavior).

import { Errno, failed } from "./errno";
import { punchHole } from "./files";
import { Memory, pageShift } from "./memory";
import { cutAt, isAligned, pagesOf } from "./munmap";
import { dropPages, pageOut, populatePages, pruneRange } from "./pages";
import { Protection, Vma, VmaFlag, mergeVma, vmaAt, vmaFrom } from "./vma";

/** What is advised; `Unknown` is any other. */
export enum Advice {
  Unknown,
  /** Advice that changes nothing that is counted: NORMAL, RANDOM, SEQUENTIAL, WILLNEED, COLD, MERGEABLE, DODUMP ... */
  Nothing,
  DontNeed,
  Free,
  Remove,
  PageOut,
  DontFork,
  DoFork,
  WipeOnFork,
  KeepOnFork,
  HugePage,
  NoHugePage,
  PopulateRead,
  PopulateWrite,
}

/** madvise(2): 0, or an errno negated. Over a hole, what is mapped is advised and the result is ENOMEM. */
export function madvise(memory: Memory, va: u64, bytes: u64, advice: Advice): i64 {
  if (advice == Advice.Unknown || !isAligned(va)) return failed(Errno.EINVAL);
  if (!bytes) return 0;
  const pages = pagesOf(bytes);
  const first = va >> pageShift;
  if (!pages || first + pages < first) return failed(Errno.EINVAL);
  const end = first + pages;
  let result: i64 = 0;
  let at = first;
  while (at < end) {
    const vma = vmaFrom(memory, at);
    if (!vma || vma.first >= end) return failed(Errno.ENOMEM);
    if (vma.first > at) {
      if (advice >= Advice.PopulateRead) return failed(Errno.ENOMEM);
      result = failed(Errno.ENOMEM);
    }
    const from = max(vma.first, at);
    const to = min(vma.end, end);
    const error = advise(memory, vma, from, to, advice);
    if (error < 0) return error;
    at = to;
  }
  return result;
}

/** Advises a part of a VMA. */
function advise(memory: Memory, vma: Vma, first: u64, end: u64, advice: Advice): i64 {
  const locked = (vma.flags & VmaFlag.Locked) != 0;
  switch (advice) {
    case Advice.DontNeed: {
      if (locked) return failed(Errno.EINVAL);
      dropPages(memory, vma, first, end);
      pruneRange(memory, first, end);
      return 0;
    }
    case Advice.Free: {
      // Freed at once: what a kernel may do at any time.
      if (vma.file || locked) return failed(Errno.EINVAL);
      dropPages(memory, vma, first, end);
      pruneRange(memory, first, end);
      return 0;
    }
    case Advice.Remove: {
      if (locked || !vma.file) return failed(Errno.EINVAL);
      if (!vma.isShared() || !(vma.flags & VmaFlag.MayWrite)) return failed(Errno.EACCES);
      return punchHole(vma, first, end) ? 0 : failed(Errno.ENOMEM);
    }
    case Advice.PageOut: {
      if (locked) return failed(Errno.EINVAL);
      pageOut(memory, first, end);
      return 0;
    }
    case Advice.PopulateRead:
    case Advice.PopulateWrite: {
      const write = advice == Advice.PopulateWrite;
      const wanted: u32 = write ? Protection.Write : Protection.Read;
      if (!(vma.protection & wanted)) return failed(Errno.EFAULT);
      return populatePages(memory, first, end, write) < 0 ? failed(Errno.EFAULT) : 0;
    }
    case Advice.WipeOnFork: {
      if (vma.file || vma.isShared()) return failed(Errno.EINVAL);
      return change(memory, vma, first, end, VmaFlag.WipeOnFork, 0);
    }
    case Advice.KeepOnFork: {
      return change(memory, vma, first, end, 0, VmaFlag.WipeOnFork);
    }
    case Advice.DontFork: {
      return change(memory, vma, first, end, VmaFlag.DontFork, 0);
    }
    case Advice.DoFork: {
      return change(memory, vma, first, end, 0, VmaFlag.DontFork);
    }
    case Advice.HugePage: {
      return change(memory, vma, first, end, VmaFlag.HugePage, VmaFlag.NoHugePage);
    }
    case Advice.NoHugePage: {
      return change(memory, vma, first, end, VmaFlag.NoHugePage, VmaFlag.HugePage);
    }
    default: {
      return 0;
    }
  }
}

/** Gives a part of a VMA flags, and takes others. */
function change(memory: Memory, vma: Vma, first: u64, end: u64, give: u32, take: u32): i64 {
  const flags = (vma.flags & ~take) | give;
  if (flags == vma.flags) return 0;
  if (!cutAt(memory, first) || !cutAt(memory, end)) return failed(Errno.ENOMEM);
  const part = vmaAt(memory, first);
  if (!part) return failed(Errno.ENOMEM);
  part.flags = flags;
  mergeVma(memory, part);
  return 0;
}
