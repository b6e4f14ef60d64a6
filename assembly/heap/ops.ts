// Operations on a heap, eight bytes each:
//
//    word 0   31    28 27            0        word 1
//            |   op   |     slot      |      | size, or alignment |
//
// A size that is no number of 32 bits, and a product of calloc that overflows, are written as 2^32 - 1, which never fits. The slot of
// NULL_SLOT is NULL. Align stands right before the Malloc whose alignment it is.

import { Allocator } from "./allocator";
import { setAlignment } from "./aligned";
import { zeroPayload } from "./hooks";
import { HeapStat, addStat, heapStat, raiseStat, setStat } from "./params";
import { NULL_SLOT, growSlots, scratch, slotRoom, slots } from "./slots";

export enum HeapOp {
  Malloc,
  Calloc,
  Realloc,
  Free,
  Align,
}

const SLOT_MASK: u32 = (1 << 28) - 1;

/** What NULL's slot is while an operation has it. */
const nothing = memory.data(8, 8);

/** The slots that operations name, and how many there are: those of a trace, or the scratch slot alone. */
let entries: usize = 0;
let entryRoom: u32 = 0;

/** Performs operations on the slots, and says where it ended: before `end` where that one is no operation or linear memory is used up. */
export function runWith<A extends Allocator>(from: usize, end: usize): usize {
  entries = slots;
  entryRoom = slotRoom;
  return run<A>(from, end);
}

/** The same, all on the scratch slot. */
export function callWith<A extends Allocator>(from: usize, end: usize): usize {
  entries = scratch;
  entryRoom = 1;
  return run<A>(from, end);
}

function run<A extends Allocator>(from: usize, end: usize): usize {
  // What each operation changes is kept in locals while the loop goes on.
  let list = entries;
  let room = entryRoom;
  let live = <u32>heapStat(HeapStat.Live);
  let peak = <u32>heapStat(HeapStat.PeakPayload);
  let blocks = <u32>heapStat(HeapStat.LiveBlocks);
  let most = <u32>heapStat(HeapStat.PeakLiveBlocks);
  let at = from;
  for (; at < end; at += 8) {
    const word = load<u32>(at);
    const slot = word & SLOT_MASK;
    let entry = list + ((<usize>slot) << 3);
    if (slot >= room) {
      entry = beyond(slot);
      if (!entry) break;
      list = entries;
      room = entryRoom;
    }
    const op = word >> 28;
    if (op == HeapOp.Malloc) {
      const size = load<u32>(at, 4);
      const payload = changetype<A>(0).allocate(size);
      if (payload) {
        store<u64>(entry, <u64>payload | ((<u64>size) << 32));
        live += size;
        peak = max(peak, live);
        most = max(most, ++blocks);
        notePeak();
      } else {
        store<u64>(entry, 0);
        addStat(HeapStat.Failed, 1);
      }
    } else if (op == HeapOp.Free) {
      const payload = load<u32>(entry);
      if (!payload) continue;
      live -= load<u32>(entry, 4);
      blocks--;
      store<u64>(entry, 0);
      changetype<A>(0).release(payload);
    } else {
      keepLive(live, peak, blocks, most);
      if (!perform<A>(op, entry, load<u32>(at, 4))) return at;
      live = <u32>heapStat(HeapStat.Live);
      peak = <u32>heapStat(HeapStat.PeakPayload);
      blocks = <u32>heapStat(HeapStat.LiveBlocks);
      most = <u32>heapStat(HeapStat.PeakLiveBlocks);
    }
  }
  keepLive(live, peak, blocks, most);
  return at;
}

function keepLive(live: u32, peak: u32, blocks: u32, most: u32): void {
  setStat(HeapStat.Live, live);
  setStat(HeapStat.PeakPayload, peak);
  setStat(HeapStat.LiveBlocks, blocks);
  setStat(HeapStat.PeakLiveBlocks, most);
}

function notePeak(): void {
  raiseStat(HeapStat.PeakBlockBytes, heapStat(HeapStat.BlockBytes));
}

/** The entry of a slot for which there was no room, or of NULL; 0: linear memory is used up. */
function beyond(slot: u32): usize {
  if (slot == NULL_SLOT) {
    store<u64>(nothing, 0);
    return nothing;
  }
  if (!growSlots(slot)) return 0;
  entries = slots;
  entryRoom = slotRoom;
  return entries + ((<usize>slot) << 3);
}

/** What is not done so often, by itself. False: there is no such operation. */
function perform<A extends Allocator>(op: HeapOp, entry: usize, size: u32): bool {
  // An alignment is that of the next operation, if it is a malloc.
  if (op != HeapOp.Align) setAlignment(0);
  switch (op) {
    case HeapOp.Realloc:
      realloc<A>(entry, size);
      return true;
    case HeapOp.Calloc:
      took(entry, size, changetype<A>(0).allocateAlone(size));
      if (load<u32>(entry)) zeroPayload(load<u32>(entry), size);
      return true;
    case HeapOp.Align:
      setAlignment(size);
      return true;
    default:
      return false;
  }
}

/** A block was allocated for a slot; 0: there was no room. */
function took(entry: usize, size: u32, payload: usize): void {
  store<u32>(entry, <u32>payload);
  if (!payload) {
    store<u32>(entry, 0, 4);
    addStat(HeapStat.Failed, 1);
    return;
  }
  store<u32>(entry, size, 4);
  const blocks = heapStat(HeapStat.LiveBlocks) + 1;
  setStat(HeapStat.LiveBlocks, blocks);
  raiseStat(HeapStat.PeakLiveBlocks, blocks);
  countPayload(size);
}

/** The block of a slot is about to be freed. */
function gave(entry: usize): void {
  addStat(HeapStat.Live, -(<u64>load<u32>(entry, 4)));
  addStat(HeapStat.LiveBlocks, -1);
  store<u64>(entry, 0);
}

/** Adds to what was asked for, and notes the most of it and of the blocks for it. */
function countPayload(size: u64): void {
  const live = heapStat(HeapStat.Live) + size;
  setStat(HeapStat.Live, live);
  raiseStat(HeapStat.PeakPayload, live);
  notePeak();
}

function realloc<A extends Allocator>(entry: usize, size: u32): void {
  const payload: usize = load<u32>(entry);
  if (!payload) {
    // A block for which there was no room: to 0 bytes, the trace is done with it.
    if (size) took(entry, size, changetype<A>(0).allocateAlone(size));
  } else if (!size) {
    gave(entry);
    changetype<A>(0).releaseAlone(payload);
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
