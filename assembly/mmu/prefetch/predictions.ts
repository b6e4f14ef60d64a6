// What the last miss made a prefetcher expect: page numbers (u64), the first in order first.

import { allocate } from "../../base/arena";

export let predictions: usize = 0;
let room: u32 = 0;

/** Makes room for `count` predictions; false when memory is used up. */
export function openPredictions(count: u32): bool {
  if (count <= room) return true;
  predictions = allocate((<u64>count) << 3, 8);
  room = predictions ? count : 0;
  return predictions != 0;
}

/** Sets prediction `place`, counted from 0. */
export function predict(place: u32, vpn: u64): void {
  store<u64>(predictions + ((<usize>place) << 3), vpn);
}
