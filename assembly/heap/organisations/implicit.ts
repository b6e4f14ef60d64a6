// The implicit list: a search walks over all blocks, allocated or free (CS:APP 3e, section 9.9). It keeps nothing but the rover.

import { ALLOCATED, FLAGS } from "../block";
import { HeapFit, HeapStat, addStat } from "../params";
import { heap } from "../state";
import { note } from "../tally";

@unmanaged
export class Implicit {
  open(): bool {
    this.reset();
    heap.rover = heap.first;
    return true;
  }

  reset(): void {}

  links(): u32 {
    return 0;
  }

  find(size: u32): usize {
    switch (heap.fit) {
      case HeapFit.First:
        return firstFrom(heap.first, heap.top, size);
      case HeapFit.Next:
        return this.next(size);
      case HeapFit.Best:
        return bestOfAll(size);
      default:
        return worstOfAll(size);
    }
  }

  /** From the rover to the end, then from the start to the rover, which stays on the block found. */
  private next(size: u32): usize {
    const rover = heap.rover;
    let block = firstFrom(rover, heap.top, size);
    if (!block) block = firstFrom(heap.first, rover, size);
    if (block) heap.rover = block;
    return block;
  }

  @inline
  insert(block: usize, size: u32): void {}

  @inline
  remove(block: usize, size: u32): void {}

  @inline
  replace(old: usize, oldSize: u32, block: usize, size: u32): void {}

  @inline
  merged(block: usize, size: u32): void {
    if (heap.rover - block < size) heap.rover = block;
  }

  noteAll(): bool {
    for (let block = heap.first; block != heap.top; block += load<u32>(block) & ~FLAGS) {
      if (!(load<u32>(block) & ALLOCATED)) note(block);
    }
    return true;
  }
}

/** The first free block in [from, to) that is large enough. */
function firstFrom(from: usize, to: usize, size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  for (let block = from; block != to; ) {
    const word = load<u32>(block);
    visited++;
    if (!(word & ALLOCATED) && word >= size) {
      found = block;
      break;
    }
    block += word & ~FLAGS;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The smallest that is large enough; of several the lowest. */
function bestOfAll(size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  let smallest: u32 = u32.MAX_VALUE;
  for (let block = heap.first; block != heap.top; ) {
    const word = load<u32>(block);
    const bytes = word & ~FLAGS;
    visited++;
    if (!(word & ALLOCATED) && bytes >= size && bytes < smallest) {
      found = block;
      smallest = bytes;
      if (bytes == size) break;
    }
    block += bytes;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The largest, if it is large enough; of several the lowest. */
function worstOfAll(size: u32): usize {
  let visited: u32 = 0;
  let found: usize = 0;
  let largest = size - 1;
  for (let block = heap.first; block != heap.top; ) {
    const word = load<u32>(block);
    const bytes = word & ~FLAGS;
    visited++;
    if (!(word & ALLOCATED) && bytes > largest) {
      found = block;
      largest = bytes;
    }
    block += bytes;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}
