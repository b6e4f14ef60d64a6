// Re-reference interval prediction (Jaleel et al., ISCA 2010): a value a way, a byte each; the larger,
// the later the word is expected back. A hit sets 0.

/**
 * The lowest way with the largest value, after every value has grown until that one is `most`. The
 * set is full.
 */
export function victimRrip(values: usize, ways: u32, most: u32): u32 {
  let victim: u32 = 0;
  let largest: u32 = load<u8>(values);
  for (let way: u32 = 1; way < ways && largest < most; way++) {
    const value: u32 = load<u8>(values + way);
    if (value <= largest) continue;
    largest = value;
    victim = way;
  }
  const growth = most - largest;
  for (let way: u32 = 0; growth && way < ways; way++) {
    store<u8>(values + way, load<u8>(values + way) + growth);
  }
  return victim;
}
