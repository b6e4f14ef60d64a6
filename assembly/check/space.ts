// The memory of a process, as the checker sees it. One of them is entered at a time.

import { takeBlock } from "../base/blocks";

/** log2 of the struct's bytes. */
export const SPACE_BITS: u32 = 7;

@unmanaged
export class Space {
  /** The process's. */
  number: u64;
  /** The hash table of pages (`shadow.ts`): its address, log2 of its entries, how many are used. */
  pages: usize;
  pagesBits: u32;
  pageCount: u32;
  /** The tree of blocks (`blocks.ts`). */
  root: usize;
  /** Blocks of the checker's own that were freed, the oldest first, and their bytes. */
  oldest: usize;
  newest: usize;
  /** Ranges that are mapped, sorted: a u64 for where each begins, one for where it ends; log2 of their bytes. */
  areas: usize;
  areaCount: u32;
  areaBits: u32;
  quarantined: u64;
  /** Where the next block is placed. */
  top: u64;
  /** Of blocks that are live: bytes, and how many. */
  liveBytes: u64;
  liveBlocks: u64;
}

/** The one that is entered. */
export let space: Space = changetype<Space>(0);

/** A space with nothing in it, or 0 when memory is used up. */
export function takeSpace(number: u64): usize {
  const at = takeBlock(SPACE_BITS);
  if (at) changetype<Space>(at).number = number;
  return at;
}

export function setSpace(to: usize): void {
  space = changetype<Space>(to);
}
