// The blocks of a heap as a collection finds them, and how the block of an address is found. Built from the tables that know what was asked for (slots, calls, dropped
// blocks) when a collection begins, and of no use once the heap has changed.
//
//   groups   512 bytes of heap each, 64 granules of 8; a bit a granule, the lowest address in the lowest bit
//
//            starts u64 | marks u64 | inside u64 | rank u32 | - u32
//
//              starts   a payload begins here
//              marks    and its block was found
//              inside   all 8 bytes are of one payload, as far as it was asked for
//              rank     blocks that begin before the group
//
//   rows     the blocks in order of address, 16 bytes each
//
//            offset u32 | size asked for u32 | table << 30 + number of its entry u32 | note u32 (layouts.ts)
//
// The block that begins at or before an address is number rank + (bits of starts up to it) - 1. Marking looks at groups alone, one cache line for a pointer: a block's words are its
// granules inside, for there is a header between any two payloads.

import { allocate } from "../../base/arena";
import { Status } from "../../base/status";
import { callsEnd, callsStart } from "../calls";
import { HeapStat, heapStat } from "../params";
import { slotRoom, slots } from "../slots";
import { heap } from "../state";
import { dropped, droppedCount } from "./dropped";
import { noteAt, notes } from "./layouts";

export const NONE: u32 = u32.MAX_VALUE;

/** Where in a group its words are. */
export const MARKS: usize = 8;
export const INSIDE: usize = 16;
const RANK: usize = 24;

/** An entry whose block was collected: no payload, and a size that none has. */
const COLLECTED: u64 = (<u64>u32.MAX_VALUE) << 32;

/** Where a block's entry is. */
export enum Table {
  Slots,
  /** Entries there move; they are found by payload. */
  Calls,
  Dropped,
}

export let groups: usize = 0;
export let rows: usize = 0;
/** By group, the marks of a first marking, while there is a second. */
let otherMarks: usize = 0;
/** Room for 4 bytes a block. */
export let stack: usize = 0;
export let blocks: u32 = 0;
/** Offsets between which nothing lies: the end of the heap, and the lowest mapped block, which begins a page. */
export let gapStart: u32 = 0;
export let gapEnd: u32 = 0;

/** Bytes of heap, and blocks, that there is room for. */
let span: u32 = 0;
let room: u32 = 0;
/** Which groups may have bits: those below one offset, and those from another one on. */
let usedBelow: u32 = 0;
let usedFrom: u32 = 0;

/** Finds the blocks. OutOfMemory: linear memory is used up. Contradiction: the tables have more or fewer blocks than the heap counts. */
export function buildIndex(): Status {
  blocks = <u32>heapStat(HeapStat.LiveBlocks);
  if (!makeRoom()) return Status.OutOfMemory;
  clearGroups();
  gapStart = <u32>(heap.top - heap.base);
  gapEnd = <u32>(heap.low - heap.base);
  usedBelow = gapStart;
  usedFrom = gapEnd;
  const slotsEnd = slots + ((<usize>slotRoom) << 3);
  const droppedEnd = dropped + ((<usize>droppedCount) << 3);
  setBits(slots, slotsEnd);
  setBits(callsStart(), callsEnd());
  setBits(dropped, droppedEnd);
  // There is room for as many rows as the heap counts.
  if (countStarts() != blocks) return Status.Contradiction;
  fillRows(Table.Slots, slots, slotsEnd);
  fillRows(Table.Calls, callsStart(), callsEnd());
  fillRows(Table.Dropped, dropped, droppedEnd);
  return Status.Ok;
}

export function rowOf(block: u32): usize {
  return rows + ((<usize>block) << 4);
}

export function payloadOf(block: u32): usize {
  return heap.base + load<u32>(rowOf(block));
}

/** The group that an offset lies in. */
export function groupOf(offset: u32): usize {
  return groups + ((<usize>offset >> 9) << 5);
}

/** The bit of a granule in its group's words. */
export function bitOf(offset: u32): u64 {
  return (<u64>1) << ((offset >> 3) & 63);
}

export function isMarked(block: u32): bool {
  const offset = load<u32>(rowOf(block));
  return (load<u64>(groupOf(offset), MARKS) & bitOf(offset)) != 0;
}

/** The marks so far become the other ones, and there are none. False when linear memory is used up. */
export function setAsideMarks(): bool {
  if (!otherMarks) otherMarks = allocate((<u64>span >> 6) + 16, 8);
  if (!otherMarks) return false;
  setAside(0, (gapStart >> 9) + 1);
  setAside(gapEnd >> 9, lastGroup() + 1);
  return true;
}

function setAside(from: u32, end: u32): void {
  for (let number = from; number < end; number++) {
    const group = groups + ((<usize>number) << 5);
    store<u64>(otherMarks + ((<usize>number) << 3), load<u64>(group, MARKS));
    store<u64>(group, 0, MARKS);
  }
}

