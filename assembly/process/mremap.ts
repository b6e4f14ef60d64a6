// mremap. The order of the checks is that of Linux 6.6 (mm/mremap.c: mremap, mremap_to, vma_to_resize, move_vma).

import { Errno, failed } from "./errno";
import { countPages, exceeds, isData, mayCommit, mayExpand } from "./limits";
import { Limit, Memory, maxMaps, pageShift, topPage } from "./memory";
import { placeNear } from "./mmap";
import { isAligned, pagesOf, unmapRange } from "./munmap";
import { movePages, populatePages } from "./pages";
import { Vma, VmaFlag, addVma, isFree, mergeVma, moveEnds, vmaAt } from "./vma";

export enum Remap {
  MayMove = 1,
  Fixed = 2,
}

/** mremap(2): the address, or an errno negated. */
export function mremap(memory: Memory, va: u64, oldBytes: u64, newBytes: u64, flags: u32, to: u64): i64 {
  if (flags & Remap.Fixed && !(flags & Remap.MayMove)) return failed(Errno.EINVAL);
  if (!isAligned(va)) return failed(Errno.EINVAL);
  const pages = pagesOf(newBytes);
  if (!pages) return failed(Errno.EINVAL);
  const first = va >> pageShift;
  let old = pagesOf(oldBytes);
  if (!vmaAt(memory, first)) return failed(Errno.EFAULT);
  if (flags & Remap.Fixed) {
    const place = to >> pageShift;
    if (!isAligned(to) || pages > topPage || place > topPage - pages) return failed(Errno.EINVAL);
    if (first + old > place && place + pages > first) return failed(Errno.EINVAL);
    if (memory.vmaCount + 2 >= maxMaps) return failed(Errno.ENOMEM);
    const cleared = unmapRange(memory, place, place + pages);
    if (cleared < 0) return cleared;
    if (old > pages) {
      const shrunk = unmapRange(memory, first + pages, first + old);
      if (shrunk < 0) return shrunk;
      old = pages;
    }
    const error = mayResize(memory, first, old, pages);
    return error < 0 ? error : move(memory, first, old, pages, place);
  }
  if (old >= pages) {
    const shrunk = old > pages ? unmapRange(memory, first + pages, first + old) : 0;
    return shrunk < 0 ? shrunk : <i64>va;
  }
  const error = mayResize(memory, first, old, pages);
  if (error < 0) return error;
  const vma = changetype<Vma>(vmaAt(memory, first));
  if (old == vma.end - first && first + pages <= topPage && isFree(memory, vma.end, first + pages)) {
    grow(memory, vma, pages - old);
    return <i64>va;
  }
  if (!(flags & Remap.MayMove)) return failed(Errno.ENOMEM);
  const place = placeNear(memory, 0, pages);
  return place < 0 ? place : move(memory, first, old, pages, <u64>place);
}

/** Whether [first, first + old) may become `pages` long: 0, or an errno negated. */
function mayResize(memory: Memory, first: u64, old: u64, pages: u64): i64 {
  const vma = vmaAt(memory, first);
  if (!vma) return failed(Errno.EFAULT);
  if (!old && !vma.isShared()) return failed(Errno.EINVAL);
  if (old > vma.end - first) return failed(Errno.EFAULT);
  if (pages == old) return 0;
  const more = pages - old;
  if (vma.file && vma.indexOf(first) + pages < pages) return failed(Errno.EINVAL);
  if (vma.flags & VmaFlag.Locked && exceeds(memory.locked + more, memory.limit(Limit.Locked)))
    return failed(Errno.EAGAIN);
  if (!mayExpand(memory, more, isData(vma.protection, vma.flags))) return failed(Errno.ENOMEM);
  return vma.flags & VmaFlag.Accounted && !mayCommit(more) ? failed(Errno.ENOMEM) : 0;
}

/** Lets a VMA grow where it is. */
function grow(memory: Memory, vma: Vma, more: u64): void {
  const end = vma.end;
  countPages(memory, vma, more);
  moveEnds(memory, vma, vma.first, end + more);
  const merged = mergeVma(memory, vma);
  if (merged.flags & VmaFlag.Locked) populatePages(memory, end, end + more);
}

/** Maps what [first, first + old) maps at a free place, `pages` long, and there alone. The address, or an errno negated. */
function move(memory: Memory, first: u64, old: u64, pages: u64, place: u64): i64 {
  const vma = changetype<Vma>(vmaAt(memory, first));
  if (memory.vmaCount + 3 > maxMaps) return failed(Errno.ENOMEM);
  const offset = vma.file ? vma.indexOf(first) : 0;
  const made = addVma(memory, place, place + pages, vma.protection, vma.flags, vma.file, offset);
  if (!made) return failed(Errno.ENOMEM);
  made.name = vma.name;
  countPages(memory, made, pages);
  if (old && !movePages(memory, first, first + old, made)) return failed(Errno.ENOMEM);
  const locked = made.flags & VmaFlag.Locked;
  mergeVma(memory, made);
  if (old) {
    const unmapped = unmapRange(memory, first, first + old);
    if (unmapped < 0) return unmapped;
  }
  if (locked && pages > old) populatePages(memory, place + old, place + pages);
  return <i64>(place << pageShift);
}
