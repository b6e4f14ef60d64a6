// The explicit list: the free blocks, the one freed last first (CS:APP 3e, section 9.9.13).

import { sizeOf } from "../block";
import { LINKS, emptyLists, isWhole, nextOf, putBehind, ringAt, unlink } from "../lists";
import { HeapFit, HeapStat, addStat } from "../params";
import { heap } from "../state";
import { note } from "../tally";

const heads = memory.data(8, 8);
const ring: usize = ringAt(heads, 0);

@unmanaged
export class ExplicitLifo {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    emptyLists(heads, 1);
    heap.rover = ring;
  }

  links(): u32 {
    return LINKS;
  }

  find(size: u32): usize {
    switch (heap.fit) {
      case HeapFit.First:
        return firstIn(ring, size);
      case HeapFit.Next:
        return this.next(size);
      case HeapFit.Best:
        return bestIn(ring, size);
      default:
        return worstIn(ring, size);
    }
  }

  /** From the rover on; it goes to what follows the block found, once that is removed. */
  private next(size: u32): usize {
    const block = nextIn(ring, heap.rover, size);
    if (block) heap.rover = block;
    return block;
  }

  @inline
  insert(block: usize, size: u32): void {
    putBehind(ring, block);
  }

  @inline
  remove(block: usize, size: u32): void {
    // The rover stays on a block of the list, or before the first.
    if (heap.rover == block) heap.rover = nextOf(block);
    unlink(block);
  }

  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    this.remove(old, oldSize);
    this.insert(block, size);
  }

  @inline
  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    return noteList(ring);
  }
}

export function noteList(ring: usize): bool {
  if (!isWhole(ring)) return false;
  for (let block = nextOf(ring); block != ring; block = nextOf(block)) note(block);
  return true;
}

/** The first block of a list that is large enough, of so many at its start; 0: none is. */
export function firstIn(ring: usize, size: u32, most: u32 = u32.MAX_VALUE): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  for (let block = nextOf(ring); block != ring; block = nextOf(block)) {
    visited++;
    // What is in the bits below a free block's size is less than a difference of sizes.
    if (load<u32>(block) >= size) {
      found = block;
      break;
    }
    if (visited == most) break;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The first that is large enough from a place in a list on, once around; 0: none is. */
export function nextIn(ring: usize, from: usize, size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  let block = from;
  do {
    if (block != ring) {
      visited++;
      if (load<u32>(block) >= size) {
        found = block;
        break;
      }
    }
    block = nextOf(block);
  } while (block != from);
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The smallest that is large enough; of several the first. */
export function bestIn(ring: usize, size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  let smallest: u32 = u32.MAX_VALUE;
  for (let block = nextOf(ring); block != ring; block = nextOf(block)) {
    const bytes = sizeOf(block);
    visited++;
    if (bytes < size || bytes >= smallest) continue;
    found = block;
    smallest = bytes;
    if (bytes == size) break;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The largest, if it is large enough; of several the first. */
export function worstIn(ring: usize, size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  let largest = size - 1;
  for (let block = nextOf(ring); block != ring; block = nextOf(block)) {
    const bytes = sizeOf(block);
    visited++;
    if (bytes <= largest) continue;
    found = block;
    largest = bytes;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}
