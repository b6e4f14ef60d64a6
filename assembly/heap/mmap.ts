// Blocks that are mapped by themselves, from the region's end downwards, each on pages of its own:
//
//   start (page)                       p
//   | word        ...           | word | payload ...                      | next page: the next area
//
// p is at start + 16, or at a multiple of a larger alignment, at most a page on, so that the start is the page of p - 1. Both words say the same, but for P:
//
//    word  31                                    12 11     3   2   1   0
//         | bytes of the area, a multiple of a page |  zero  | M | P | A |
//
// An area that is unmapped is a hole: A is clear, its last four bytes are its size, and it is in a list (lists.ts), the hole made last first, of which the first that is
// large enough is used, from its end. Holes side by side become one, and the lowest is given back. P of an area's first word: no hole is before it.

import { ALLOCATED, FLAGS, MAPPED, PREVIOUS } from "./block";
import { PAGE } from "./growth";
import { mayMap, unmapped } from "./hooks";
import { emptyLists, isWhole, nextOf, putBehind, ringAt, unlink } from "./lists";
import { HeapStat, addStat, heapStat, raiseStat } from "./params";
import { heap } from "./state";

const LEAD: u32 = 16;

const heads = memory.data(8, 8);
const holes: usize = ringAt(heads, 0);

export function emptyMapped(): void {
  emptyLists(heads, 1);
}

export function isMapped(payload: usize): bool {
  return (load<u32>(payload - 4) & MAPPED) != 0;
}

/** What is too large for the heap: mapped, from the threshold on. 0: there is no room, or none is mapped. */
export function allocateLarge(size: u32): usize {
  return allocateLargeAligned(size, LEAD);
}

export function allocateLargeAligned(size: u32, alignment: u32): usize {
  if (!heap.mmapThreshold || size < heap.mmapThreshold) return 0;
  const lead = max(LEAD, min(alignment, PAGE));
  // Beyond a page, the area is made so long that some page of it is where the payload's first must be.
  const spare = alignment > PAGE ? alignment - PAGE : 0;
  const wanted = (<u64>size + lead + spare + PAGE - 1) & ~(<u64>PAGE - 1);
  if (wanted > heap.end - heap.base) return 0;
  let start = takeArea(<u32>wanted);
  if (!start) return 0;
  let bytes = sizeOfArea(start);
  if (spare) {
    const payload = (start - heap.base + lead + alignment - 1) & ~(<usize>alignment - 1);
    const front = <u32>(payload - lead - (start - heap.base));
    const back = bytes - front - roundToPage(size + lead);
    start = trim(start, front, back);
    bytes = sizeOfArea(start);
  }
  if (!mayMap(start, bytes, lead, alignment)) {
    giveBack(start);
    return 0;
  }
  const payload = start + lead;
  store<u32>(payload - 4, bytes | MAPPED | ALLOCATED);
  addStat(HeapStat.MmapBytes, bytes);
  addStat(HeapStat.BlockBytes, bytes);
  raiseStat(HeapStat.PeakMmapBytes, heapStat(HeapStat.MmapBytes));
  raiseStat(HeapStat.PeakBytes, heapStat(HeapStat.MmapBytes) + heapStat(HeapStat.HeapBytes));
  return payload;
}

export function releaseMapped(payload: usize): void {
  const start = areaOf(payload);
  const bytes = sizeOfArea(start);
  unmapped(start);
  addStat(HeapStat.MmapBytes, -(<u64>bytes));
  addStat(HeapStat.BlockBytes, -(<u64>bytes));
  giveBack(start);
}

/** Whether a mapped block may stay as it is: it would have as many pages. */
export function resizeMapped(payload: usize, size: u32): bool {
  const start = areaOf(payload);
  const wanted = (<u64>(payload - start) + size + PAGE - 1) & ~(<u64>PAGE - 1);
  if (size < heap.mmapThreshold || wanted != sizeOfArea(start)) return false;
  addStat(HeapStat.InPlace, 1);
  return true;
}

/** The area of a payload. */
export function areaOf(payload: usize): usize {
  return heap.base + ((payload - 1 - heap.base) & ~(<usize>PAGE - 1));
}

export function sizeOfArea(start: usize): u32 {
  return load<u32>(start) & ~FLAGS;
}

