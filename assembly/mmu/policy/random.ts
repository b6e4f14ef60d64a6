// Random: xorshift64 (Marsaglia, Xorshift RNGs, 2003: 13, 7, 17), one state an array.

/** The state after `state`. */
export function nextRandom(state: u64): u64 {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^ (state << 17);
}

/** The first state of array `number` (below 4096) under a seed: an output of splitmix64, never 0. */
export function seedState(seed: u64, number: u64): u64 {
  let z = seed * 4096 + number + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return z ? z : 1;
}
