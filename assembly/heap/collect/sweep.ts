// Sweeping: blocks that were not found are freed, the lowest address first, as `free` would. Either all at once, or lazily: as long as any are left the heap does not grow
// (`heap.closed`), so that an allocation which finds nothing fails, has some blocks swept, and tries again. What is freed is the same.

import { forgetCall } from "../calls";
import { settle } from "../growth";
import { HeapOp } from "../ops";
import { HeapStat, heapStat, setStat } from "../params";
import { Task, perform } from "../policies";
import { scratch } from "../slots";
import { heap } from "../state";
import { forgetNotes } from "./layouts";
import { CollectCount, addCollected, collectCount, setCollected } from "./params";
import { Table, beginsAt, beginsBefore, blocks, clearEntry, isMarked, rowOf } from "./index";

/** Blocks that a lazy sweep looks at before the allocation tries again; twice as many the next time. */
const LEAST: u32 = 32;

/** The first block that was not looked at. */
let next: u32 = 0;
const freeing = memory.data(8, 8);

/** Nothing was swept, and all blocks are to be. Until `finishSweep` or as many sweeps as it takes, the heap does not grow. */
export function beginSweep(): void {
  next = 0;
  store<u32>(freeing, (<u32>HeapOp.Free) << 28);
  heap.closed = blocks ? 1 : 0;
}

/** Sweeps what is left. */
export function finishSweep(): void {
  if (heap.closed) sweepBlocks(blocks - next, u32.MAX_VALUE);
}

/** Whether a block is dead and not freed yet: to the program it is none. */
export function isDead(payload: usize): bool {
  if (!heap.closed) return false;
  const offset = <u32>(payload - heap.base);
  if (!beginsAt(offset)) return false;
  const block = beginsBefore(offset);
  return block >= next && !isMarked(block);
}

/** What is dead is of no more interest: the heap is a new one. */
export function abandonSweep(): void {
  heap.closed = 0;
}

/** Sweeps some blocks, more at each attempt, until those freed have as many bytes. False: there was nothing left to sweep. */
function sweepFor(bytes: u32, attempt: u32): bool {
  if (!heap.closed) return false;
  const from = next;
  sweepBlocks(LEAST << min(attempt, 20), bytes);
  addCollected(CollectCount.SweptLater, next - from);
  setCollected(CollectCount.SweptAtOnce, max(collectCount(CollectCount.SweptAtOnce), next - from));
  return true;
}

/** Performs a request for so many bytes; one that finds no room, again and again as sweeps free some. */
export function performSwept(task: Task, from: usize, to: usize, bytes: u32): void {
  const failed = heapStat(HeapStat.Failed);
  perform(task, from, to);
  for (let attempt: u32 = 0; heapStat(HeapStat.Failed) != failed && sweepFor(bytes, attempt); attempt++) {
    setStat(HeapStat.Failed, failed);
    perform(task, from, to);
  }
}

/** Sweeps blocks until those freed have so many bytes, but so many blocks at least. */
function sweepBlocks(least: u32, bytes: u32): void {
  let freed: u64 = 0;
  const first = next;
  // An operation may be under way whose block is there.
  const kept = load<u64>(scratch);
  while (next < blocks && (next - first < least || freed < bytes)) {
    if (!isMarked(next)) freed += free(rowOf(next));
    next++;
  }
  store<u64>(scratch, kept);
  if (next == blocks) heap.closed = 0;
  settle();
}

/** Frees a block; its bytes. */
function free(row: usize): u32 {
  const payload = heap.base + load<u32>(row);
  const size = load<u32>(row, 4);
  const before = heapStat(HeapStat.BlockBytes);
  forgetNotes(payload, size);
  if (load<u32>(row, 8) >> 30 == <u32>Table.Calls) forgetCall(<u32>payload);
  else clearEntry(row);
  store<u32>(scratch, <u32>payload);
  store<u32>(scratch, size, 4);
  perform(Task.Call, freeing, freeing + 8);
  return <u32>(before - heapStat(HeapStat.BlockBytes));
}
