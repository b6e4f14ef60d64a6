// Segregated lists (CS:APP 3e, section 9.9.14): a list for each class of sizes, the block freed last first. Of the classes that may have what is wanted the lowest is
// searched first; above it, any block fits.

import { LINKS, emptyLists, listOf, nextOf, putBehind, ringAt, unlink } from "../lists";
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
} from "./classes";
import { firstIn, nextIn, noteList, worstIn } from "./explicitlifo";

const heads: usize = memory.data(<i32>CLASSES * 8, 16);
/** Under next fit, where a class's next search begins. */
const rovers: usize = memory.data(<i32>CLASSES * 4, 16);

/** First fit and worst fit; next fit is `SegregatedNext`, best fit `SegregatedTrees`. */
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

  find(size: u32): usize {
    return heap.fit == HeapFit.First ? firstOf(size) : worstOf(size);
  }

  insert(block: usize, size: u32): void {
    const bin = classOf(size);
    putBehind(ringAt(heads, bin), block);
    markClass(bin);
  }

  remove(block: usize, size: u32): void {
    if (unlink(block)) clearClass(classOf(size));
  }

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

function firstOf(size: u32): usize {
  let bin = classOf(size);
  if (bin >= RANGES) {
    const block = firstIn(ringAt(heads, bin), size);
    if (block) return block;
    bin++;
  }
  bin = classFrom(bin);
  if (!bin) return 0;
  addStat(HeapStat.Visited, 1);
  return nextOf(ringAt(heads, bin));
}

function worstOf(size: u32): usize {
  const bin = highestClass();
  return bin ? worstIn(ringAt(heads, bin), size) : 0;
}

/** Next fit: in each class, from where the last search of it ended. */
@unmanaged
export class SegregatedNext {
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
    for (let bin = classFrom(classOf(size)); bin; bin = bin + 1 < CLASSES ? classFrom(bin + 1) : 0) {
      const block = nextIn(ringAt(heads, bin), roverOf(bin), size);
      if (!block) continue;
      setRover(bin, block);
      return block;
    }
    return 0;
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

  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    return noteClasses();
  }
}

function roverOf(bin: u32): usize {
  return load<u32>(rovers + ((<usize>bin) << 2));
}

function setRover(bin: u32, block: usize): void {
  store<u32>(rovers + ((<usize>bin) << 2), <u32>block);
}
