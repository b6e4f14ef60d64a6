// Parts of VMAs get other attributes: what mprotect, madvise and mlock have in common.

import { countPages } from "./limits";
import { Memory, maxMaps } from "./memory";
import { cutAt } from "./munmap";
import { Vma, cutsOf, mergeVma, vmaAt } from "./vma";

/** Gives [first, end) of a VMA another protection and other flags. The VMA that it is in now; null when there would be too many, or memory is used up. */
export function modify(
  memory: Memory,
  vma: Vma,
  first: u64,
  end: u64,
  protection: u32,
  flags: u32,
): Vma | null {
  const cuts = cutsOf(memory, vma, first, end, protection, flags);
  if (cuts && memory.vmaCount + cuts > maxMaps) return null;
  if (!cutAt(memory, first) || !cutAt(memory, end)) return null;
  const part = changetype<Vma>(vmaAt(memory, first));
  countPages(memory, part, -(<i64>part.pages()));
  part.protection = protection;
  part.flags = flags;
  countPages(memory, part, part.pages());
  return mergeVma(memory, part);
}
