// The operating system's view of an address space: what is mapped where, and which pages are there. The hardware's view, page tables and
// TLB entries, is the `Space` of the MMU, and follows it.
//
//   Memory --> VMAs (vma.ts): [first, end) in pages, what they are and may do
//          --> PageMap: page number -> page (paging/page.ts)
//          --> Space (mmu/space.ts): tables

import { freeBlock, takeBlock } from "../base/blocks";
import { Space } from "../mmu/space";
import { PageMap, freePageMap, newPageMap } from "../paging/pagemap";

/** The most pages between the highest mapping and the top: 128 MiB of 4K. */
const GAP: u64 = 1 << 15;
/** log2 of the struct's bytes. */
const BITS: u32 = 8;

/** What a page map says of a page: its number, that it is mapped to its frame, that a store copies it first. */
export const ID: u32 = (1 << 30) - 1;
export const MAPPED: u32 = 1 << 31;
export const COW: u32 = 1 << 30;

@unmanaged
export class Memory {
  space: Space;
  pages: PageMap;
  /** The root of the tree of VMAs, and how many there are. */
  vmas: usize;
  vmaCount: u32;
  /** Processes that share it. */
  users: u32;
  /** Pages of VMAs: all; private writable ones (data, for RLIMIT_DATA); those accounted for against overcommit; mlocked. */
  mapped: u64;
  data: u64;
  accounted: u64;
  locked: u64;
  /** Where brk began, and where it is, in bytes. */
  brkStart: u64;
  brk: u64;
  /** Where mappings without a place are put below, in pages. */
  mmapBase: u64;
  /** Its number, from 0, and lookups that it made where frames are limited. */
  number: u32;
  lookups: u64;
  /** Pages that are mapped to frames. */
  resident: u64;
  /** Where its program begins; 0: it has none, or none of it may be executed. */
  entry: u64;
  /** A call has said where its heap ends. */
  heapTold: bool;
  /** mlockall(MCL_FUTURE) is in force. */
  lockFuture: bool;
  /** The host's number of its heap; 0: none. And its named blocks (blocks.ts). */
  heap: u32;
  blocks: usize;
}

/** Some process has mapped something. */
export let mapping: bool = false;

export function noteMapping(): void {
  mapping = true;
}

/** Memories made. A number is not given twice. */
export let memoryNumbers: u32 = 0;

/** An empty address space over `space`; null when memory is used up. */
export function newMemory(space: Space): Memory | null {
  const at = takeBlock(BITS);
  const pages = newPageMap();
  if (!at || !pages) return null;
  const memory = changetype<Memory>(at);
  memory.space = space;
  memory.pages = pages;
  memory.users = 1;
  memory.number = memoryNumbers++;
  memory.mmapBase = topPage - min(GAP, topPage / 6);
  return memory;
}

export function freeMemory(memory: Memory): void {
  freePageMap(memory.pages);
  freeBlock(changetype<usize>(memory), BITS);
}

/** log2 of the bytes of a page, the first page above what programs may map, and the lowest that may be mapped without being named. */
export let pageShift: u64 = 12;
export let topPage: u64 = 1 << 35;
export let lowPage: u64 = 16;
/** VMAs that a process may have. */
export let maxMaps: u32 = 65530;
/** Pages of RAM and swap together that overcommit is reckoned with; all ones: without bound. 0, 1 or 2 as Linux's vm.overcommit_memory. */
export let totalPages: u64 = u64.MAX_VALUE;
export let overcommit: u32 = 1;
/** Pages that may be promised where overcommit is 2. */
export let commitLimit: u64 = u64.MAX_VALUE;
/** Pages accounted for, over all address spaces. */
export let committed: u64 = 0;

export function openMemories(
  pageShift_: u32,
  topPage_: u64,
  lowPage_: u64,
  maxMaps_: u32,
  ramPages_: u64,
  swapPages_: u64,
): void {
  pageShift = pageShift_;
  topPage = topPage_;
  lowPage = lowPage_;
  maxMaps = maxMaps_;
  swapPages = swapPages_;
  setRam(ramPages_);
}

/** There are so many frames from now on (all ones: without bound). */
export function setRam(pages: u64): void {
  ramPages = swapPages == u32.MAX_VALUE ? u64.MAX_VALUE : pages;
  totalPages = ramPages == u64.MAX_VALUE ? ramPages : ramPages + swapPages;
  setOvercommit(overcommit, ratio);
}

export function limitMaps(most: u64): void {
  maxMaps = <u32>min<u64>(most, u32.MAX_VALUE);
}

/** Pages of RAM, swap apart (all ones: swap is without bound, or RAM is), of which a share may be promised where overcommit is 2. */
let ramPages: u64 = u64.MAX_VALUE;
let swapPages: u64 = 0;

/** Percent of RAM that may be promised where overcommit is 2. */
let ratio: u64 = 50;

/** `mode` as Linux's vm.overcommit_memory; `ratio` as its overcommit_ratio, 0: 50. */
export function setOvercommit(mode: u32, ratio_: u64): void {
  overcommit = mode;
  ratio = ratio_ ? ratio_ : 50;
  if (ramPages > u64.MAX_VALUE / ratio) commitLimit = u64.MAX_VALUE;
  else commitLimit = (ramPages * ratio) / 100 + swapPages;
}

/** Accounts for `by` pages more or less of an address space. */
export function account(memory: Memory, by: i64): void {
  memory.accounted += by;
  promise(by);
}

/** Accounts for `by` pages more or less that are no address space's. */
export function promise(by: i64): void {
  committed += by;
}
