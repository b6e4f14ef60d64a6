// mprotect. The order of the checks is that of Linux 6.12 (mm/mprotect.c: do_mprotect_pkey, mprotect_fixup).

import { NO_PAGE } from "../paging/pagemap";
import { Errno, failed } from "./errno";
import { isStrict } from "./fault";
import { isData, mayCommit, mayExpand } from "./limits";
import { Memory, pageShift } from "./memory";
import { modify } from "./modify";
import { isAligned, isWrapped, pagesOf } from "./munmap";
import { Populate, populatePages, protectPages } from "./pages";
import { Protection, Vma, VmaFlag, vmaAt, vmaFrom } from "./vma";

/** mprotect(2): 0, or an errno negated. What lies before what fails is changed. */
export function mprotect(memory: Memory, va: u64, bytes: u64, protection: u32): i64 {
  if (!isAligned(va)) return failed(Errno.EINVAL);
  if (!bytes) return 0;
  const pages = pagesOf(bytes);
  const first = va >> pageShift;
  if (!pages || isWrapped(first, pages)) return failed(Errno.ENOMEM);
  const end = first + pages;
  for (let at = first; at < end; ) {
    const vma = vmaAt(memory, at);
    if (!vma) {
      if (isStrict()) return failed(Errno.ENOMEM);
      // What may be used without a mapping is there, as far as anybody knows: a log does not tell what an exec mapped.
      const next = vmaFrom(memory, at);
      at = next ? min(next.first, end) : end;
      continue;
    }
    const last = min(vma.end, end);
    const changed = protect(memory, vma, at, last, protection);
    if (changed < 0) return changed;
    at = last;
  }
  return 0;
}

/** Whether a protection asks for something that a mapping may not get. */
function isRefused(vma: Vma, protection: u32): bool {
  if (protection & Protection.Read && !(vma.flags & VmaFlag.MayRead)) return true;
  if (protection & Protection.Write && !(vma.flags & VmaFlag.MayWrite)) return true;
  return (protection & Protection.Execute) != 0 && !(vma.flags & VmaFlag.MayExecute);
}

/** Protects a part of a VMA. */
function protect(memory: Memory, vma: Vma, first: u64, end: u64, protection: u32): i64 {
  if (isRefused(vma, protection)) return failed(Errno.EACCES);
  if (vma.protection == protection) return 0;
  let flags = vma.flags;
  if (protection & Protection.Write) {
    const pages = end - first;
    const may = mayExpand(memory, pages, isData(protection, flags));
    // As Linux has it: what no mapping could have now is no reason.
    if (!may && mayExpand(memory, pages, isData(vma.protection, flags))) return failed(Errno.ENOMEM);
    if (isUnpromised(vma)) {
      if (!mayCommit(pages)) return failed(Errno.ENOMEM);
      flags |= VmaFlag.Accounted;
    }
  } else if (!vma.file && isUntouched(memory, vma)) {
    flags &= ~(<u32>VmaFlag.Accounted);
  }
  const before = vma.protection;
  const part = modify(memory, vma, first, end, protection, flags);
  if (!part || !protectPages(memory, part, first, end)) return failed(Errno.ENOMEM);
  const opened = (protection & ~before & Protection.Write) != 0 && !part.isShared();
  if (opened && part.flags & VmaFlag.Locked) populatePages(memory, first, end, Populate.Usual);
  return 0;
}

/** Whether a mapping must be promised before it may be written. */
function isUnpromised(vma: Vma): bool {
  const done: u32 = <u32>VmaFlag.Accounted | <u32>VmaFlag.Shared | <u32>VmaFlag.NoReserve;
  return !(vma.flags & done) && !(vma.protection & Protection.Write);
}

/** Whether a mapping has no pages yet: a promise of it can be taken back. */
function isUntouched(memory: Memory, vma: Vma): bool {
  return memory.pages.next(vma.first, vma.end - 1) == NO_PAGE;
}
