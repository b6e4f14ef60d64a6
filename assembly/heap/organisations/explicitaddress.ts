// The explicit list in order of address, first fit and next fit. The list is in the blocks. So that neither a search nor an insertion walks over it, an index beside
// the heap knows of each stretch of 512 bytes the first free block that begins there and the largest, and of each eight stretches, and eight of those, the
// largest again:
//
//   level 2   |              max of 64             | ...
//   level 1   | max of 8 |     max     |    max    | ...
//   level 0   |max|max|max| ...     first[]:   |block|block| 0 | ...

import { allocate } from "../../base/arena";
import { sizeOf } from "../block";
import { LINKS, emptyLists, isWhole, nextOf, previousOf, putBehind, replace, ringAt, unlink } from "../lists";
import { HeapFit, HeapStat, addStat } from "../params";
import { heap } from "../state";
import { note } from "../tally";

const STRETCH_BITS: u32 = 9;
const MOST_LEVELS: u32 = 9;

const heads = memory.data(8, 8);
const ring: usize = ringAt(heads, 0);
/** Where each level's array begins. */
const levelStarts: usize = memory.data(9 * 4, 4);

export let levels: u32 = 0;
export let firsts: usize = 0;
/** Stretches that the index has room for, and those that have been written to. */
export let room: u32 = 0;
export let touched: u32 = 0;

@unmanaged
export class ExplicitAddress {
  open(): bool {
    if (!openIndex(stretchOf(heap.end) + 1)) return false;
    this.reset();
    heap.rover = heap.first;
    return true;
  }

  reset(): void {
    emptyLists(heads, 1);
    emptyIndex();
  }

  links(): u32 {
    return LINKS;
  }

  find(size: u32): usize {
    if (heap.fit == HeapFit.First) return firstFrom(heap.base, size);
    let block = firstFrom(heap.rover, size);
    if (!block) block = firstFrom(heap.base, size);
    if (block) heap.rover = block;
    return block;
  }

  insert(block: usize, size: u32): void {
    const stretch = stretchOf(block);
    touched = max(touched, stretch + 1);
    const first = firstOf(stretch);
    let before: usize;
    if (!first || first > block) {
      setFirst(stretch, block);
      before = previousOf(first ? first : firstAfter(stretch));
    } else {
      before = first;
      for (let next = nextOf(before); next != ring && next < block; next = nextOf(next)) before = next;
    }
    putBehind(before, block);
    raise(stretch, size);
  }

  remove(block: usize, size: u32): void {
    const stretch = stretchOf(block);
    const next = nextOf(block);
    if (firstOf(stretch) == block) setFirst(stretch, isIn(next, stretch) ? next : 0);
    unlink(block);
    if (maxAt(0, stretch) == size) lower(stretch, size);
  }

  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    const from = stretchOf(old);
    const to = stretchOf(block);
    touched = max(touched, to + 1);
    // No free block is between the two.
    const next = nextOf(old);
    replace(old, block);
    if (firstOf(from) == old) setFirst(from, isIn(next, from) ? next : 0);
    const first = firstOf(to);
    if (!first || first > block) setFirst(to, block);
    if (maxAt(0, from) == oldSize && (from != to || size < oldSize)) lower(from, oldSize);
    raise(to, size);
  }

  merged(block: usize, size: u32): void {
    if (heap.rover - block < size) heap.rover = block;
  }

  noteAll(): bool {
    if (!isWhole(ring)) return false;
    let last: usize = 0;
    for (let block = nextOf(ring); block != ring; block = nextOf(block)) {
      if (block <= last) return false;
      last = block;
      note(block);
    }
    return isIndexRight();
  }
}

function stretchOf(block: usize): u32 {
  return <u32>((block - heap.base) >> STRETCH_BITS);
}

function isIn(block: usize, stretch: u32): bool {
  return block != ring && stretchOf(block) == stretch;
}

function firstOf(stretch: u32): usize {
  return load<u32>(firsts + ((<usize>stretch) << 2));
}

function setFirst(stretch: u32, block: usize): void {
  store<u32>(firsts + ((<usize>stretch) << 2), <u32>block);
}

function slotAt(level: u32, at: u32): usize {
  return <usize>load<u32>(levelStarts + ((<usize>level) << 2)) + ((<usize>at) << 2);
}

function maxAt(level: u32, at: u32): u32 {
  return load<u32>(slotAt(level, at));
}

