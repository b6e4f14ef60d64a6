// Blocks of linear memory that come back: a list of free ones for each power of two.

import { allocate, runShort } from "./arena";

/** By log2 of their bytes: each free block holds the address of the next. */
const free: usize = memory.data(32 * sizeof<usize>(), 8);

/** A zeroed block of 2^bits bytes (at least 8, aligned to its size up to 4096); 0 when memory is used up. */
export function takeBlock(bits: u32): usize {
  if (bits >= 32) return runShort();
  const head = free + ((<usize>bits) << 2);
  const at = load<usize>(head);
  const bytes = (<usize>1) << (<usize>bits);
  if (!at) return allocate(bytes, min<u64>(bytes, 4096));
  store<usize>(head, load<usize>(at));
  memory.fill(at, 0, bytes);
  return at;
}

export function freeBlock(at: usize, bits: u32): void {
  const head = free + ((<usize>bits) << 2);
  store<usize>(at, load<usize>(head));
  store<usize>(head, at);
}

/** A block of 2^(bits + 1) bytes with the contents of one of 2^bits, which is freed; 0 when memory is used up. */
export function growBlock(at: usize, bits: u32): usize {
  const grown = takeBlock(bits + 1);
  if (!grown) return 0;
  memory.copy(grown, at, (<usize>1) << (<usize>bits));
  freeBlock(at, bits);
  return grown;
}
