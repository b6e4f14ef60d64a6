// Mappings let go of their pages.

import { ID, MAPPED, Memory } from "./memory";
import { Page, firstMapper, memoryOf, pageAt, placeOf, removeMapper } from "../paging/page";
import { clearAbsent, isInTable, leave } from "./hardware";
import { destroy, unlock, writtenBefore } from "./residency";
import { holdBack, note, release } from "./tables";
import { Vma, VmaFlag, vmaAt } from "./vma";

/** A mapping lets go of a page that it has. An anonymous one that nobody else maps is gone. */
export function unmapPage(memory: Memory, vma: Vma | null, page: u64): void {
  const entry = memory.pages.remove(page);
  const id = entry & ID;
  const here = pageAt(id);
  if (entry & MAPPED) {
    if (isInTable(memory, page) && leave(memory, page, 0)) writtenBefore(id, here);
    memory.resident--;
    if (vma && vma.flags & VmaFlag.Locked) unlock(here, id);
  } else {
    clearAbsent(memory, page);
  }
  note(memory, page, -1, entry & MAPPED ? -1 : 0);
  removeMapper(here, changetype<usize>(memory), page);
  if (!here.refs) destroy(id);
}

/** All mappings of a file's page let go of it. */
export function unmapEverywhere(page: Page): void {
  holdBack();
  for (let at = firstMapper(page); at; at = firstMapper(page)) {
    const memory = changetype<Memory>(memoryOf(at));
    const place = placeOf(at);
    unmapPage(memory, vmaAt(memory, place), place);
  }
  release();
}
