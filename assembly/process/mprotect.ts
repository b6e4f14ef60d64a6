// mprotect. The order of the checks is that of Linux 6.6 (mm/mprotect.c: do_mprotect_pkey, mprotect_fixup).

import { Errno, failed } from "./errno";
import { countPages, isData, mayCommit, mayHold } from "./limits";
import { Memory, maxMaps, pageShift } from "./memory";
import { cutAt, isAligned, pagesOf } from "./munmap";
import { protectPages } from "./pages";
import { Protection, Vma, VmaFlag, mergeVma, vmaAt } from "./vma";

/** mprotect(2): 0, or an errno negated. What lies before what fails is changed. */
export function mprotect(memory: Memory, va: u64, bytes: u64, protection: u32): i64 {
  if (!isAligned(va)) return failed(Errno.EINVAL);
  if (!bytes) return 0;
  const pages = pagesOf(bytes);
  const first = va >> pageShift;
  if (!pages || first + pages <= first) return failed(Errno.ENOMEM);
  const end = first + pages;
  for (let at = first; at < end; ) {
    const vma = vmaAt(memory, at);
    if (!vma) return failed(Errno.ENOMEM);
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
  const pages = end - first;
  const data = isData(protection, vma.flags) && !isData(vma.protection, vma.flags);
  if (data && !mayHold(memory, pages)) return failed(Errno.ENOMEM);
  const promised = data && !(vma.flags & (VmaFlag.Accounted | VmaFlag.NoReserve));
  if (promised && !mayCommit(pages)) return failed(Errno.ENOMEM);
  const cuts = u32(vma.first < first) + u32(vma.end > end);
  if (cuts && memory.vmaCount + cuts > maxMaps) return failed(Errno.ENOMEM);
  if (!cutAt(memory, first) || !cutAt(memory, end)) return failed(Errno.ENOMEM);
  const part = vmaAt(memory, first);
  if (!part) return failed(Errno.ENOMEM);
  countPages(memory, part, -(<i64>pages));
  part.protection = protection;
  if (promised) part.flags |= VmaFlag.Accounted;
  countPages(memory, part, pages);
  if (!protectPages(memory, part, first, end)) return failed(Errno.ENOMEM);
  mergeVma(memory, part);
  return 0;
}
