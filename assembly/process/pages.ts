// What happens to pages when mappings change. All ranges are [first, end) in pages of one address space.

import { Memory } from "./memory";

/** The mapping is gone: its pages are let go of. */
export function dropPages(memory: Memory, first: u64, end: u64): void {}

/** The protection or the kind of what is mapped changed: hardware entries follow the VMAs that are there now. */
export function protectPages(memory: Memory, first: u64, end: u64): void {}

/** The mapping moved: its pages are found at `to` from now on. False when memory is used up. */
export function movePages(memory: Memory, first: u64, end: u64, to: u64): bool {
  return true;
}

/** Makes the pages of mapped ranges resident, as MAP_POPULATE and mlock do; `write`: as a store would. What cannot be is left. 0, or an errno negated. */
export function populatePages(memory: Memory, first: u64, end: u64, write: bool): i64 {
  return 0;
}

/** mlock, munlock: resident pages may not leave, or may again. */
export function lockPages(memory: Memory, first: u64, end: u64, lock: bool): void {}

/** The contents of private pages are dropped, as MADV_DONTNEED does; mappings stay. */
export function discardPages(memory: Memory, first: u64, end: u64): void {}

/** MADV_PAGEOUT: resident pages that are mapped once leave, as if they were chosen. */
export function pageOut(memory: Memory, first: u64, end: u64): void {}

/** MADV_FREE: private anonymous pages count as clean and without content until they are stored to. */
export function freePages(memory: Memory, first: u64, end: u64): void {}

/** MADV_REMOVE: the file's bytes behind a shared mapping become a hole. */
export function punchHole(memory: Memory, first: u64, end: u64): void {}
