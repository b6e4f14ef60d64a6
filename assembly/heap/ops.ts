// Operations on a heap, eight bytes each:
//
//    word 0   31    28 27            0        word 1
//            |   op   |     slot      |      | size, or alignment |
//
// A size that is no number of 32 bits, and a product of calloc that overflows, are written as 2^32 - 1, which never fits. The slot of
// NULL_SLOT is NULL. Align goes before the Malloc whose alignment it is.

import { Allocator } from "./allocator";
import { zeroPayload } from "./hooks";
import { HeapStat, addStat, heapStats } from "./params";
import { NULL_SLOT, growSlots, scratch, slotRoom, slots } from "./slots";

export enum HeapOp {
  Malloc,
  Calloc,
  Realloc,
  Free,
  Align,
}

const SLOT_MASK: u32 = (1 << 28) - 1;

/** What the alignment of the next Malloc is; 0: the policy's. */
let alignment: u32 = 0;
/** A block that NULL's slot stands for, for as long as an operation takes. */
const nothing = memory.data(8, 8);

export function forgetAlignment(): void {
  alignment = 0;
}

/** Performs operations, and says where it ended: before `end` where that one is no operation or linear memory is used up. */
export function runWith<A extends Allocator>(from: usize, end: usize): usize {
  let at = from;
  for (; at < end; at += 8) {
    const word = load<u32>(at);
    const slot = word & SLOT_MASK;
    if (slot >= slotRoom && slot != NULL_SLOT && !growSlots(slot)) return at;
    let entry = slots + ((<usize>slot) << 3);
    if (slot == NULL_SLOT) {
      entry = nothing;
      store<u64>(nothing, 0);
    }
    if (!operate<A>(word >> 28, entry, load<u32>(at, 4))) return at;
  }
  return at;
}

/** The same, all on the scratch slot. */
export function callWith<A extends Allocator>(from: usize, end: usize): usize {
  for (let at = from; at < end; at += 8) {
    if (!operate<A>(load<u32>(at) >> 28, scratch, load<u32>(at, 4))) return at;
  }
  return end;
}

/** One operation on a slot; false: there is none of this number. */
function operate<A extends Allocator>(op: HeapOp, entry: usize, size: u32): bool {
  switch (op) {
    case HeapOp.Malloc:
      if (alignment) alignedMalloc<A>(entry, size);
      else malloc<A>(entry, size);
      return true;
    case HeapOp.Free:
      free<A>(entry);
      return true;
    case HeapOp.Realloc:
      realloc<A>(entry, size);
      return true;
    case HeapOp.Calloc:
      malloc<A>(entry, size);
      if (load<u32>(entry)) zeroPayload(load<u32>(entry), size);
      return true;
    case HeapOp.Align:
      alignment = size;
      return true;
    default:
      return false;
  }
}

function malloc<A extends Allocator>(entry: usize, size: u32): void {
  took<A>(entry, size, changetype<A>(0).allocate(size));
}

/** A block was allocated for a slot; 0: there was no room. */
function took<A extends Allocator>(entry: usize, size: u32, payload: usize): void {
  store<u32>(entry, <u32>payload);
  if (!payload) {
    store<u32>(entry, 0, 4);
    addStat(HeapStat.Failed, 1);
    return;
  }
  store<u32>(entry, size, 4);
  countBlock();
  countPayload(size);
}

function countBlock(): void {
  const blocks = stat(HeapStat.LiveBlocks) + 1;
  put(HeapStat.LiveBlocks, blocks);
  if (blocks > stat(HeapStat.PeakLiveBlocks)) put(HeapStat.PeakLiveBlocks, blocks);
}

/** Adds to what was asked for, and notes the most of it and of the blocks for it. */
function countPayload(size: u64): void {
  const live = stat(HeapStat.Live) + size;
  put(HeapStat.Live, live);
  if (live > stat(HeapStat.PeakPayload)) put(HeapStat.PeakPayload, live);
  const bytes = stat(HeapStat.BlockBytes);
  if (bytes > stat(HeapStat.PeakBlockBytes)) put(HeapStat.PeakBlockBytes, bytes);
}

function alignedMalloc<A extends Allocator>(entry: usize, size: u32): void {
  const wanted = alignment;
  alignment = 0;
  const isPower = wanted != 0 && (wanted & (wanted - 1)) == 0;
  took<A>(entry, size, isPower ? changetype<A>(0).allocateAligned(size, wanted) : 0);
}

function free<A extends Allocator>(entry: usize): void {
  const payload = load<u32>(entry);
  if (!payload) return;
  put(HeapStat.Live, stat(HeapStat.Live) - load<u32>(entry, 4));
  put(HeapStat.LiveBlocks, stat(HeapStat.LiveBlocks) - 1);
  store<u64>(entry, 0);
  changetype<A>(0).release(payload);
}

function realloc<A extends Allocator>(entry: usize, size: u32): void {
  const payload = load<u32>(entry);
  if (!payload) {
    malloc<A>(entry, size);
  } else if (!size) {
    free<A>(entry);
  } else {
    const old = load<u32>(entry, 4);
    const moved = changetype<A>(0).resize(payload, old, size);
    if (!moved) {
      addStat(HeapStat.Failed, 1);
      return;
    }
    store<u32>(entry, <u32>moved);
    store<u32>(entry, size, 4);
    countPayload(<u64>size - old);
  }
}

function stat(slot: HeapStat): u64 {
  return load<u64>(heapStats + ((<usize>slot) << 3));
}

function put(slot: HeapStat, value: u64): void {
  store<u64>(heapStats + ((<usize>slot) << 3), value);
}
