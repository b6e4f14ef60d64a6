// Marking: from roots to the blocks that words there point to, and on from those. The stack of blocks that are found and not yet looked through cannot overflow: each block is put there once.
//
//   stack --32 blocks--> batch --words in the region--> candidates --those that keep a block that was not found--> stack
//
// A pointer leads anywhere, so that the time goes by waiting for memory. The steps between are there to wait for much at once: loads that nothing depends on ("touch") ask for the first
// and last words of a batch's blocks, and for the groups of candidates, before any is looked at. With these, and one cache line to look at for a pointer, a random graph of 38 MB is collected
// at 303 MB/s; one pointer after the other, through three tables, it was 78.

import { ATOMIC, LAYOUT, isPointer, noteAt, notes, pointers } from "./layouts";
import { CollectCount, CollectParam, addCollected, collectParam, setCollected } from "./params";
import {
  INSIDE,
  MARKS,
  NONE,
  beginsAt,
  beginsBefore,
  bitOf,
  blocks,
  groupOf,
  holderOf,
  isMarked,
  rowOf,
  stack,
} from "./index";
import { heap } from "../state";

/** What a word says of the heap's first byte. */
let origin: u64 = 0;
/** Bytes of the region. */
let span: u64 = 0;
let word: u32 = 8;
let interior: bool = false;
let precise: bool = false;
/** Where the next block goes on the stack: where its payload begins, u32. */
let top: usize = 0;
let looked: u64 = 0;

/** Blocks that are looked through together: u32 each, as on the stack. */
const BATCH: u32 = 32;
const batch = memory.data(<i32>BATCH * 4, 8);
/** Offsets that words say: u32 each. There is room for those of one group more than are ever left. */
const CANDIDATES: u32 = 192;
const GROUP_WORDS: u32 = 128;
const candidates = memory.data(<i32>(CANDIDATES + GROUP_WORDS) * 4, 8);
let candidate: usize = candidates;
/** What was touched, so that it is. */
let touched: u64 = 0;

/** Takes the options; `exact`: as precise as layouts allow, whatever they say. */
export function beginMarking(exact: bool): void {
  origin = collectParam(CollectParam.Origin);
  word = <u32>collectParam(CollectParam.Word);
  interior = collectParam(CollectParam.Interior) != 0;
  precise = exact || collectParam(CollectParam.Precise) != 0;
  span = <u64>(heap.end - heap.base);
  top = stack;
  looked = 0;
}

/** Says what was found, and how many words were looked at. */
export function countMarking(): void {
  let found: u64 = 0;
  let bytes: u64 = 0;
  for (let block: u32 = 0; block < blocks; block++) {
    if (!isMarked(block)) continue;
    found++;
    bytes += load<u32>(rowOf(block), 4);
  }
  addCollected(CollectCount.WordsMarked, looked);
  setCollected(CollectCount.LiveBlocks, found);
  setCollected(CollectCount.LiveBytes, bytes);
}

/** Follows roots: 64-bit words, whatever the size of words in the heap. */
export function markRoots(from: usize, count: u32): void {
  const end = from + ((<usize>count) << 3);
  while (from < end) {
    const next = min(from + ((<usize>GROUP_WORDS) << 3), end);
    take(from, next);
    from = next;
  }
  drain();
}

/** Follows the blocks of entries. */
export function markEntries(from: usize, end: usize): void {
  for (let entry = from; entry < end; entry += 8) {
    const payload = <usize>load<u32>(entry);
    if (!payload) continue;
    looked++;
    push(<u32>(payload - heap.base));
  }
  drain();
}

/** Follows a block by its number. */
export function markBlock(block: u32): void {
  push(load<u32>(rowOf(block)));
  drain();
}

function drain(): void {
  for (findCandidates(); top != stack; findCandidates()) {
    const count = takeBatch();
    for (let at: u32 = 0; at < count; at++) scan(load<u32>(batch + ((<usize>at) << 2)));
  }
}

/** Moves blocks from the stack to the batch; how many. */
function takeBatch(): u32 {
  const count = min(BATCH, <u32>((top - stack) >> 2));
  let sum: u64 = 0;
  for (let at: u32 = 0; at < count; at++) {
    top -= 4;
    const offset = load<u32>(top);
    store<u32>(batch + ((<usize>at) << 2), offset);
    const first = heap.base + offset;
    sum += load<u64>(first) + load<u64>(first + ((<usize>max(granulesFrom(offset), 1) - 1) << 3));
  }
  touched = sum;
  return count;
}

