// Set-associative sets kept in recency order, most recent first, as plain u64 words. A hit on the most
// recent word reads one word and writes nothing; empty words (0) stay at the tail.
//
//   | most recent | ... | least recent | 0 | 0 |
//
// Two words are the same entry when they differ in no bit above `loose`, a mask of low bits that
// are state rather than name. A key has a bit set above `loose`, so that no empty word is its entry.

/** Finds `key`, makes it the most recent and returns its word; 0 where the set has none. */
export function touch(set: usize, ways: u32, key: u64, loose: u64): u64 {
  const first = load<u64>(set);
  if ((first ^ key) <= loose) return first;
  const end = set + ((<usize>ways) << 3);
  const slot = ways > SHORT ? findPairs(set, end, key, loose) : findWords(set + 8, end, key, loose);
  if (!slot) return 0;
  const word = load<u64>(slot);
  shift(set, slot);
  store<u64>(set, word);
  return word;
}

/** Ways up to which words are compared one by one; two at a time is no faster there (measured). */
const SHORT: u32 = 16;

/** The place of `key` in [slot, end), or 0. */
function findWords(slot: usize, end: usize, key: u64, loose: u64): usize {
  for (; slot < end; slot += 8) {
    if ((load<u64>(slot) ^ key) <= loose) return slot;
  }
  return 0;
}

/** The same, two words at a time. */
function findPairs(slot: usize, end: usize, key: u64, loose: u64): usize {
  const mask = i64x2.splat(~loose);
  const wanted = i64x2.splat(key & ~loose);
  for (; slot + 16 <= end; slot += 16) {
    const found = i64x2.bitmask(i64x2.eq(v128.and(v128.load(slot), mask), wanted));
    if (found) return slot + (found & 1 ? 0 : 8);
  }
  return findWords(slot, end, key, loose);
}

/** Puts a word that the set does not hold in front; the least recent one, or an empty one, goes. */
export function insert(set: usize, ways: u32, word: u64): void {
  shift(set, set + ((<usize>(ways - 1)) << 3));
  store<u64>(set, word);
}

/** Moves the words from `set` up to, not including, `slot` one place back, over the one at `slot`. */
function shift(set: usize, slot: usize): void {
  for (; slot > set; slot -= 8) store<u64>(slot, load<u64>(slot - 8));
}