function roundToPage(bytes: u32): u32 {
  return (bytes + PAGE - 1) & ~(PAGE - 1);
}

/** An allocated area of so many bytes. 0: there is no room. */
function takeArea(bytes: u32): usize {
  for (let hole = nextOf(holes); hole != holes; hole = nextOf(hole)) {
    if (sizeOfArea(hole) >= bytes) return takeFrom(hole, bytes);
  }
  if (heap.closed || heap.low - (heap.top + 4) < bytes) return 0;
  heap.low -= bytes;
  store<u32>(heap.low, bytes | MAPPED | PREVIOUS | ALLOCATED);
  return heap.low;
}

/** The last bytes of a hole. */
function takeFrom(hole: usize, bytes: u32): usize {
  const word = load<u32>(hole);
  const left = (word & ~FLAGS) - bytes;
  const start = hole + left;
  if (left) {
    store<u32>(hole, left | (word & FLAGS));
    store<u32>(start - 4, left);
    store<u32>(start, bytes | MAPPED | ALLOCATED);
  } else {
    unlink(hole);
    store<u32>(start, word | ALLOCATED);
  }
  tellNext(start + bytes, PREVIOUS);
  return start;
}

/** Says in the word of an area, if there is one, whether the one before is no hole. */
function tellNext(next: usize, previous: u32): void {
  if (next != heap.end) store<u32>(next, (load<u32>(next) & ~PREVIOUS) | previous);
}

/** Gives back the front and the back of an allocated area; where the rest begins. */
function trim(start: usize, front: u32, back: u32): usize {
  const word = load<u32>(start);
  const bytes = (word & ~FLAGS) - front - back;
  const kept = start + front;
  store<u32>(start, front | (word & FLAGS));
  store<u32>(kept, bytes | MAPPED | ALLOCATED | (front ? PREVIOUS : word & PREVIOUS));
  if (back) {
    store<u32>(kept + bytes, back | MAPPED | ALLOCATED | PREVIOUS);
    giveBack(kept + bytes);
  }
  if (front) giveBack(start);
  return kept;
}

/** An area becomes a hole, one with those beside it; the lowest is no more. */
function giveBack(start: usize): void {
  const word = load<u32>(start);
  let bytes = word & ~FLAGS;
  let previous = word & PREVIOUS;
  const next = start + bytes;
  if (next != heap.end && !(load<u32>(next) & ALLOCATED)) {
    unlink(next);
    bytes += sizeOfArea(next);
  }
  if (!previous) {
    const before = load<u32>(start - 4);
    start -= before;
    bytes += before;
    unlink(start);
    previous = load<u32>(start) & PREVIOUS;
  }
  if (start == heap.low) {
    heap.low += bytes;
    tellNext(heap.low, PREVIOUS);
    return;
  }
  store<u32>(start, bytes | MAPPED | previous);
  store<u32>(start + bytes - 4, bytes);
  putBehind(holes, start);
  tellNext(start + bytes, 0);
}

/** What must hold of all areas. The bytes of the allocated ones, and their number, or -1 where it does not. */
export let areasAllocated: u32 = 0;

export function checkAreas(): i64 {
  const end = heap.end;
  let bytes: i64 = 0;
  let holesMet: u32 = 0;
  let afterHole = true;
  areasAllocated = 0;
  if (heap.low < heap.top + 4) return -1;
  for (let area = heap.low; area != end; ) {
    const word = load<u32>(area);
    const size = word & ~FLAGS;
    const isHole = !(word & ALLOCATED);
    if (!size || size & (PAGE - 1) || size > <u32>(end - area) || !(word & MAPPED)) return -1;
    // No two holes are neighbours, and none is the lowest.
    if (isHole && afterHole) return -1;
    if (area != heap.low && ((word & PREVIOUS) == 0) != afterHole) return -1;
    if (isHole) {
      if (load<u32>(area + size - 4) != size) return -1;
      holesMet++;
    } else {
      bytes += size;
      areasAllocated++;
    }
    afterHole = isHole;
    area += size;
  }
  if (!isWhole(holes)) return -1;
  for (let hole = nextOf(holes); hole != holes; hole = nextOf(hole)) holesMet--;
  return holesMet ? -1 : bytes;
}
