// What a process may have: resource limits, and memory that is promised against what there is.

import { Memory, account, commitLimit, committed, overcommit, pageShift, totalPages } from "./memory";
import { Protection, Vma, VmaFlag } from "./vma";
import { Limit, limitOf } from "./tally";

/** What every process is given, whatever its limits: its program, and the beginning of its stack. */
let granted: bool = false;

/** Limits hold for nothing that is mapped from now on, or (off) for all again. */
export function grant(on: bool): void {
  granted = on;
}

/** Whether so many pages are more than a limit in bytes. */
export function exceeds(pages: u64, limit: u64): bool {
  return limit != u64.MAX_VALUE && pages > limit >> pageShift;
}

/** Private memory that may be written, stacks apart: what RLIMIT_DATA counts. */
export function isData(protection: u32, flags: u32): bool {
  return (protection & Protection.Write) != 0 && !(flags & (VmaFlag.Shared | VmaFlag.GrowsDown));
}

/** Whether `pages` more of a kind may be mapped: RLIMIT_AS, RLIMIT_DATA. */
export function mayExpand(memory: Memory, pages: u64, data: bool): bool {
  if (granted) return true;
  if (exceeds(memory.mapped + pages, limitOf(Limit.AddressSpace))) return false;
  return !data || !exceeds(memory.data + pages, limitOf(Limit.Data));
}

/** Whether `pages` more may be locked: RLIMIT_MEMLOCK. */
export function mayLock(memory: Memory, pages: u64): bool {
  return !exceeds(memory.locked + pages, limitOf(Limit.Locked));
}

/** Whether so many pages may be promised, besides others that will be: 0 refuses what RAM and swap together could never hold, 1 nothing, 2 what is above the limit. */
export function mayCommit(pages: u64, others: u64 = 0): bool {
  if (granted || overcommit == 1) return true;
  if (overcommit == 0) return pages <= totalPages;
  return committed + others + pages <= commitLimit;
}

/** Counts pages of a mapping that came, or (negative) go. */
export function countPages(memory: Memory, vma: Vma, pages: i64): void {
  memory.mapped += pages;
  if (isData(vma.protection, vma.flags)) memory.data += pages;
  if (vma.flags & VmaFlag.Accounted) account(memory, pages);
  if (vma.flags & VmaFlag.Locked) memory.locked += pages;
}
