// Random: xorshift64 (Marsaglia, Xorshift RNGs, 2003: 13, 7, 17), one state an array.

import { splitmix } from "../../base/splitmix";

/** The state after `state`. */
export function nextRandom(state: u64): u64 {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^ (state << 17);
}

/** The first state of array `number` (below 4096) under a seed: an output of splitmix64, never 0. */
export function seedState(seed: u64, number: u64): u64 {
  const z = splitmix(seed * 4096 + number);
  return z ? z : 1;
}
