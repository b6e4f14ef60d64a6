// True LRU: a queue as of fifo.ts, whose hits move to the front. A hit on the most recent word reads
// one word and writes nothing.

import { SHORT, searchPairs } from "../search";
import { shift } from "./fifo";

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
