/** The output of splitmix64 for a state (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014). */
export function splitmix(state: u64): u64 {
  let z = state + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
