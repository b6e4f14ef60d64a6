// True LRU: a queue as of fifo.ts, whose hits move to the front. A hit on the most recent word reads
// one word and writes nothing.

import { SHORT, searchPairs } from "../search";
import { shift } from "./fifo";

/**
 * Moves the words one place back, from the first one up to `key`, or where the set does not hold it to the last. The word that fell
 * out: the caller puts it in front if it is `key`, else another.
 */
export function rotate(first: usize, ways: u32, key: u64, loose: u64): u64 {
  const end = first + ((<usize>ways) << 3);
  let word = load<u64>(first);
  for (let place = first + 8; place < end && (word ^ key) > loose; place += 8) {
    const next = load<u64>(place);
    store<u64>(place, word);
    word = next;
  }
  return word;
}

/** Undoes a `rotate` that did not find its key. */
export function rotateBack(first: usize, ways: u32, word: u64): void {
  const last = first + ((<usize>(ways - 1)) << 3);
  for (let place = first; place < last; place += 8) store<u64>(place, load<u64>(place + 8));
  store<u64>(last, word);
}

/** Finds `key` and makes it the most recent. Its place, now the first, or 0. */
export function touchLru(first: usize, ways: u32, key: u64, loose: u64): usize {
  if ((load<u64>(first) ^ key) <= loose) return first;
  const end = first + ((<usize>ways) << 3);
  // Short sets are searched here: a call for each costs a tenth of the lookups that come so far (measured).
  let place = first + 8;
  if (ways > SHORT) place = searchPairs(place, end, key, loose);
  else while (place < end && (load<u64>(place) ^ key) > loose) place += 8;
  if (!place || place == end) return 0;
  const word = load<u64>(place);
  shift(first, place);
  store<u64>(first, word);
  return first;
}
