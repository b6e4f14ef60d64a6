// Stacks grow down when what lies below them is touched.

import { countPages, exceeds, mayExpand } from "./limits";
import { Limit, Memory } from "./memory";
import { STACK_GAP, Vma, VmaFlag, moveEnds, vmaBelow, vmaFrom } from "./vma";

/** Lets the stack above a page that has no mapping grow down to it: its VMA, or null where there is none, or it may not. */
export function growStack(memory: Memory, page: u64): Vma | null {
  const vma = vmaFrom(memory, page);
  if (!vma || !(vma.flags & VmaFlag.GrowsDown)) return null;
  const grown = vma.first - page;
  if (exceeds(vma.end - page, memory.limit(Limit.Stack))) return null;
  if (!mayExpand(memory, grown, false)) return null;
  const below = vmaBelow(memory, vma.first);
  if (below && !(below.flags & VmaFlag.GrowsDown) && below.end + STACK_GAP > page) return null;
  moveEnds(memory, vma, page, vma.end);
  countPages(memory, vma, grown);
  return vma;
}