function scan(offset: u32): void {
  const note: u8 = notes ? load<u8>(noteAt(heap.base + offset)) : 0;
  if (note & ATOMIC) return;
  if (note & LAYOUT && precise) scanPointers(offset);
  else if (word == 8) scanWords(offset);
  else scanHalves(offset);
}

/** Granules inside, from an offset on, of its group. */
function granulesFrom(offset: u32): u32 {
  return <u32>ctz(~(load<u64>(groupOf(offset), INSIDE) >> ((offset >> 3) & 63)));
}

/** The words of a block are its granules inside, group by group. */
function scanWords(offset: u32): void {
  const granule = (offset >> 3) & 63;
  let group = groupOf(offset);
  let at = heap.base + offset;
  let here = 64 - granule;
  let count = <u32>ctz(~(load<u64>(group, INSIDE) >> granule));
  while (count == here) {
    take(at, at + ((<usize>count) << 3));
    at += (<usize>count) << 3;
    group += 32;
    here = 64;
    count = <u32>ctz(~load<u64>(group, INSIDE));
  }
  take(at, at + ((<usize>count) << 3));
}

/** Takes words, `GROUP_WORDS` at most. */
function take(from: usize, end: usize): void {
  const first = origin;
  const most = span;
  let next = candidate;
  for (let at = from; at < end; at += 8) {
    const offset = load<u64>(at) - first;
    store<u32>(next, <u32>offset);
    next += offset < most ? 4 : 0;
  }
  looked += (end - from) >> 3;
  took(next);
}

function scanHalves(offset: u32): void {
  const from = heap.base + offset;
  const end = from + (sizeOf(offset) & ~3);
  for (let at = from; at < end; at += 4) takeWord(load<u32>(at));
}

function sizeOf(offset: u32): u32 {
  return load<u32>(rowOf(beginsBefore(offset)), 4);
}

function takeWord(said: u64): void {
  looked++;
  store<u32>(candidate, <u32>(said - origin));
  took(said - origin < span ? candidate + 4 : candidate);
}

/** Candidates end here now. */
function took(end: usize): void {
  candidate = end;
  if (end > candidates + ((<usize>CANDIDATES) << 2)) findCandidates();
}

/** Words of which it is known that they are pointers, as far as the block has them whole. */
function scanPointers(offset: u32): void {
  const size = sizeOf(offset);
  if (size < word) return;
  // Of words of 8 bytes, only the bits of their first halves.
  const mask: u64 = word == 8 ? 0x5555555555555555 : u64.MAX_VALUE;
  const base = offset >> 2;
  const last = base + ((size - word) >> 2);
  for (let group = base >> 6; group <= last >> 6; group++) {
    let bits = load<u64>(pointers + ((<usize>group) << 3)) & mask;
    if (group == base >> 6) bits &= u64.MAX_VALUE << (base & 63);
    if (group == last >> 6) bits &= u64.MAX_VALUE >> (63 - (last & 63));
    for (; bits; bits &= bits - 1) {
      const at = heap.base + ((<usize>((group << 6) + <u32>ctz(bits))) << 2);
      takeWord(word == 8 ? load<u64>(at) : <u64>load<u32>(at));
    }
  }
}

/** Puts the blocks that candidates keep on the stack. */
function findCandidates(): void {
  const end = candidate;
  let sum: u64 = 0;
  for (let at = candidates; at < end; at += 4) sum += load<u64>(groupOf(load<u32>(at)));
  touched = sum;
  for (let at = candidates; at < end; at += 4) {
    const start = keptBy(load<u32>(at));
    if (start != NONE) push(start);
  }
  candidate = candidates;
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

/** The offset that a word says; NONE: none in the region. */
export function offsetOf(said: u64): u32 {
  return said - origin < span ? <u32>(said - origin) : NONE;
}

/** The block that a pointer to an offset keeps; NONE: there is none. */
export function blockAt(offset: u32): u32 {
  const start = keptBy(offset);
  return start == NONE ? NONE : beginsBefore(start);
}

/** Where that block begins. */
function keptBy(offset: u32): u32 {
  if (beginsAt(offset)) return offset;
  return interior ? holderOf(offset) : NONE;
}

/** The block that begins at an offset was found. */
function push(offset: u32): void {
  const group = groupOf(offset);
  const marks = load<u64>(group, MARKS);
  const bit = bitOf(offset);
  if (marks & bit) return;
  store<u64>(group, marks | bit, MARKS);
  store<u32>(top, offset);
  top += 4;
}
