// Segregated lists (CS:APP 3e, section 9.9.14): a list for each class of sizes, the block freed last first. Of the classes that may have what is wanted the lowest is
// searched first; above it, any block fits. First fit looks at a few blocks of a range only, so that it may pass over one that would fit, as tlsf does.

import { LINKS, emptyLists, listOf, nextOf, previousOf, putBehind, replace, ringAt, unlink } from "../lists";
import { HeapFit, HeapStat, addStat } from "../params";
import { heap } from "../state";
import {
  CLASSES,
  RANGES,
  classFrom,
  classOf,
  clearClass,
  emptyClasses,
  highestClass,
  markClass,
  rangesFrom,
  sizesFrom,
} from "./classes";
import { firstIn, nextIn, noteList, worstIn } from "./explicitlifo";

const heads: usize = memory.data(<i32>CLASSES * 8, 16);
/** Under next fit, where a class's next search begins. */
const rovers: usize = memory.data(<i32>CLASSES * 4, 16);
/**
 * Blocks of a range that first fit looks at. Those that nothing fits stay in front: with 100,000 live blocks of random sizes an operation looked at 109 when whole lists were
 * searched, at 3 with this bound, in a heap half a per cent larger; with a bound of 4 it was 1.3 % larger.
 */
const FEW: u32 = 16;

/** First fit; next and worst fit are `SegregatedOther`, best fit `SegregatedTrees`. */
@unmanaged
export class Segregated {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    emptyLists(heads, CLASSES);
    emptyClasses();
  }

  links(): u32 {
    return LINKS;
  }

  @inline
  find(size: u32): usize {
    const bin = classOf(size);
    if (bin >= RANGES) return firstInRange(bin, size);
    const sizes = sizesFrom(bin);
    const ranges = rangesFrom(RANGES);
    if (!sizes && !ranges) return 0;
    addStat(HeapStat.Visited, 1);
    return nextOf(ringAt(heads, sizes ? <u32>ctz(sizes) : RANGES + <u32>ctz(ranges)));
  }

  @inline
  insert(block: usize, size: u32): void {
    const bin = classOf(size);
    putBehind(ringAt(heads, bin), block);
    markClass(bin);
  }

  @inline
  remove(block: usize, size: u32): void {
    // The last one of a list is between the list's two ends.
    if (unlink(block)) clearClass(listOf(heads, nextOf(block)));
  }

  @inline
  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    const bin = classOf(size);
    // Most often, what is left of a block that was first is first where that was.
    if (bin == classOf(oldSize) && previousOf(old) == ringAt(heads, bin)) {
      replace(old, block);
      return;
    }
    this.remove(old, oldSize);
    putBehind(ringAt(heads, bin), block);
    markClass(bin);
  }

  @inline
  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    return noteClasses();
  }
}

function noteClasses(): bool {
  for (let bin: u32 = 1; bin < CLASSES; bin++) {
    if (!noteList(ringAt(heads, bin))) return false;
    if ((classFrom(bin) == bin) != (nextOf(ringAt(heads, bin)) != ringAt(heads, bin))) return false;
  }
  return true;
}

/** The first block of a range of sizes that is seen to be large enough, or of those above it. */
function firstInRange(bin: u32, size: u32): usize {
  const block = firstIn(ringAt(heads, bin), size, FEW);
  return block ? block : firstFrom(bin + 1);
}

/** The first block from a range on, of which any is large enough. */
function firstFrom(range: u32): usize {
  const bin = range < CLASSES ? classFrom(range) : 0;
  if (!bin) return 0;
  addStat(HeapStat.Visited, 1);
  return nextOf(ringAt(heads, bin));
}

/** Next fit: in each class, from where the last search of it ended. Worst fit: the largest of the highest class. */
@unmanaged
export class SegregatedOther {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    emptyLists(heads, CLASSES);
    emptyClasses();
    for (let bin: u32 = 0; bin < CLASSES; bin++) setRover(bin, ringAt(heads, bin));
  }

  links(): u32 {
    return LINKS;
  }

  find(size: u32): usize {
    if (heap.fit == HeapFit.Next) return nextOfAll(size);
    const bin = highestClass();
    return bin ? worstIn(ringAt(heads, bin), size) : 0;
  }

  insert(block: usize, size: u32): void {
    const bin = classOf(size);
    putBehind(ringAt(heads, bin), block);
    markClass(bin);
  }

  remove(block: usize, size: u32): void {
    const bin = classOf(size);
    if (roverOf(bin) == block) setRover(bin, nextOf(block));
    if (unlink(block)) clearClass(bin);
  }

  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    this.remove(old, oldSize);
    this.insert(block, size);
  }

  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    return noteClasses();
  }
}

function nextOfAll(size: u32): usize {
  for (let bin = classFrom(classOf(size)); bin; bin = bin + 1 < CLASSES ? classFrom(bin + 1) : 0) {
    const block = nextIn(ringAt(heads, bin), roverOf(bin), size);
    if (!block) continue;
    setRover(bin, block);
    return block;
  }
  return 0;
}

function roverOf(bin: u32): usize {
  return load<u32>(rovers + ((<usize>bin) << 2));
}

function setRover(bin: u32, block: usize): void {
  store<u32>(rovers + ((<usize>bin) << 2), <u32>block);
}
