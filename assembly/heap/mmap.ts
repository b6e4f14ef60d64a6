// Blocks that are mapped by themselves, from the region's end downwards, each on pages of its own:
//
//   start (page)                       p
//   | word        ...           | word | payload ...                      | next page: the next area
//
// p is at start + 16, or at a multiple of a larger alignment, at most a page on, so that the start is the page of p - 1. Both words say the same:
//
//    word  31                                    12 11     3   2   1   0
//         | bytes of the area, a multiple of a page |  zero  | M | 0 | A |
//
// An area that is unmapped is a hole (A clear), merged with the holes beside it, or given back where it is the lowest. Holes are found first-fit, from the
// lowest on, by walking over the areas.

import { ALLOCATED, FLAGS, MAPPED } from "./block";
import { PAGE } from "./growth";
import { mayMap, unmapped } from "./hooks";
import { HeapStat, addStat, heapStat, raiseStat } from "./params";
import { heap } from "./state";

const LEAD: u32 = 16;

export function isMapped(payload: usize): bool {
  return (load<u32>(payload - 4) & MAPPED) != 0;
}

/** The end of all areas. */
export function mappedEnd(): usize {
  return heap.base + ((heap.end - heap.base) & ~(PAGE - 1));
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
    giveBack(start, bytes);
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
  giveBack(start, bytes);
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

function mark(start: usize, bytes: u32, flags: u32): void {
  store<u32>(start, bytes | flags);
}

/** An allocated area of so many bytes: of the lowest hole that has them, its end; or below the others. 0: there is no room. */
function takeArea(bytes: u32): usize {
  const end = mappedEnd();
  for (let area = heap.low; area != end; area += sizeOfArea(area)) {
    const word = load<u32>(area);
    const size = word & ~FLAGS;
    if (word & ALLOCATED || size < bytes) continue;
    if (size > bytes) mark(area, size - bytes, MAPPED);
    const start = area + size - bytes;
    mark(start, bytes, MAPPED | ALLOCATED);
    return start;
  }
  if (heap.low - (heap.top + 4) < bytes) return 0;
  heap.low -= bytes;
  mark(heap.low, bytes, MAPPED | ALLOCATED);
  return heap.low;
}

/** Gives back the front and the back of an allocated area; where the rest begins. */
function trim(start: usize, front: u32, back: u32): usize {
  const bytes = sizeOfArea(start) - front - back;
  const kept = start + front;
  mark(kept, bytes, MAPPED | ALLOCATED);
  if (back) {
    mark(kept + bytes, back, MAPPED | ALLOCATED);
    giveBack(kept + bytes, back);
  }
  if (front) giveBack(start, front);
  return kept;
}

/** An area becomes a hole, one with those beside it; the lowest is no more. */
function giveBack(start: usize, bytes: u32): void {
  const end = mappedEnd();
  const next = start + bytes;
  if (next != end && !(load<u32>(next) & ALLOCATED)) bytes += sizeOfArea(next);
  const before = holeBefore(start);
  if (before) {
    bytes += <u32>(start - before);
    start = before;
  }
  if (start == heap.low) heap.low += bytes;
  else mark(start, bytes, MAPPED);
}

/** The hole that ends at an area; 0: there is none. */
function holeBefore(start: usize): usize {
  let last: usize = 0;
  for (let area = heap.low; area != start; area += sizeOfArea(area)) last = area;
  return last && !(load<u32>(last) & ALLOCATED) ? last : 0;
}