/** Takes an index of so many stretches, or a larger one that there is. False when linear memory is used up. */
function openIndex(stretches: u32): bool {
  if (stretches <= room) return true;
  const first = allocate((<u64>stretches) << 2, 8);
  if (!first) return false;
  levels = 0;
  for (let count = stretches; ; count = (count + 7) >> 3) {
    // Eight at a time are looked at, and the eight behind the last.
    const level = allocate((<u64>count + 16) << 2, 8);
    if (!level) return false;
    store<u32>(levelStarts + ((<usize>levels) << 2), <u32>level);
    levels++;
    if (count <= 8) break;
  }
  firsts = first;
  room = stretches;
  touched = 0;
  return true;
}

function emptyIndex(): void {
  memory.fill(firsts, 0, (<usize>touched) << 2);
  let count = touched;
  for (let level: u32 = 0; level < levels; level++) {
    memory.fill(slotAt(level, 0), 0, (<usize>count) << 2);
    count = (count + 7) >> 3;
  }
  touched = 0;
}

/** A stretch has a block of this size now. */
function raise(stretch: u32, size: u32): void {
  let at = stretch;
  for (let level: u32 = 0; level < levels && maxAt(level, at) < size; level++) {
    store<u32>(slotAt(level, at), size);
    at >>= 3;
  }
}

/** A stretch has no longer a block of this size, its largest; perhaps another. */
function lower(stretch: u32, size: u32): void {
  let largest: u32 = 0;
  for (let block = firstOf(stretch); block && isIn(block, stretch); block = nextOf(block)) {
    largest = max(largest, sizeOf(block));
  }
  let at = stretch;
  for (let level: u32 = 0; ; ) {
    if (largest == size) return;
    store<u32>(slotAt(level, at), largest);
    if (++level == levels || maxAt(level, at >> 3) != size) return;
    largest = largestOfEight(level - 1, at & ~7);
    at >>= 3;
  }
}

function largestOfEight(level: u32, from: u32): u32 {
  const slots = slotAt(level, from);
  const left = max(
    max(load<u32>(slots), load<u32>(slots, 4)),
    max(load<u32>(slots, 8), load<u32>(slots, 12)),
  );
  const right = max(
    max(load<u32>(slots, 16), load<u32>(slots, 20)),
    max(load<u32>(slots, 24), load<u32>(slots, 28)),
  );
  return max(left, right);
}

/** The first stretch from one on with a block of at least so many bytes; -1: there is none. */
function stretchFrom(from: u32, size: u32): u32 {
  let level: u32 = from ? 0 : levels - 1;
  let at = from;
  while (true) {
    const end = (at | 7) + 1;
    while (at < end && maxAt(level, at) < size) at++;
    if (at < end) break;
    if (++level >= levels) return -1;
    at = end >> 3;
    // A group that begins here is looked at from the level above.
    while (!(at & 7) && level + 1 < levels) {
      at >>= 3;
      level++;
    }
    if (level + 1 == levels && at > 7) return -1;
  }
  for (; level; level--) {
    at <<= 3;
    while (maxAt(level - 1, at) < size) at++;
  }
  return at;
}

/** The first block at or above an address that is large enough; 0: there is none. */
function firstFrom(from: usize, size: u32): usize {
  let visited: u32 = 0;
  let stretch = stretchOf(from);
  let found: usize = 0;
  while (!found) {
    stretch = stretchFrom(stretch, size);
    if (stretch == <u32>-1) break;
    for (let block = firstOf(stretch); block && isIn(block, stretch); block = nextOf(block)) {
      visited++;
      if (block < from || sizeOf(block) < size) continue;
      found = block;
      break;
    }
    stretch++;
  }
  addStat(HeapStat.Visited, visited);
  return found;
}

/** The first block behind a stretch; the ring: there is none. */
function firstAfter(stretch: u32): usize {
  const after = stretchFrom(stretch + 1, 1);
  return after == <u32>-1 ? ring : firstOf(after);
}

/** Whether the index says of each stretch what the list has there. */
function isIndexRight(): bool {
  let block = nextOf(ring);
  for (let stretch: u32 = 0; stretch < touched; stretch++) {
    let largest: u32 = 0;
    if (firstOf(stretch) != (isIn(block, stretch) ? block : 0)) return false;
    for (; isIn(block, stretch); block = nextOf(block)) largest = max(largest, sizeOf(block));
    if (maxAt(0, stretch) != largest) return false;
  }
  let count = (touched + 7) >> 3;
  for (let level: u32 = 1; level < levels; level++) {
    for (let at: u32 = 0; at < count; at++) {
      if (maxAt(level, at) != largestOfEight(level - 1, at << 3)) return false;
    }
    count = (count + 7) >> 3;
  }
  return block == ring;
}
