// Least frequently used: a count a way, of 64 bits: 1 at the fill, one more a hit, 0 of an empty way.

/** The lowest way with the smallest count. */
export function victimLfu(counts: usize, ways: u32): u32 {
  let victim: u32 = 0;
  let least = load<u64>(counts);
  for (let way: u32 = 1; way < ways; way++) {
    const count = load<u64>(counts + ((<usize>way) << 3));
    if (count >= least) continue;
    least = count;
    victim = way;
  }
  return victim;
}

export function addLfu(counts: usize, way: u32, uses: u64): void {
  const at = counts + ((<usize>way) << 3);
  store<u64>(at, load<u64>(at) + uses);
}

export function forgetLfu(counts: usize, way: u32): void {
  store<u64>(counts + ((<usize>way) << 3), 0);
}
