// Two-level segregated fit (Masmano, Ripoll, Crespo, Real: TLSF, a new dynamic memory allocator for real-time systems, 2004). Powers of two are the first level, each of 32
// classes; sizes below 32 units of the alignment are classes of their own. A request is rounded up to a class of which any block fits, so that nothing is
// searched: two words of bits say where one is.
//
//   first   0: sizes below 32 units          n: 2^(n + 4) to 2^(n + 5) units
//   second  the next five bits of the size

import { LINKS, emptyLists, listOf, nextOf, previousOf, putBehind, replace, ringAt, unlink } from "../lists";
import { HeapStat, addStat } from "../params";
import { heap } from "../state";
import { noteList } from "./explicitlifo";

const SECOND: u32 = 32;
const SECOND_BITS: u32 = 5;
/** Sizes of 32 bits have so many. */
const FIRST: u32 = 28;

const heads: usize = memory.data(28 * 32 * 8, 16);
/** Bits of the second levels that have a block, a word each; and of the first. */
const seconds: usize = memory.data(28 * 4, 16);
const firsts: usize = memory.data(4, 4);

@unmanaged
export class Tlsf {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    emptyLists(heads, FIRST * SECOND);
    memory.fill(seconds, 0, FIRST * 4);
    store<u32>(firsts, 0);
  }

  links(): u32 {
    return LINKS;
  }

  @inline
  find(size: u32): usize {
    const units = size >> heap.unitBits;
    // The lowest class that has no smaller block than this.
    const bin = listOfUnits(units < SECOND ? units : units + (1 << (31 - SECOND_BITS - <u32>clz(units))) - 1);
    let first = bin >> SECOND_BITS;
    let bits = load<u32>(seconds + ((<usize>first) << 2)) & (u32.MAX_VALUE << (bin & (SECOND - 1)));
    if (!bits) {
      const higher = load<u32>(firsts) & (u32.MAX_VALUE << (first + 1));
      if (!higher) return 0;
      first = ctz(higher);
      bits = load<u32>(seconds + ((<usize>first) << 2));
    }
    addStat(HeapStat.Visited, 1);
    return nextOf(ringAt(heads, (first << SECOND_BITS) + ctz(bits)));
  }

  @inline
  insert(block: usize, size: u32): void {
    const bin = listOfUnits(size >> heap.unitBits);
    putBehind(ringAt(heads, bin), block);
    const first = bin >> SECOND_BITS;
    const word = seconds + ((<usize>first) << 2);
    store<u32>(word, load<u32>(word) | (1 << (bin & (SECOND - 1))));
    store<u32>(firsts, load<u32>(firsts) | (1 << first));
  }

  @inline
  remove(block: usize, size: u32): void {
    if (!unlink(block)) return;
    // The last one of a list is between the list's two ends.
    const bin = listOf(heads, nextOf(block));
    const first = bin >> SECOND_BITS;
    const word = seconds + ((<usize>first) << 2);
    const left = load<u32>(word) & ~(1 << (bin & (SECOND - 1)));
    store<u32>(word, left);
    if (!left) store<u32>(firsts, load<u32>(firsts) & ~(1 << first));
  }

  @inline
  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    const bin = listOfUnits(size >> heap.unitBits);
    // Most often, what is left of a block that was first is first where that was.
    if (bin == listOfUnits(oldSize >> heap.unitBits) && previousOf(old) == ringAt(heads, bin)) {
      replace(old, block);
      return;
    }
    this.remove(old, oldSize);
    this.insert(block, size);
  }

  @inline
  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    for (let first: u32 = 0; first < FIRST; first++) {
      const bits = load<u32>(seconds + ((<usize>first) << 2));
      if ((bits != 0) != ((load<u32>(firsts) & (1 << first)) != 0)) return false;
      for (let second: u32 = 0; second < SECOND; second++) {
        const ring = ringAt(heads, (first << SECOND_BITS) + second);
        if (!noteList(ring)) return false;
        if ((nextOf(ring) != ring) != ((bits & (1 << second)) != 0)) return false;
      }
    }
    return true;
  }
}

/** The list of blocks of so many units. */
function listOfUnits(units: u32): u32 {
  if (units < SECOND) return units;
  const bits = 31 - <u32>clz(units);
  const first = bits - SECOND_BITS + 1;
  return (first << SECOND_BITS) + ((units >> (bits - SECOND_BITS)) & (SECOND - 1));
}
