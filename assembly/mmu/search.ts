/**
 * The first place in [slot, end) whose word equals `key` in all bits above `loose`, a mask of low
 * bits that are state rather than name; 0 where there is none.
 */
export function search(slot: usize, end: usize, key: u64, loose: u64): usize {
  return end - slot > (<usize>SHORT) << 3
    ? searchPairs(slot, end, key, loose)
    : searchWords(slot, end, key, loose);
}

/** Words up to which they are compared one by one; two at a time is no faster there (measured). */
export const SHORT: u32 = 16;

function searchWords(slot: usize, end: usize, key: u64, loose: u64): usize {
  for (; slot < end; slot += 8) {
    if ((load<u64>(slot) ^ key) <= loose) return slot;
  }
  return 0;
}

/** The same, two words at a time. */
export function searchPairs(slot: usize, end: usize, key: u64, loose: u64): usize {
  const mask = i64x2.splat(~loose);
  const wanted = i64x2.splat(key & ~loose);
  for (; slot + 16 <= end; slot += 16) {
    const found = i64x2.bitmask(i64x2.eq(v128.and(v128.load(slot), mask), wanted));
    if (found) return slot + (found & 1 ? 0 : 8);
  }
  return searchWords(slot, end, key, loose);
}
