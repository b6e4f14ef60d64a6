// Marking: from roots to the blocks that words there point to, and on from those. The stack of blocks that are found and not yet looked through cannot overflow: each block is put there once.

import { ATOMIC, LAYOUT, isPointer, pointers } from "./layouts";
import { CollectCount, CollectParam, addCollected, collectParam } from "./params";
import { NONE, beginsAt, beginsBefore, gapEnd, gapStart, marks, rowOf, stack } from "./index";
import { heap } from "../state";

/** What a word says of the heap's first byte. */
let origin: u64 = 0;
/** Bytes of the region. */
let span: u64 = 0;
let word: u32 = 8;
let interior: bool = false;
let precise: bool = false;
/** Where the next block goes on the stack. */
let top: usize = 0;
let looked: u64 = 0;
let found: u64 = 0;
let foundBytes: u64 = 0;

/** Takes the options; `exact`: as precise as layouts allow, whatever they say. */
export function beginMarking(exact: bool): void {
  origin = collectParam(CollectParam.Origin);
  word = <u32>collectParam(CollectParam.Word);
  interior = collectParam(CollectParam.Interior) != 0;
  precise = exact || collectParam(CollectParam.Precise) != 0;
  span = <u64>(heap.end - heap.base);
  top = stack;
  looked = 0;
  found = 0;
  foundBytes = 0;
}

export function countMarking(): void {
  addCollected(CollectCount.WordsMarked, looked);
  addCollected(CollectCount.LiveBlocks, found);
  addCollected(CollectCount.LiveBytes, foundBytes);
}

/** Follows roots: 64-bit words, whatever the size of words in the heap. */
export function markRoots(from: usize, count: u32): void {
  const end = from + ((<usize>count) << 3);
  looked += count;
  for (let at = from; at < end; at += 8) {
    const offset = load<u64>(at) - origin;
    if (offset < span) visit(<u32>offset);
  }
  drain();
}

/** Follows the blocks of entries. */
export function markEntries(from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = <usize>load<u32>(entry);
    if (!payload) continue;
    looked++;
    push(beginsBefore(<u32>(payload - heap.base)));
  }
  drain();
}

/** Follows a block by its number. */
export function markBlock(block: u32): void {
  push(block);
  drain();
}

function drain(): void {
  while (top != stack) {
    top -= 4;
    scan(load<u32>(top));
  }
}

function scan(block: u32): void {
  const row = rowOf(block);
  const from = heap.base + load<u32>(row);
  const size = load<u32>(row, 4);
  const note = <u8>load<u32>(row, 12);
  if (note & ATOMIC) return;
  if (note & LAYOUT && precise) scanPointers(from, size);
  else if (word == 8) scanWords(from, from + (size & ~7));
  else scanHalves(from, from + (size & ~3));
}

function scanWords(from: usize, end: usize): void {
  const first = origin;
  const most = span;
  for (let at = from; at < end; at += 8) {
    const offset = load<u64>(at) - first;
    if (offset < most) visit(<u32>offset);
  }
  looked += (end - from) >> 3;
}

function scanHalves(from: usize, end: usize): void {
  for (let at = from; at < end; at += 4) {
    const offset = <u64>load<u32>(at) - origin;
    if (offset < span) visit(<u32>offset);
  }
  looked += (end - from) >> 2;
}

/** Words of which it is known that they are pointers, as far as the block has them whole. */
function scanPointers(from: usize, size: u32): void {
  if (size < word) return;
  // Of words of 8 bytes, only the bits of their first halves.
  const mask: u64 = word == 8 ? 0x5555555555555555 : u64.MAX_VALUE;
  const base = <u32>(from - heap.base) >> 2;
  const last = base + ((size - word) >> 2);
  for (let group = base >> 6; group <= last >> 6; group++) {
    let bits = load<u64>(pointers + ((<usize>group) << 3)) & mask;
    if (group == base >> 6) bits &= u64.MAX_VALUE << (base & 63);
    if (group == last >> 6) bits &= u64.MAX_VALUE >> (63 - (last & 63));
    for (; bits; bits &= bits - 1) {
      const at = heap.base + ((<usize>((group << 6) + <u32>ctz(bits))) << 2);
      const offset = (word == 8 ? load<u64>(at) : <u64>load<u32>(at)) - origin;
      looked++;
      if (offset < span) visit(<u32>offset);
    }
  }
}

/** Behind the word in which `targetFrom` found a block: bytes of the block before it. */
export let targetPlace: u32 = 0;

/** The next block that a block leads to, from some bytes of it on; NONE: to no further one. */
export function targetFrom(block: u32, place: u32): u32 {
  const row = rowOf(block);
  const from = heap.base + load<u32>(row);
  const size = load<u32>(row, 4);
  const note = <u8>load<u32>(row, 12);
  if (note & ATOMIC) return NONE;
  const picks = note & LAYOUT && precise;
  for (; place + word <= size; place += word) {
    if (picks && !isPointer(from + place)) continue;
    looked++;
    const said = word == 8 ? load<u64>(from + place) : <u64>load<u32>(from + place);
    const target = said - origin < span ? blockAt(<u32>(said - origin)) : NONE;
    if (target == NONE) continue;
    targetPlace = place + word;
    return target;
  }
  return NONE;
}

/** A word says this offset. */
function visit(offset: u32): void {
  const block = blockAt(offset);
  if (block != NONE) push(block);
}

/** The offset that a word says; NONE: none in the region. */
export function offsetOf(said: u64): u32 {
  return said - origin < span ? <u32>(said - origin) : NONE;
}

/** The block that a pointer to an offset keeps; NONE: there is none. */
export function blockAt(offset: u32): u32 {
  if (beginsAt(offset)) return beginsBefore(offset);
  if (!interior || (offset >= gapStart && offset < gapEnd)) return NONE;
  const block = beginsBefore(offset);
  if (block == NONE) return NONE;
  const row = rowOf(block);
  return offset - load<u32>(row) < load<u32>(row, 4) ? block : NONE;
}

function push(block: u32): void {
  const at = marks + ((<usize>block >> 5) << 2);
  const set = load<u32>(at);
  const bit = (<u32>1) << (block & 31);
  if (set & bit) return;
  store<u32>(at, set | bit);
  found++;
  foundBytes += load<u32>(rowOf(block), 4);
  store<u32>(top, block);
  top += 4;
}
