// munmap, and what other calls do of it.

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

/** munmap(2). 0, or an errno negated. */
export function munmap(memory: Memory, va: u64, bytes: u64): i64 {
  const pages = pagesOf(bytes);
  const first = va >> pageShift;
  if (!isAligned(va) || !pages || first >= topPage || pages > topPage - first) return failed(Errno.EINVAL);
  return unmapRange(memory, first, first + pages);
}

/** Unmaps whatever is in [first, end). 0, or an errno negated. */
export function unmapRange(memory: Memory, first: u64, end: u64): i64 {
  const vma = vmaFrom(memory, first);
  if (vma && vma.first < first && vma.end > end && memory.vmaCount >= maxMaps) return failed(Errno.ENOMEM);
  if (!cutAt(memory, first) || !cutAt(memory, end)) return failed(Errno.ENOMEM);
  while (true) {
    const each = vmaIn(memory, first, end);
    if (!each) break;
    dropPages(memory, each, each.first, each.end);
    countPages(memory, each, -(<i64>each.pages()));
    removeVma(memory, each);
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
