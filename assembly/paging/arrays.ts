// Arrays by page id that grow. The bytes before such an array are kept with it: lists have their sentinels there.
//
//   block:  | log2 of its bytes, u32 | ... room, 56 bytes ... | array: page 0, page 1, ...
//                                                            ^ the array's address

import { freeBlock, takeBlock } from "../base/blocks";

const BEFORE: usize = 64;
const LEAST_BITS: u32 = 12;
/** Pages from which on it is worth to be ready for all frames, and frames up to which it is. */
const MANY: u32 = 1 << 16;
const MOST: u32 = 1 << 23;

/** The array with `bytes` or more, old contents first, the rest zero; `array` is 0 at first. 0 when memory is used up. */
export function growArray(array: usize, bytes: u64): usize {
  const need = bytes + <u64>BEFORE;
  const old = array ? load<u32>(array - BEFORE) : 0;
  if (array && need <= (<u64>1) << (<u64>old)) return array;
  const bits = max(LEAST_BITS, 64 - <u32>clz<u64>(need - 1));
  if (bits > 31) return 0;
  const block = takeBlock(bits);
  if (!block) return 0;
  if (array) {
    memory.copy(block, array - BEFORE, (<usize>1) << (<usize>old));
    freeBlock(array - BEFORE, old);
  }
  store<u32>(block, bits);
  return block + BEFORE;
}

/** Pages to have room for when ids below `pages` may come: of many, as many as frames will hold, so that little is moved later. */
export function roomFor(pages: u32, frames: u32): u64 {
  if (pages < MANY || frames > MOST) return <u64>pages;
  const held = <u64>frames;
  return max(<u64>pages, held + (held >> 2));
}

/** Gives an array's memory back. */
export function freeArray(array: usize): void {
  freeBlock(array - BEFORE, load<u32>(array - BEFORE));
}
