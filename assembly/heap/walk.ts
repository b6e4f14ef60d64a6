// The heap block by block, for the host: a map of it, and what a sample counts.

import { allocate } from "../base/arena";
import { ALLOCATED, FLAGS } from "./block";
import { HeapStat, setStat } from "./params";
import { heap } from "./state";

/** A row of the walk: words of 32 bits. */
export enum HeapRow {
  /** Where the block begins, as an offset from the heap's start; of a mapped one, its first page. */
  Start,
  Bytes,
  /** Flags of its word: 1 allocated, 2 the previous one is allocated (free footers only), 4 mapped. */
  Flags,
  /** Where its payload begins, or would; of a mapped block, where the smallest alignment has it. */
  Payload,
  Words,
}

/** Rows that the walk's buffer holds. */
export const WALK_ROWS: u32 = 4096;

/** The rows. 0 until the first walk. */
export let walkRows: usize = 0;
/** Where the next walk is to go on; 0: this one came to the end. */
export let walkNext: u32 = 0;

/**
 * Writes rows of the blocks from an offset on, the heap's first and then the mapped areas, and says how many. 0 is the start; any other is what
 * `walkNext` was. 0 rows: linear memory is used up.
 */
export function walkHeap(from: u32): u32 {
  if (!walkRows) walkRows = allocate(WALK_ROWS * <u32>HeapRow.Words * 4, 8);
  if (!walkRows) return 0;
  let rows: u32 = 0;
  let block = from ? heap.base + from : heap.first;
  if (block <= heap.top) {
    for (; block != heap.top && rows < WALK_ROWS; block += load<u32>(block) & ~FLAGS) {
      row(rows++, block + 4 - heap.header, block + 4, load<u32>(block));
    }
    if (block != heap.top) return ended(rows, block);
    block = heap.low;
  }
  const end = heap.end;
  for (; block != end && rows < WALK_ROWS; block += load<u32>(block) & ~FLAGS) {
    row(rows++, block, block + 16, load<u32>(block));
  }
  return ended(rows, block == end ? heap.base : block);
}

function row(number: u32, start: usize, payload: usize, word: u32): void {
  const at = walkRows + <usize>number * (<usize>HeapRow.Words * 4);
  store<u32>(at, <u32>(start - heap.base), HeapRow.Start * 4);
  store<u32>(at, word & ~FLAGS, HeapRow.Bytes * 4);
  store<u32>(at, word & FLAGS, HeapRow.Flags * 4);
  store<u32>(at, <u32>(payload - heap.base), HeapRow.Payload * 4);
}

function ended(rows: u32, next: usize): u32 {
  walkNext = <u32>(next - heap.base);
  return rows;
}

/** Counts the free blocks and finds the largest, for the counts of samples. */
export function sampleHeap(): void {
  let free: u32 = 0;
  let largest: u32 = 0;
  for (let block = heap.first; block != heap.top; ) {
    const word = load<u32>(block);
    if (!(word & ALLOCATED)) {
      free++;
      largest = max(largest, word & ~FLAGS);
    }
    block += word & ~FLAGS;
  }
  setStat(HeapStat.FreeBlocks, free);
  setStat(HeapStat.LargestFree, largest);
}

/** Where the heap begins in linear memory: what offsets are from. */
export function heapBase(): usize {
  return heap.base;
}

/** The end of what the heap has grown to, and the lowest mapped area: nothing lies between. */
export function heapTop(): usize {
  return heap.top + 4;
}

export function heapLow(): usize {
  return heap.low;
}

/** Bytes of the region from there on. */
export function heapRoom(): usize {
  return heap.end - heap.base;
}
