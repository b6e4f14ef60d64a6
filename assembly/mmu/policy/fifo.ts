// First in, first out: a set is a queue, the newest word in front, empty words (0) at the tail.
//
//   | newest | ... | oldest | 0 | 0 |

/** Puts a word that the queue does not hold in front; the oldest one goes where it is full: that, or 0. */
export function push(first: usize, ways: u32, word: u64): u64 {
  const last = first + ((<usize>(ways - 1)) << 3);
  const gone = load<u64>(last);
  shift(first, last);
  store<u64>(first, word);
  return gone;
}

/** Takes the word at `place` out of the queue that ends at `end`: older ones move up. */
export function remove(place: usize, end: usize): void {
  memory.copy(place, place + 8, end - place - 8);
  store<u64>(end - 8, 0);
}

/** Moves the words from `first` up to, not including, `place` one place back, over the one at `place`. */
export function shift(first: usize, place: usize): void {
  for (; place > first; place -= 8) store<u64>(place, load<u64>(place - 8));
}
