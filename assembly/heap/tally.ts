// Two ways to count the free blocks, by walking over the heap and by asking who finds them, must come to the same blocks: as many, and the same
// sum of their mixed addresses.

export let noted: u32 = 0;
export let notedSum: u64 = 0;

export function beginTally(): void {
  noted = 0;
  notedSum = 0;
}

export function note(block: usize): void {
  noted++;
  notedSum += mixed(block);
}

/** Sums of these are alike by accident once in 2^64. */
export function mixed(block: usize): u64 {
  let x = (<u64>block + 1) * 0x9e3779b97f4a7c15;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9;
  return x ^ (x >> 32);
}
