// Physical memory: frames for pages, which have no contents, and tables, which have.
//
// Wide (more than 32 bits of physical address): what is below 4 GiB is linear memory itself, and holds the tables, so that
// a table's physical address is its address; frames of pages are handed out from 4 GiB up.
//
//   0          tables = linear memory          4 GiB       frames of pages ...
//
// Narrow: linear memory has a window on the lowest 64 MiB or less. Tables take frames there from below, pages from the top
// of physical memory down; a bit a frame of the window says which are taken.
//
//   0   tables -> |        window        |               <- frames of pages   2^paBits

import { allocate } from "../base/arena";

const WIDE_BITS: u32 = 33;
const WINDOW: u64 = 1 << 26;
/** Bytes of linear memory that tables are given at once; what is not touched costs nothing. */
const TABLE_BLOCK: u64 = 1 << 24;
const LARGEST_TABLE: u64 = 1 << 16;
/** No physical address. */
export const NOWHERE: u64 = u64.MAX_VALUE;

let narrow: bool = false;
let end: u64 = 0;
let pageBits: u32 = 12;
let windowStart: usize = 0;
let windowEnd: u64 = 0;
let taken: usize = 0;
let next: u64 = 0;
/** Tables that were let go of, by log2 of their bytes: each holds the address of the next. */
const freed: usize = memory.data(32 * sizeof<usize>(), 8);

/** False when linear memory is used up. */
export function openPhysical(paBits: u32, pageBits_: u32): bool {
  pageBits = pageBits_;
  end = (<u64>1) << (<u64>paBits);
  narrow = paBits < WIDE_BITS;
  if (!narrow) {
    next = 1 << 32;
    return openTables();
  }
  windowEnd = min(end, WINDOW);
  next = end;
  windowStart = allocate(windowEnd, 1 << 16);
  taken = allocate(windowEnd >> pageBits, 8);
  return windowStart != 0 && taken != 0;
}

/** The address in linear memory of a physical address that holds a table. */
export function linearOf(pa: u64): usize {
  return windowStart + <usize>pa;
}

/** The physical address of a table or an entry in one. */
export function physicalOf(address: usize): u64 {
  return <u64>(address - windowStart);
}

/** The physical address of a new block of 2^bits bytes, aligned to its size; NOWHERE when there is none. */
export function takeFrames(bits: u32): u64 {
  const bytes = (<u64>1) << (<u64>bits);
  if (!narrow) {
    const at = (next + bytes - 1) & ~(bytes - 1);
    if (at + bytes > end) return NOWHERE;
    next = at + bytes;
    return at;
  }
  for (let at = next & ~(bytes - 1); at >= bytes; at -= bytes) {
    const frames = at - bytes;
    if (!isFree(frames, bytes)) continue;
    mark(frames, bytes, 1);
    next = frames;
    return frames;
  }
  return NOWHERE;
}

/** Gives a block of frames back. */
export function freeFrames(pa: u64, bits: u32): void {
  if (!narrow) return;
  const bytes = (<u64>1) << (<u64>bits);
  mark(pa, bytes, 0);
  next = max(next, pa + bytes);
}

/** Takes the frames of a page whose place is given. False where they are not to be had. */
export function reserveFrames(pa: u64, bits: u32): bool {
  const bytes = (<u64>1) << (<u64>bits);
  if (pa + bytes > end) return false;
  if (narrow) mark(pa, bytes, 1);
  return true;
}

/** The address of a zeroed table, aligned to a page and, in wide memory, to its size; 0 when memory is used up. */
export function takeTable(bytes: u32): usize {
  const bits = 31 - clz<u32>(max(bytes, 64));
  const free = load<usize>(freed + ((<usize>bits) << 2));
  if (free) {
    store<usize>(freed + ((<usize>bits) << 2), load<usize>(free));
    memory.fill(free, 0, bytes);
    return free;
  }
  if (!narrow) return takeWide(bytes);
  const page = (<u64>1) << (<u64>pageBits);
  const size = (<u64>bytes + page - 1) & ~(page - 1);
  for (let at: u64 = 0; at + size <= windowEnd; at += page) {
    if (!isFree(at, size)) continue;
    mark(at, size, 1);
    return linearOf(at);
  }
  return 0;
}

/** Tables of wide memory stand one behind the other, in blocks that nothing else is in. */
function takeWide(bytes: u32): usize {
  const align = max<u64>(bytes, (<u64>1) << (<u64>pageBits));
  let at = (nextTable + align - 1) & ~(align - 1);
  if (at + bytes > endOfTables) {
    if (!openTables()) return 0;
    at = nextTable;
  }
  nextTable = at + bytes;
  return <usize>at;
}

function openTables(): bool {
  nextTable = allocate(TABLE_BLOCK, LARGEST_TABLE);
  endOfTables = nextTable + TABLE_BLOCK;
  return nextTable != 0;
}

/** Where the next table of wide memory goes. */
export let nextTable: u64 = 0;
let endOfTables: u64 = 0;

export function freeTable(table: usize, bytes: u32): void {
  const bits = 31 - clz<u32>(max(bytes, 64));
  store<usize>(table, load<usize>(freed + ((<usize>bits) << 2)));
  store<usize>(freed + ((<usize>bits) << 2), table);
}

function isFree(pa: u64, bytes: u64): bool {
  const last = min(pa + bytes, windowEnd) >> pageBits;
  for (let frame = pa >> pageBits; frame < last; frame++) {
    if (load<u8>(taken + <usize>frame)) return false;
  }
  return true;
}

function mark(pa: u64, bytes: u64, value: u8): void {
  const last = min(pa + bytes, windowEnd) >> pageBits;
  for (let frame = pa >> pageBits; frame < last; frame++) store<u8>(taken + <usize>frame, value);
}
