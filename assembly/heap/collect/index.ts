// The blocks of a heap as a collection finds them, and how the block of an address is found. Built from the tables that know what was asked for (slots, calls, dropped
// blocks) when a collection begins, and of no use once the heap has changed.
//
//   starts   a bit for 8 bytes of heap: a payload begins there           in words of 64 bits: 512 bytes of heap
//   ranks    for each such word, the blocks that begin before it         u32
//   rows     the blocks in order of address                              16 bytes each
//
//            row   offset u32 | size asked for u32 | table << 30 + number of its entry u32 | note u32 (layouts.ts)
//
// The block that begins at or before an address is number rank + (bits of the word up to it) - 1.

import { allocate } from "../../base/arena";
import { callsEnd, callsStart } from "../calls";
import { HeapStat, heapStat } from "../params";
import { slotRoom, slots } from "../slots";
import { heap } from "../state";
import { dropped, droppedCount } from "./dropped";
import { noteAt, notes } from "./layouts";

export const NONE: u32 = u32.MAX_VALUE;

/** An entry whose block was collected: no payload, and a size that none has. */
const COLLECTED: u64 = (<u64>u32.MAX_VALUE) << 32;

/** Where a block's entry is. */
export enum Table {
  Slots,
  /** Entries there move; they are found by payload. */
  Calls,
  Dropped,
}

export let starts: usize = 0;
export let ranks: usize = 0;
export let rows: usize = 0;
/** A bit a block: it was found. And another, for a second marking. */
export let marks: usize = 0;
export let otherMarks: usize = 0;
/** Numbers of blocks, each once at most. */
export let stack: usize = 0;
export let blocks: u32 = 0;
/** Offsets between which nothing lies: the end of the heap, and the lowest mapped block, which begins a page. */
export let gapStart: u32 = 0;
export let gapEnd: u32 = 0;

/** Bytes of heap, and blocks, that there is room for. */
let span: u32 = 0;
let room: u32 = 0;
/** What of the bitmap may have bits. */
let usedBelow: u32 = 0;
let usedFrom: u32 = 0;

/** Finds the blocks. False when linear memory is used up. */
export function buildIndex(): bool {
  blocks = <u32>heapStat(HeapStat.LiveBlocks);
  if (!makeRoom()) return false;
  clearStarts();
  gapStart = <u32>(heap.top - heap.base);
  gapEnd = <u32>(heap.low - heap.base);
  usedBelow = gapStart;
  usedFrom = gapEnd;
  const slotsEnd = slots + ((<usize>slotRoom) << 3);
  const droppedEnd = dropped + ((<usize>droppedCount) << 3);
  setStarts(slots, slotsEnd);
  setStarts(callsStart(), callsEnd());
  setStarts(dropped, droppedEnd);
  const counted = count();
  assert(counted == blocks);
  fillRows(Table.Slots, slots, slotsEnd);
  fillRows(Table.Calls, callsStart(), callsEnd());
  fillRows(Table.Dropped, dropped, droppedEnd);
  emptyMarks();
  return true;
}

export function rowOf(block: u32): usize {
  return rows + ((<usize>block) << 4);
}

export function payloadOf(block: u32): usize {
  return heap.base + load<u32>(rowOf(block));
}

export function isMarked(block: u32): bool {
  return ((load<u32>(marks + ((<usize>block >> 5) << 2)) >> (block & 31)) & 1) != 0;
}

/** The marks so far become the other ones, and there are none. */
export function setAsideMarks(): void {
  const set = marks;
  marks = otherMarks;
  otherMarks = set;
  emptyMarks();
}

function emptyMarks(): void {
  memory.fill(marks, 0, <usize>markBytes(blocks));
}

function markBytes(count: u32): u64 {
  return ((<u64>count + 63) >> 6) << 3;
}

function makeRoom(): bool {
  const bytes = <u32>(heap.end - heap.base);
  if (bytes > span) {
    // One word more: of the last bytes of a heap that ends within one.
    const words = (<u64>bytes >> 9) + 1;
    starts = allocate(words << 3, 8);
    ranks = starts ? allocate(words << 2, 8) : 0;
    if (!ranks) return false;
    span = bytes;
    usedBelow = 0;
    usedFrom = bytes;
  }
  if (blocks <= room) return true;
  const wanted = max(<u64>blocks, min((<u64>room) << 1, u32.MAX_VALUE));
  rows = allocate(wanted << 4, 16);
  stack = rows ? allocate(wanted << 2, 8) : 0;
  marks = stack ? allocate(markBytes(<u32>wanted), 8) : 0;
  otherMarks = marks ? allocate(markBytes(<u32>wanted), 8) : 0;
  room = otherMarks ? <u32>wanted : 0;
  return room != 0;
}

function clearStarts(): void {
  memory.fill(starts, 0, ((usedBelow >> 9) + 1) << 3);
  memory.fill(starts + ((<usize>usedFrom >> 9) << 3), 0, ((span >> 9) + 1 - (usedFrom >> 9)) << 3);
}

function setStarts(from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = load<u32>(entry);
    if (!payload) continue;
    const offset = <u32>(payload - heap.base);
    const word = starts + ((<usize>offset >> 9) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << ((offset >> 3) & 63)));
  }
}

/** Writes the ranks; how many blocks there are. */
function count(): u32 {
  const last = <u32>(heap.end - heap.base) >> 9;
  return countWords(gapEnd >> 9, last + 1, countWords(0, (gapStart >> 9) + 1, 0));
}

function countWords(from: u32, end: u32, before: u32): u32 {
  for (let word = from; word < end; word++) {
    store<u32>(ranks + ((<usize>word) << 2), before);
    before += <u32>popcnt(load<u64>(starts + ((<usize>word) << 3)));
  }
  return before;
}

function fillRows(table: Table, from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = <usize>load<u32>(entry);
    if (!payload) continue;
    const offset = <u32>(payload - heap.base);
    const row = rowOf(beginsBefore(offset));
    store<u32>(row, offset);
    store<u32>(row, load<u32>(entry, 4), 4);
    store<u32>(row, ((<u32>table) << 30) | <u32>((entry - from) >> 3), 8);
    store<u32>(row, notes ? <u32>load<u8>(noteAt(payload)) : 0, 12);
  }
}

/** The block that begins last of those at or before an offset, which is not in the gap; NONE: there is none. */
export function beginsBefore(offset: u32): u32 {
  const place = <usize>offset >> 9;
  const bits = load<u64>(starts + (place << 3)) << (63 - ((offset >> 3) & 63));
  return load<u32>(ranks + (place << 2)) + <u32>popcnt(bits) - 1;
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
  const word = load<u64>(starts + ((<usize>offset >> 9) << 3));
  return !(offset & 7) && ((word >> ((offset >> 3) & 63)) & 1) != 0;
}
