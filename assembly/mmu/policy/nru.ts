// Not recently used: one bit a way, in words of 64, set on use. When the last one is set the others
// clear. Bits past the last way stay 0.

/** Bytes of a set's bits. */
export function nruBytes(ways: u32): u32 {
  return ((ways + 63) >> 6) << 3;
}

export function useNru(bits: usize, ways: u32, way: u32): void {
  const at = bits + ((<usize>way >> 6) << 3);
  const bit = (<u64>1) << (way & 63);
  const word = load<u64>(at);
  if (word & bit) return;
  store<u64>(at, word | bit);
  if (lowestClear(bits, ways) < ways) return;
  memory.fill(bits, 0, nruBytes(ways));
  store<u64>(at, bit);
}

export function forgetNru(bits: usize, way: u32): void {
  const at = bits + ((<usize>way >> 6) << 3);
  store<u64>(at, load<u64>(at) & ~((<u64>1) << (way & 63)));
}

/** The lowest way not used; way 0 of a set of one way, which always is. */
export function victimNru(bits: usize, ways: u32): u32 {
  const way = lowestClear(bits, ways);
  return way < ways ? way : 0;
}

/** A number from `ways` on where all are set. */
function lowestClear(bits: usize, ways: u32): u32 {
  for (let base: u32 = 0; base < ways; base += 64) {
    const clear = ~load<u64>(bits + ((<usize>base >> 6) << 3));
    if (clear) return base + <u32>ctz(clear);
  }
  return ways;
}
