// Pages of address spaces by what they are: part of no mapping (unallocated), mapped to a frame (cached), or neither (uncached).

import { Space, spaces } from "../mmu/space";
import { NO_PAGE } from "../paging/pagemap";
import { Memory, topPage } from "./memory";
import { vmaFrom } from "./vma";

export enum PageState {
  /** Pages of mappings, and those that were touched outside of all. */
  Allocated,
  /** Those of them that a table maps to a frame. */
  Cached,
  /** Other pages of the part of the address space that programs may map. */
  Unallocated,
  Length,
}

export const pageStates: usize = memory.data(<i32>PageState.Length * 8, 8);

/** Counts the pages of all address spaces that have an operating system. */
export function countStates(): void {
  memory.fill(pageStates, 0, <usize>PageState.Length * 8);
  for (let at = spaces; at; at = changetype<Space>(at).next) {
    const its = changetype<Space>(at).memory;
    if (!its) continue;
    const memory_ = changetype<Memory>(its);
    // A process that lives has a stack at least, or pages.
    if (!memory_.vmaCount && !memory_.pages.count) continue;
    const allocated = memory_.mapped + outside(memory_);
    add(PageState.Allocated, allocated);
    add(PageState.Cached, memory_.resident);
    add(PageState.Unallocated, topPage - allocated);
  }
}

function add(state: PageState, pages: u64): void {
  const slot = pageStates + ((<usize>state) << 3);
  store<u64>(slot, load<u64>(slot) + pages);
}

/** Pages that were touched where nothing is mapped. */
function outside(memory: Memory): u64 {
  let pages: u64 = 0;
  let from: u64 = 0;
  while (true) {
    const vma = vmaFrom(memory, from);
    pages += pagesFrom(memory, from, vma ? vma.first : NO_PAGE);
    if (!vma) return pages;
    from = vma.end;
  }
}

/** Pages that have something, from `first` to before `end`. */
function pagesFrom(memory: Memory, first: u64, end: u64): u64 {
  let pages: u64 = 0;
  for (let page = first; page < end; page++) {
    page = memory.pages.next(page, end - 1);
    if (page == NO_PAGE) break;
    pages++;
  }
  return pages;
}
