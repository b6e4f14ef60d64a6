// munmap, and what other calls do of it. Linux 6.12 (mm/vma.c: do_vmi_munmap, vms_gather_munmap_vmas).

import { Errno, failed } from "./errno";
import { countPages } from "./limits";
import { Memory, maxMaps, pageShift, topPage } from "./memory";
import { dropPages, pruneRange } from "./pages";
import { removeVma, splitVma, vmaFrom, vmaIn } from "./vma";

/** Whole pages that so many bytes need; 0 also where they are more than an address can say. */
export function pagesOf(bytes: u64): u64 {
  const mask = ((<u64>1) << pageShift) - 1;
  return bytes + mask < bytes ? 0 : (bytes + mask) >> pageShift;
}

export function isAligned(va: u64): bool {
  return (va & (((<u64>1) << pageShift) - 1)) == 0;
}

/** Whether so many pages from `first` on reach the last address that there is. */
export function isWrapped(first: u64, pages: u64): bool {
  return first + pages > u64.MAX_VALUE >> pageShift;
}

/** munmap(2). 0, or an errno negated. */
export function munmap(memory: Memory, va: u64, bytes: u64): i64 {
  const pages = pagesOf(bytes);
  return isAligned(va) && pages ? unmapPages(memory, va >> pageShift, pages) : failed(Errno.EINVAL);
}

/** The same, of pages, one at least. */
export function unmapPages(memory: Memory, first: u64, pages: u64): i64 {
  if (first > topPage || pages > topPage - first) return failed(Errno.EINVAL);
  return unmapRange(memory, first, first + pages);
}

/** Whether [first, end) may be cut out of a VMA, where it is amid one. */
export function mayCut(memory: Memory, first: u64, end: u64): bool {
  const vma = vmaFrom(memory, first);
  return !vma || vma.first >= first || vma.end <= end || memory.vmaCount < maxMaps;
}

/** Unmaps whatever is in [first, end). 0, or an errno negated. */
export function unmapRange(memory: Memory, first: u64, end: u64): i64 {
  if (vmaIn(memory, first, end)) {
    if (!mayCut(memory, first, end)) return failed(Errno.ENOMEM);
    if (!cutAt(memory, first) || !cutAt(memory, end)) return failed(Errno.ENOMEM);
    for (let at = first; at < end; ) {
      const each = vmaIn(memory, at, end);
      if (!each) break;
      at = each.end;
      dropPages(memory, each, each.first, at);
      countPages(memory, each, -(<i64>each.pages()));
      removeVma(memory, each);
    }
  }
  // Pages of addresses without a mapping.
  dropPages(memory, null, first, end);
  pruneRange(memory, first, end);
  return 0;
}

/** Sees to it that no VMA goes across the beginning of a page. False when memory is used up. */
export function cutAt(memory: Memory, page: u64): bool {
  const vma = vmaFrom(memory, page);
  return !vma || vma.first >= page || splitVma(memory, vma, page) != null;
}
