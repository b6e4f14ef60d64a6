// The calls of the host on the heap of a simulated process: those of heap.ts and calls.ts, noted (note.ts). asnoted.mjs has them call copies.

import { Status } from "../base/status";
import { heapAligned, heapCalloc, heapFree, heapMalloc, heapRealloc } from "./calls";
import { openHeap } from "./heap";

/** The same as `openHeap`. OutOfMemory as well where the process did not let the heap begin. */
export function openNotedHeap(): Status {
  return openHeap();
}

export function notedMalloc(size: u32): u32 {
  return heapMalloc(size);
}

export function notedCalloc(count: u32, size: u32): u32 {
  return heapCalloc(count, size);
}

export function notedAligned(size: u32, alignment: u32): u32 {
  return heapAligned(size, alignment);
}

export function notedRealloc(payload: u32, size: u32): u32 {
  return heapRealloc(payload, size);
}

export function notedFree(payload: u32): bool {
  return heapFree(payload);
}
