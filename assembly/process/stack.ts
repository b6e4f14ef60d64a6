// Stacks grow down when what lies below them is touched. Linux 6.12 (mm/mmap.c: expand_downwards, acct_stack_growth).

import { countPages, exceeds, mayCommit, mayExpand, mayLock } from "./limits";
import { Memory, lowPage } from "./memory";
import { STACK_GAP, Vma, VmaFlag, moveEnds, vmaBelow, vmaFrom } from "./vma";
import { Limit, limitOf } from "./tally";

/** Lets the stack above a page that has no mapping grow down to it: its VMA, or null where there is none, or it may not. */
export function growStack(memory: Memory, page: u64): Vma | null {
  const vma = vmaFrom(memory, page);
  if (!vma || !(vma.flags & VmaFlag.GrowsDown) || page < lowPage) return null;
  const below = vmaBelow(memory, vma.first);
  if (below && isInTheWay(below) && page - below.end < STACK_GAP) return null;
  const grown = vma.first - page;
  if (!mayExpand(memory, grown, false)) return null;
  if (exceeds(vma.end - page, limitOf(Limit.Stack))) return null;
  if (vma.flags & VmaFlag.Locked && !mayLock(memory, grown)) return null;
  if (!mayCommit(grown)) return null;
  moveEnds(memory, vma, page, vma.end);
  countPages(memory, vma, grown);
  return vma;
}

/** Another stack, or what nobody may use, may be right below. */
function isInTheWay(below: Vma): bool {
  return below.protection != 0 && !(below.flags & VmaFlag.GrowsDown);
}
