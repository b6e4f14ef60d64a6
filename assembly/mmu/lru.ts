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
  for (let slot = set + 8; slot < end; slot += 8) {
    const word = load<u64>(slot);
    if ((word ^ key) <= loose) {
      shift(set, slot);
      store<u64>(set, word);
      return word;
    }
    if (!word) return 0;
  }
  return 0;
}

/** Puts a word that the set does not hold in front; the least recent one, or an empty one, goes. */
export function insert(set: usize, ways: u32, word: u64): void {
  shift(set, set + ((<usize>(ways - 1)) << 3));
  store<u64>(set, word);
}

/** Moves the words from `set` up to, not including, `slot` one place back, over the one at `slot`. */
function shift(set: usize, slot: usize): void {
  if (slot - set > 128) {
    memory.copy(set + 8, set, slot - set);
    return;
  }
  for (; slot > set; slot -= 8) store<u64>(slot, load<u64>(slot - 8));
}
