// mremap. The order of the checks is that of Linux 6.12 (mm/mremap.c: mremap, mremap_to, vma_to_resize, move_vma).

import { Errno, failed } from "./errno";
import { countPages, isData, mayCommit, mayExpand, mayLock } from "./limits";
import { Memory, lowPage, maxMaps, pageShift, topPage } from "./memory";
import { placeNear } from "./mmap";
import { isAligned, pagesOf, unmapPages, unmapRange } from "./munmap";
import { Populate, movePages, populatePages, moved, readyToMove } from "./pages";
import { Vma, VmaFlag, addVma, isFree, mergeVma, moveEnds, vmaAt } from "./vma";

export enum Remap {
  MayMove = 1,
  Fixed = 2,
}

/** VMAs that a move may need for a while. */
const SPARE: u32 = 3;

/** mremap(2): the address, or an errno negated. */
export function mremap(memory: Memory, va: u64, oldBytes: u64, newBytes: u64, flags: u32, to: u64): i64 {
  if (flags & Remap.Fixed && !(flags & Remap.MayMove)) return failed(Errno.EINVAL);
  if (!isAligned(va)) return failed(Errno.EINVAL);
  const pages = pagesOf(newBytes);
  if (!pages) return failed(Errno.EINVAL);
  const first = va >> pageShift;
  const old = pagesOf(oldBytes);
  if (!vmaAt(memory, first)) return failed(Errno.EFAULT);
  if (flags & Remap.Fixed) return moveTo(memory, va, old, pages, to);
  if (old >= pages) {
    const shrunk = old > pages ? unmapPages(memory, first + pages, old - pages) : 0;
    return shrunk < 0 ? shrunk : <i64>va;
  }
  const error = mayResize(memory, first, old, pages);
  if (error < 0) return error;
  const vma = changetype<Vma>(vmaAt(memory, first));
  if (old == vma.end - first && first + pages <= topPage && isFree(memory, vma.end, first + pages)) {
    return grow(memory, vma, pages - old) ? <i64>va : failed(Errno.ENOMEM);
  }
  if (!(flags & Remap.MayMove)) return failed(Errno.ENOMEM);
  const place = placeNear(memory, 0, pages);
  return place < 0 ? place : move(memory, first, old, pages, <u64>place);
}

/** Moves to a place that was asked for: what is there goes first. */
function moveTo(memory: Memory, va: u64, oldPages: u64, pages: u64, to: u64): i64 {
  const first = va >> pageShift;
  const place = to >> pageShift;
  if (!isAligned(to) || pages > topPage || place > topPage - pages) return failed(Errno.EINVAL);
  if (va + (oldPages << pageShift) > to && (place + pages) << pageShift > va) return failed(Errno.EINVAL);
  if (memory.vmaCount + 2 + SPARE >= maxMaps) return failed(Errno.ENOMEM);
  const cleared = unmapRange(memory, place, place + pages);
  if (cleared < 0) return cleared;
  let old = oldPages;
  if (old > pages) {
    const shrunk = unmapPages(memory, first + pages, old - pages);
    if (shrunk < 0) return shrunk;
    old = pages;
  }
  const error = mayResize(memory, first, old, pages);
  if (error < 0) return error;
  return place < lowPage ? failed(Errno.EPERM) : move(memory, first, old, pages, place);
}

/** Whether [first, first + old) may become `pages` long, promises apart: 0, or an errno negated. */
function mayResize(memory: Memory, first: u64, old: u64, pages: u64): i64 {
  const vma = vmaAt(memory, first);
  if (!vma) return failed(Errno.EFAULT);
  if (!old && !vma.isShared()) return failed(Errno.EINVAL);
  if (old > vma.end - first) return failed(Errno.EFAULT);
  if (pages == old) return 0;
  const more = pages - old;
  if (vma.file && vma.indexOf(first) + pages < pages) return failed(Errno.EINVAL);
  if (vma.flags & VmaFlag.Locked && !mayLock(memory, more)) return failed(Errno.EAGAIN);
  return mayExpand(memory, more, isData(vma.protection, vma.flags)) ? 0 : failed(Errno.ENOMEM);
}

function isPromised(vma: Vma, more: u64): bool {
  return !(vma.flags & VmaFlag.Accounted) || mayCommit(more);
}

/** Lets a VMA grow where it is. False where that is more than may be promised. */
function grow(memory: Memory, vma: Vma, more: u64): bool {
  if (!isPromised(vma, more)) return false;
  const end = vma.end;
  countPages(memory, vma, more);
  moveEnds(memory, vma, vma.first, end + more);
  const merged = mergeVma(memory, vma);
  if (merged.flags & VmaFlag.Locked) populatePages(memory, end, end + more, Populate.Usual);
  return true;
}

/** Maps what [first, first + old) maps at a free place, `pages` long, and there alone. The address, or an errno negated. */
function move(memory: Memory, first: u64, old: u64, pages: u64, place: u64): i64 {
  const vma = changetype<Vma>(vmaAt(memory, first));
  if (memory.vmaCount + SPARE >= maxMaps) return failed(Errno.ENOMEM);
  if (!isPromised(vma, pages - old)) return failed(Errno.ENOMEM);
  if (!readyToMove(memory, first, first + old, place)) return failed(Errno.ENOMEM);
  const offset = vma.file ? vma.indexOf(first) : 0;
  const made = addVma(memory, place, place + pages, vma.protection, vma.flags, vma.file, offset);
  if (!made) return failed(Errno.ENOMEM);
  made.name = vma.name;
  countPages(memory, made, pages);
  if (old && !movePages(memory, first, first + old, made)) return failed(Errno.ENOMEM);
  moved(memory);
  const locked = made.flags & VmaFlag.Locked;
  if (old) {
    const unmapped = unmapRange(memory, first, first + old);
    if (unmapped < 0) return unmapped;
  }
  mergeVma(memory, made);
  if (locked && pages > old) populatePages(memory, place + old, place + pages, Populate.Usual);
  return <i64>(place << pageShift);
}
