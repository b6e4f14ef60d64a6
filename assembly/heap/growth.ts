// The heap's end: where blocks begin, and sbrk.

import { allocate } from "../base/arena";
import { ALLOCATED, PREVIOUS, roundUp } from "./block";
import { mayGrow } from "./hooks";
import { HeapFooters, HeapParam, HeapStat, addStat, heapParam, heapStat, raiseStat, setStat } from "./params";
import { heap } from "./state";

/** What mapped blocks are multiples of. */
export const PAGE: u32 = 4096;

/** Bytes of the region that was taken, for whatever heaps there are one after the other. */
export let reserved: u32 = 0;

/** Takes the region and writes prologue and epilogue. False when linear memory is used up, or the process gives none. */
export function beginHeap(): bool {
  const limit = heapParam(HeapParam.Limit);
  if (limit > reserved) {
    const base = allocate(limit, PAGE);
    if (!base) return false;
    heap.base = base;
    reserved = limit;
  }
  heap.end = heap.base + limit;
  heap.low = heap.end;
  const word = heap.base + roundUp(heap.header, heap.mask) - 4;
  let prologue: u32 = 0;
  if (heap.footers == HeapFooters.All)
    prologue = roundUp(heap.header + heapParam(HeapParam.Footer), heap.mask);
  if (!mayGrow(<u32>(word + prologue + 4 - heap.base))) return false;
  if (prologue) {
    store<u32>(word, prologue | ALLOCATED);
    store<u32>(word + prologue - heap.header, prologue | ALLOCATED);
  }
  heap.first = word + prologue;
  heap.top = heap.first;
  store<u32>(heap.top, heap.footers == HeapFooters.Free ? ALLOCATED | PREVIOUS : ALLOCATED);
  noteGrowth();
  return true;
}

/**
 * Moves the epilogue up by some bytes, a multiple of the alignment. What was the epilogue is the header of what the caller is to make of them. False where
 * that is beyond the limit.
 */
export function sbrk(bytes: u32): bool {
  if (bytes > roomLeft() || !mayGrow(bytes)) return false;
  heap.top += bytes;
  store<u32>(heap.top, ALLOCATED);
  addStat(HeapStat.Sbrks, 1);
  noteGrowth();
  return true;
}

/** Bytes that the heap can still grow by. */
export function roomLeft(): u32 {
  return heap.closed ? 0 : <u32>(heap.low - heap.top - 4);
}

function noteGrowth(): void {
  const bytes = <u64>(heap.top + 4 - heap.base);
  setStat(HeapStat.HeapBytes, bytes);
  raiseStat(HeapStat.PeakBytes, bytes + heapStat(HeapStat.MmapBytes));
}

/** Bytes of the heap that are in no block: before the first, and the epilogue. */
export function fixedBytes(): u64 {
  return <u64>(heap.first - heap.base + 4);
}

/** Brings up to date what no operation needs by itself. */
export function settle(): void {
  const used = heapStat(HeapStat.BlockBytes) - heapStat(HeapStat.MmapBytes);
  setStat(HeapStat.FreeBytes, heapStat(HeapStat.HeapBytes) - fixedBytes() - used);
}
