// True LRU: a queue as of fifo.ts, whose hits move to the front. A hit on the most recent word reads
// one word and writes nothing.

import { search } from "../search";
import { shift } from "./fifo";

/** Finds `key` and makes it the most recent. Its place, now the first, or 0. */
export function touchLru(first: usize, ways: u32, key: u64, loose: u64): usize {
  if ((load<u64>(first) ^ key) <= loose) return first;
  const place = search(first + 8, first + ((<usize>ways) << 3), key, loose);
  if (!place) return 0;
  const word = load<u64>(place);
  shift(first, place);
  store<u64>(first, word);
  return first;
}