/** Whether a block was found by the first marking. */
export function wasMarked(block: u32): bool {
  const offset = load<u32>(rowOf(block));
  return (load<u64>(otherMarks + ((<usize>offset >> 9) << 3)) & bitOf(offset)) != 0;
}

function lastGroup(): u32 {
  return <u32>(heap.end - heap.base) >> 9;
}

function makeRoom(): bool {
  const bytes = <u32>(heap.end - heap.base);
  if (bytes > span) {
    // One more: of the last bytes of a heap that ends within one.
    groups = allocate(((<u64>bytes >> 9) + 1) << 5, 32);
    otherMarks = 0;
    if (!groups) return false;
    span = bytes;
    usedBelow = 0;
    usedFrom = bytes;
  }
  if (blocks <= room) return true;
  const wanted = max(<u64>blocks, min((<u64>room) << 1, u32.MAX_VALUE));
  rows = allocate(wanted << 4, 16);
  stack = rows ? allocate(wanted << 2, 8) : 0;
  room = stack ? <u32>wanted : 0;
  return room != 0;
}

function clearGroups(): void {
  memory.fill(groups, 0, ((usedBelow >> 9) + 1) << 5);
  memory.fill(groupOf(usedFrom), 0, ((span >> 9) + 1 - (usedFrom >> 9)) << 5);
}

/** Sets the bits of blocks: where each begins, and the granules inside. */
function setBits(from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = <usize>load<u32>(entry);
    if (!payload) continue;
    const offset = <u32>(payload - heap.base);
    let group = groupOf(offset);
    store<u64>(group, load<u64>(group) | bitOf(offset));
    let granule = (offset >> 3) & 63;
    let left = load<u32>(entry, 4) >> 3;
    while (left) {
      const here = min(left, 64 - granule);
      const bits = (u64.MAX_VALUE >> (64 - here)) << granule;
      store<u64>(group, load<u64>(group, INSIDE) | bits, INSIDE);
      left -= here;
      granule = 0;
      group += 32;
    }
  }
}

/** Writes the ranks; how many blocks there are. */
function countStarts(): u32 {
  return countFrom(gapEnd >> 9, lastGroup() + 1, countFrom(0, (gapStart >> 9) + 1, 0));
}

function countFrom(from: u32, end: u32, before: u32): u32 {
  for (let number = from; number < end; number++) {
    const group = groups + ((<usize>number) << 5);
    store<u32>(group, before, RANK);
    before += <u32>popcnt(load<u64>(group));
  }
  return before;
}

function fillRows(table: Table, from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = <usize>load<u32>(entry);
    if (!payload) continue;
    const row = rowOf(beginsBefore(<u32>(payload - heap.base)));
    const note = notes ? <u64>load<u8>(noteAt(payload)) : 0;
    store<u64>(row, load<u64>(entry) - heap.base);
    store<u64>(row, (note << 32) | ((<u64>table) << 30) | ((entry - from) >> 3), 8);
  }
}

/** The block that begins last of those at or before an offset, which is not in the gap; NONE: there is none. */
export function beginsBefore(offset: u32): u32 {
  const group = groupOf(offset);
  const bits = load<u64>(group) << (63 - ((offset >> 3) & 63));
  return load<u32>(group, RANK) + <u32>popcnt(bits) - 1;
}

/** Where the block begins that has the byte at an offset; NONE: none has. */
export function holderOf(offset: u32): u32 {
  const group = groupOf(offset);
  const granule = (offset >> 3) & 63;
  const begun = load<u64>(group) << (63 - granule);
  if ((load<u64>(group, INSIDE) >> granule) & 1) {
    if (begun) return (offset & ~7) - ((<u32>clz(begun)) << 3);
    // It begins in a group before.
    const last = load<u64>(group - 32);
    if (last) return (offset & ~511) - 8 - ((<u32>clz(last)) << 3);
  }
  // It begins far before, or the granule has its last bytes.
  if (offset >= gapStart && offset < gapEnd) return NONE;
  const block = beginsBefore(offset);
  if (block == NONE) return NONE;
  const row = rowOf(block);
  const start = load<u32>(row);
  return offset - start < load<u32>(row, 4) ? start : NONE;
}

/** Empties the entry of a block in slots or dropped blocks, if it is still there. */
export function clearEntry(row: usize): void {
  const word = load<u32>(row, 8);
  const table = word >> 30 == <u32>Table.Slots ? slots : dropped;
  const entry = table + ((<usize>(word & 0x3fffffff)) << 3);
  if (<usize>load<u32>(entry) == heap.base + load<u32>(row)) emptySlot(entry);
}

/** An entry's block was collected. */
export function emptySlot(entry: usize): void {
  store<u64>(entry, COLLECTED);
}

export function wasCollected(entry: usize): bool {
  return load<u64>(entry) == COLLECTED;
}

/** Whether a payload begins at an offset. */
export function beginsAt(offset: u32): bool {
  return !(offset & 7) && (load<u64>(groupOf(offset)) & bitOf(offset)) != 0;
}
