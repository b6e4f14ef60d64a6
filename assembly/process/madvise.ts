// madvise. The order of the checks is that of Linux 6.12 (mm/madvise.c: do_madvise, madvise_vma_behavior, madvise_populate).

import { Errno, failed } from "./errno";
import { punchHole } from "./files";
import { Memory, pageShift } from "./memory";
import { modify } from "./modify";
import { isAligned, isWrapped, pagesOf } from "./munmap";
import { Populate, dropPages, freePages, pageOut, populatePages, pruneRange } from "./pages";
import { Protection, Vma, VmaFlag, vmaAt, vmaIn } from "./vma";

/** What is advised; `Unknown` is any other. */
export enum Advice {
  Unknown,
  /** Advice that changes nothing that is counted: WILLNEED. */
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
  Normal,
  Random,
  Sequential,
  DontDump,
  DoDump,
  Mergeable,
  Unmergeable,
  /** Changes nothing that is counted, and wants what is not locked. */
  Cold,
  /** DontNeed, of what is locked, too. */
  DontNeedLocked,
  PopulateRead,
  PopulateWrite,
}

/** madvise(2): 0, or an errno negated. Over a hole, what is mapped is advised and the result is ENOMEM. */
export function madvise(memory: Memory, va: u64, bytes: u64, advice: Advice): i64 {
  if (advice == Advice.Unknown || !isAligned(va)) return failed(Errno.EINVAL);
  if (!bytes) return 0;
  const pages = pagesOf(bytes);
  const first = va >> pageShift;
  if (!pages || isWrapped(first, pages)) return failed(Errno.EINVAL);
  const end = first + pages;
  if (advice == Advice.PopulateRead) return populate(memory, first, end, false);
  if (advice == Advice.PopulateWrite) return populate(memory, first, end, true);
  let result: i64 = 0;
  for (let at = first; at < end; ) {
    const vma = vmaIn(memory, at, end);
    if (!vma) return failed(Errno.ENOMEM);
    if (vma.first > at) result = failed(Errno.ENOMEM);
    const from = max(vma.first, at);
    at = min(vma.end, end);
    const error = advise(memory, vma, from, at, advice);
    if (error < 0) return error;
  }
  return result;
}

/** Up to a hole, or to what may not be read or written. */
function populate(memory: Memory, first: u64, end: u64, write: bool): i64 {
  const wanted: u32 = write ? Protection.Write : Protection.Read;
  for (let at = first; at < end; ) {
    const vma = vmaAt(memory, at);
    if (!vma) return failed(Errno.ENOMEM);
    if (!(vma.protection & wanted)) return failed(Errno.EINVAL);
    const last = min(vma.end, end);
    const error = populatePages(memory, at, last, write ? Populate.Write : Populate.Read);
    if (error < 0) return error;
    at = last;
  }
  return 0;
}

/** Advises a part of a VMA. */
function advise(memory: Memory, vma: Vma, first: u64, end: u64, advice: Advice): i64 {
  const locked = (vma.flags & VmaFlag.Locked) != 0;
  switch (advice) {
    case Advice.DontNeed:
    case Advice.DontNeedLocked: {
      if (locked && advice == Advice.DontNeed) return failed(Errno.EINVAL);
      dropPages(memory, vma, first, end);
      pruneRange(memory, first, end);
      return 0;
    }
    case Advice.Free: {
      if (vma.file || locked) return failed(Errno.EINVAL);
      freePages(memory, vma, first, end);
      return 0;
    }
    case Advice.Remove: {
      if (locked || !vma.file) return failed(Errno.EINVAL);
      if (!vma.isShared() || !(vma.flags & VmaFlag.MayWrite)) return failed(Errno.EACCES);
      return punchHole(vma, first, end) ? 0 : failed(Errno.ENOMEM);
    }
    case Advice.Cold: {
      return locked ? failed(Errno.EINVAL) : 0;
    }
    case Advice.PageOut: {
      if (locked) return failed(Errno.EINVAL);
      pageOut(memory, first, end);
      return 0;
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
    case Advice.Normal: {
      return change(memory, vma, first, end, 0, <u32>VmaFlag.RandomReads | <u32>VmaFlag.SequentialReads);
    }
    case Advice.Random: {
      return change(memory, vma, first, end, VmaFlag.RandomReads, VmaFlag.SequentialReads);
    }
    case Advice.Sequential: {
      return change(memory, vma, first, end, VmaFlag.SequentialReads, VmaFlag.RandomReads);
    }
    case Advice.DontDump: {
      return change(memory, vma, first, end, VmaFlag.DontDump, 0);
    }
    case Advice.DoDump: {
      return change(memory, vma, first, end, 0, VmaFlag.DontDump);
    }
    case Advice.Mergeable: {
      return vma.isShared() ? 0 : change(memory, vma, first, end, VmaFlag.Mergeable, 0);
    }
    case Advice.Unmergeable: {
      return change(memory, vma, first, end, 0, VmaFlag.Mergeable);
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
  return modify(memory, vma, first, end, vma.protection, flags) ? 0 : failed(Errno.EAGAIN);
}
