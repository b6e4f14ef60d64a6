// A block is header, payload, padding, and footer where the policy has one:
//
//          b         p = b + 4                          b + size - header
//   | ... word | payload ...          padding | ... word |
//   |  header  |                              |  footer  |  next header ...
//
// Headers and footers may be longer than their word, which is their last; the bytes before it are the policy's price and not used. A block is
// named by the address of its header's word, so that its payload is always 4 bytes on, and the next block `size` bytes.
//
//    word  31                                      3   2   1   0
//         | size of the block, a multiple of 8       | M | P | A |
//
// A: allocated. P: the previous block is allocated; only where no but free blocks have footers. M: mapped by itself (mmap.ts).
// A free block's links begin where its payload would.

import { heap } from "./state";

export const ALLOCATED: u32 = 1;
export const PREVIOUS: u32 = 2;
export const MAPPED: u32 = 4;
export const FLAGS: u32 = 7;

export function wordOf(block: usize): u32 {
  return load<u32>(block);
}

export function sizeOf(block: usize): u32 {
  return load<u32>(block) & ~FLAGS;
}

export function isFree(block: usize): bool {
  return !(load<u32>(block) & ALLOCATED);
}

/** Bytes of the block for a payload. */
export function blockBytes(payload: u32): u32 {
  return max((payload + heap.extra) & ~heap.mask, heap.minimum);
}

export function roundUp(value: u32, mask: u32): u32 {
  return (value + mask) & ~mask;
}
