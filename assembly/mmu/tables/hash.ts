// What hashed page tables share: sizes are powers of two, and a number's slot is the top bits of a product.

/** log2 of the slots of a table that has room for `count`; at least 1. */
export function bitsFor(count: u32): u32 {
  return count <= 2 ? 1 : 32 - clz(count - 1);
}

/** The slot of a number among 2^bits (Knuth, The Art of Computer Programming, vol. 3, section 6.4: multiplicative hashing). */
export function hash(x: u64, bits: u32): usize {
  return <usize>((x * 0x9e3779b97f4a7c15) >> (64 - <u64>bits));
}
