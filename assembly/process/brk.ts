// brk: the end of the heap, in bytes. The order of the checks is that of Linux 6.12 (mm/mmap.c: brk; mm/vma.c: do_brk_flags).

import { countPages, mayCommit, mayExpand, mayLock } from "./limits";
import { Memory, lowPage, maxMaps, pageShift, topPage } from "./memory";
import { unmapRange } from "./munmap";
import { Populate, populatePages } from "./pages";
import { Protection, VmaFlag, addVma, isFree, mergeVma, vmaFrom } from "./vma";
import { Limit, limitOf } from "./tally";

const FLAGS: u32 =
  <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute | <u32>VmaFlag.Accounted;

/** brk(2) as the kernel has it: the break that is now, which is the old one where the new one could not be had. A process that has no heap yet begins it there. */
export function brk(memory: Memory, to: u64): u64 {
  if (!memory.brkStart && to) {
    if (to >> pageShift >= topPage) return 0;
    memory.brkStart = to;
    memory.brk = to;
  }
  if (to < memory.brkStart || !to) return memory.brk;
  const data = limitOf(Limit.Data);
  if (data != u64.MAX_VALUE && to - memory.brkStart > data) return memory.brk;
  const mask = ((<u64>1) << pageShift) - 1;
  if (to + mask < to) return memory.brk;
  const end = (to + mask) >> pageShift;
  const old = (memory.brk + mask) >> pageShift;
  if (end < old) {
    if (isFree(memory, end, old) || unmapRange(memory, end, old) < 0) return memory.brk;
  } else if (end > old && !growHeap(memory, old, end)) {
    return memory.brk;
  }
  memory.brk = to;
  return to;
}

function growHeap(memory: Memory, old: u64, end: u64): bool {
  if (end > topPage || old < lowPage) return false;
  const pages = end - old;
  if (memory.lockFuture && !mayLock(memory, pages)) return false;
  const above = vmaFrom(memory, old);
  // A page between the heap and what is above it stays free.
  if (above && above.begin() < end + 1) return false;
  if (!mayExpand(memory, pages, true) || memory.vmaCount > maxMaps || !mayCommit(pages)) return false;
  const flags: u32 = FLAGS | (memory.lockFuture ? <u32>VmaFlag.Locked : 0);
  const vma = addVma(memory, old, end, Protection.Read | Protection.Write, flags, 0, 0);
  if (!vma) return false;
  countPages(memory, vma, pages);
  mergeVma(memory, vma);
  if (memory.lockFuture) populatePages(memory, old, end, Populate.Usual);
  return true;
}
