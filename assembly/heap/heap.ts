// The calls of the host: a heap is opened, given operations a buffer at a time, or one by one.

import { allocate } from "../base/arena";
import { Result, result } from "../base/counters";
import { Status } from "../base/status";
import { setAlignment } from "./aligned";
import { roundUp } from "./block";
import { beginHeap, settle } from "./growth";
import { emptyCalls } from "./calls";
import { emptyMapped } from "./mmap";
import { HeapOp } from "./ops";
import {
  HeapExtend,
  HeapFooters,
  HeapOrganisation,
  HeapParam,
  HeapRealloc,
  HeapStat,
  addStat,
  heapParam,
  heapStats,
} from "./params";
import { Task, perform } from "./policies";
import { emptySlots } from "./slots";
import { heap } from "./state";

let buffer: usize = 0;
let bufferRoom: u32 = 0;

/**
 * Opens an empty heap by what stands in `heapParams`, which the host has checked. The one before it is gone. OutOfMemory: its limit does not fit in
 * linear memory.
 */
export function openHeap(): Status {
  readParams();
  memory.fill(heapStats, 0, (<usize>HeapStat.Length) << 3);
  if (!beginHeap() || !perform(Task.Open)) return Status.OutOfMemory;
  emptyMapped();
  emptySlots();
  emptyCalls();
  setAlignment(0);
  settle();
  return Status.Ok;
}

function readParams(): void {
  heap.mask = heapParam(HeapParam.Alignment) - 1;
  heap.unitBits = ctz(heap.mask + 1);
  heap.header = heapParam(HeapParam.Header);
  heap.footers = heapParam(HeapParam.Footers);
  heap.fit = heapParam(HeapParam.Fit);
  heap.coalescing = heapParam(HeapParam.Coalescing);
  heap.shortfall = heapParam(HeapParam.Extend) == HeapExtend.Shortfall ? 1 : 0;
  heap.inPlace = heapParam(HeapParam.Realloc) == HeapRealloc.InPlace ? 1 : 0;
  heap.chunk = heapParam(HeapParam.Chunk);
  heap.mmapThreshold = heapParam(HeapParam.MmapThreshold);
  const limit = heapParam(HeapParam.Limit);
  heap.largest = heap.mmapThreshold ? min(heap.mmapThreshold, limit) : limit;
  const footer = heapParam(HeapParam.Footer);
  const always = heap.header + (heap.footers == HeapFooters.All ? footer : 0);
  heap.extra = always + heap.mask;
  heap.minimum = max(smallestBlock(), heapParam(HeapParam.MinBlock));
  heap.split = max(heapParam(HeapParam.SplitThreshold), heap.minimum);
  heap.freed = 0;
  heap.walked = 0;
}

/** The smallest block that the parameters allow: header, footer, and a byte of payload or the links of a free one. */
export function smallestBlock(): u32 {
  const header = heapParam(HeapParam.Header);
  const footers = heapParam(HeapParam.Footers);
  const footer = heapParam(HeapParam.Footer);
  const used = header + 1 + (footers == HeapFooters.All ? footer : 0);
  const free = header + <u32>perform(Task.Links) + (footers == HeapFooters.None ? 0 : footer);
  const bytes = roundUp(max(used, free), heapParam(HeapParam.Alignment) - 1);
  const isBuddy = heapParam(HeapParam.Organisation) == HeapOrganisation.Buddy;
  return isBuddy ? 1 << (32 - clz(bytes - 1)) : bytes;
}

/** Room for so many operations; 0 when linear memory is used up. What stood there is gone where it moves. */
export function opsBuffer(ops: u32): usize {
  if (ops <= bufferRoom) return buffer;
  const grown = allocate((<u64>ops) << 3, 16);
  if (!grown) return 0;
  buffer = grown;
  bufferRoom = ops;
  return buffer;
}

/**
 * Performs operations [from, from + count) of the buffer. BadRecord: `Result.Consumed` operations of the buffer are done, and the next is none. OutOfMemory:
 * there is none for its slot.
 */
export function runOps(from: u32, count: u32): Status {
  if (<u64>from + count > bufferRoom) return Status.BadRecord;
  const start = buffer + ((<usize>from) << 3);
  const end = start + ((<usize>count) << 3);
  const stopped = perform(Task.Run, start, end);
  addStat(HeapStat.Ops, (stopped - start) >> 3);
  settle();
  result(Result.Consumed, (stopped - buffer) >> 3);
  if (stopped == end) return Status.Ok;
  return load<u32>(stopped) >> 28 > <u32>HeapOp.Align ? Status.BadRecord : Status.OutOfMemory;
}

/** The first word of an operation in the buffer. */
export function operationAt(number: u32): u32 {
  return load<u32>(buffer + ((<usize>number) << 3));
}
