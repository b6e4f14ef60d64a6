// Physical memory: frames for pages, which have no contents, and tables, which have.
//
// Wide (more than 32 bits of physical address): what is below 4 GiB is linear memory itself, and holds the tables, so that
// a table's physical address is its address; frames of pages are handed out from 4 GiB up.
//
//   0          tables = linear memory          4 GiB       frames of pages ...
//
// Narrow: linear memory has a window on the lowest 64 MiB or less. Tables take frames there from below, pages from the top
// of physical memory down; a bit a frame says which are taken.
//
//   0   tables -> |        window        |               <- frames of pages   2^paBits

import { allocate } from "../base/arena";
import { Result, result } from "../base/counters";
import { Shortage } from "../base/status";

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
/** Below it, all frames are taken. */
let lowest: u64 = 0;
/** Tables that were let go of, by log2 of their bytes: each holds the address of the next. */
const freed: usize = memory.data(32 * sizeof<usize>(), 8);

/** False when linear memory is used up. */
export function openPhysical(paBits: u32, pageBits_: u32): bool {
  pageBits = pageBits_;
  end = (<u64>1) << (<u64>paBits);
  narrow = paBits < WIDE_BITS;
  if (!narrow) {
    next = 1 << 32;
    return openTables((<u64>1) << pageBits);
  }
  windowEnd = min(end, WINDOW);
  next = end;
  windowStart = allocate(windowEnd, 1 << 16);
  taken = allocate(((end >> pageBits) >> 3) + 1, 8);
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
    const at = behindReserved((next + bytes - 1) & ~(bytes - 1), bytes);
    if (at + bytes > end) return noFrames();
    next = at + bytes;
    return at;
  }
  for (let at = next & ~(bytes - 1); at >= bytes; at -= bytes) {
    const frames = at - bytes;
    if (!isFree(frames, bytes)) continue;
    mark(frames, bytes, true);
    next = frames;
    return frames;
  }
  return noFrames();
}

function noFrames(): u64 {
  result(Result.Shortage, Shortage.Physical);
  return NOWHERE;
}

/** Gives a block of frames back. */
export function freeFrames(pa: u64, bits: u32): void {
  if (!narrow) return;
  const bytes = (<u64>1) << (<u64>bits);
  mark(pa, bytes, false);
  lowest = min(lowest, pa);
  next = max(next, pa + bytes);
}

/** Frames of wide memory that have their page already. */
@unmanaged
class Reserved {
  first: u64;
  end: u64;
  next: usize;
}

/** The first that frames are not yet handed out behind, and the last. */
let reserved: usize = 0;
let lastReserved: usize = 0;

/** Takes the frames of a page whose place is given, by rising address. False where they are not to be had. */
export function reserveFrames(pa: u64, bits: u32): bool {
  const bytes = (<u64>1) << (<u64>bits);
  if (pa + bytes > end) return false;
  if (narrow) {
    mark(pa, bytes, true);
    return true;
  }
  const at = allocate(offsetof<Reserved>(), 8);
  if (!at) return false;
  const frames = changetype<Reserved>(at);
  frames.first = pa;
  frames.end = pa + bytes;
  if (lastReserved) changetype<Reserved>(lastReserved).next = at;
  else reserved = at;
  lastReserved = at;
  return true;
}

/** The first address from `at` on, aligned to `bytes`, of so many bytes that are not reserved. */
function behindReserved(at: u64, bytes: u64): u64 {
  while (reserved) {
    const frames = changetype<Reserved>(reserved);
    if (frames.end > at) {
      if (frames.first >= at + bytes) break;
      at = (frames.end + bytes - 1) & ~(bytes - 1);
    }
    reserved = frames.next;
  }
  return at;
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
  for (let at = lowest; at + size <= windowEnd; at += page) {
    if (!isFree(at, size)) continue;
    mark(at, size, true);
    if (at == lowest) lowest += size;
    return linearOf(at);
  }
  result(Result.Shortage, windowEnd < end ? Shortage.Tables : Shortage.Physical);
  return 0;
}

/** Tables of wide memory stand one behind the other, in blocks that nothing else is in. */
function takeWide(bytes: u32): usize {
  const align = max<u64>(bytes, (<u64>1) << (<u64>pageBits));
  let at = (nextTable + align - 1) & ~(align - 1);
  if (at + bytes > endOfTables) {
    if (!openTables(align)) return 0;
    at = nextTable;
  }
  nextTable = at + bytes;
  return <usize>at;
}

/** Opens a block for tables that are aligned to `align`. False when linear memory is used up. */
function openTables(align: u64): bool {
  nextTable = allocate(TABLE_BLOCK, max(LARGEST_TABLE, align));
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
  const last = (pa + bytes) >> pageBits;
  for (let frame = pa >> pageBits; frame < last; frame++) {
    if (<u32>load<u8>(taken + <usize>(frame >> 3)) & bitOf(frame)) return false;
  }
  return true;
}

function mark(pa: u64, bytes: u64, used: bool): void {
  const last = (pa + bytes) >> pageBits;
  for (let frame = pa >> pageBits; frame < last; frame++) {
    const at = taken + <usize>(frame >> 3);
    const others = <u32>load<u8>(at) & ~bitOf(frame);
    store<u8>(at, <u8>(used ? others | bitOf(frame) : others));
  }
}

function bitOf(frame: u64): u32 {
  return (<u32>1) << (<u32>frame & 7);
}
