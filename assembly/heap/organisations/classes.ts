// Size classes of segregated lists, and which of them have a block: a bit each, in two words.
//
//   units of the alignment   1  2  3 ... 63 | 64-95  96-127 | 128-191  192-255 | 256-383 ...
//   class                    1  2  3 ... 63 | 64     65     | 66       67      | 68      ...
//
// Below 64 units a class is one size; above, a power of two is two classes.

import { heap } from "../state";

export const CLASSES: u32 = 128;
/** The first class that is a range of sizes. */
export const RANGES: u32 = 64;

/** Of the classes of one size, and of ranges. */
const words: usize = memory.data(16, 16);

export function emptyClasses(): void {
  store<u64>(words, 0);
  store<u64>(words, 0, 8);
}

export function classOf(size: u32): u32 {
  const units = size >> heap.unitBits;
  if (units < RANGES) return units;
  const bits = 31 - <u32>clz(units);
  return RANGES - 12 + (bits << 1) + ((units >> (bits - 1)) & 1);
}

export function markClass(bin: u32): void {
  const word = words + ((<usize>(bin >> 6)) << 3);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (bin & 63)));
}

export function clearClass(bin: u32): void {
  const word = words + ((<usize>(bin >> 6)) << 3);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << (bin & 63)));
}

/** The classes of one size from one on that have a block, a bit each. */
export function sizesFrom(from: u32): u64 {
  return load<u64>(words) & (u64.MAX_VALUE << from);
}

/** The ranges from one on that have a block, a bit each. */
export function rangesFrom(from: u32): u64 {
  return load<u64>(words, 8) & (u64.MAX_VALUE << (from & 63));
}

/** The lowest class from one on that has a block; 0: none has. */
export function classFrom(from: u32): u32 {
  if (from < RANGES) {
    const sizes = sizesFrom(from);
    if (sizes) return <u32>ctz(sizes);
    from = RANGES;
  }
  const ranges = rangesFrom(from);
  return ranges ? RANGES + <u32>ctz(ranges) : 0;
}

/** The highest class that has a block; 0: none has. */
export function highestClass(): u32 {
  const ranges = load<u64>(words, 8);
  if (ranges) return 127 - <u32>clz(ranges);
  const sizes = load<u64>(words);
  return sizes ? 63 - <u32>clz(sizes) : 0;
}
