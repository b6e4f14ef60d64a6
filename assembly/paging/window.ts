// The working set of a window of the trace: the pages that it looks up. Each page of each address space carries the number of the last
// window that looked it up; a window counts a page when it finds another number there.

import { NO_PAGE, PageMap, newPageMap } from "./pagemap";

/** Lookups are noted. */
export let windowing: bool = false;
/** Pages looked up since the window began. */
export let workingSet: u32 = 0;

/** The window's number. */
let number: u32 = 0;
/** By the number of a space, the address of a map from its pages to numbers of windows. */
let bySpace: PageMap = changetype<PageMap>(0);
/** The space, its map, and the page that were noted last. */
let lastSpace: u32 = u32.MAX_VALUE;
let lastMap: PageMap = changetype<PageMap>(0);
let lastPage: u64 = NO_PAGE;

/** Begins a window. False when memory is used up. */
export function openWindow(): bool {
  if (!changetype<usize>(bySpace)) {
    const made = newPageMap();
    if (!made) return false;
    bySpace = made;
  }
  windowing = true;
  number++;
  workingSet = 0;
  lastPage = NO_PAGE;
  return true;
}

/** No window is open from now on. */
export function closeWindow(): void {
  windowing = false;
}

/** A page of a space is looked up. False when memory is used up. */
export function noteInWindow(space: u32, page: u64): bool {
  if (page == lastPage && space == lastSpace) return true;
  if (space != lastSpace && !findMap(space)) return false;
  lastPage = page;
  if (lastMap.get(page) == number) return true;
  workingSet++;
  return lastMap.put(page, number);
}

function findMap(space: u32): bool {
  let at = <usize>bySpace.get(space);
  if (!at) {
    at = changetype<usize>(newPageMap());
    if (!at || !bySpace.put(space, <u32>at)) return false;
  }
  lastSpace = space;
  lastMap = changetype<PageMap>(at);
  return true;
}

/** The pages of a space are no more: those that another process has there later are others. */
export function forgetSpace(space: u32): void {
  if (!changetype<usize>(bySpace)) return;
  const at = <usize>bySpace.get(space);
  if (at) changetype<PageMap>(at).clear();
  lastPage = NO_PAGE;
}
