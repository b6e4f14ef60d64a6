// One operation at a time, for programs: malloc, calloc, realloc and free as C has them. A table of the live blocks, by address, says what was asked for, and that
// what is freed is a block. Open addressing, linear probing; a removal moves up what would no longer be found.
//
//   entry   payload u32 | size asked for u32        0: empty

import { allocate } from "../base/arena";
import { forgetNotes, moveNotes } from "./collect/layouts";
import { isDead, performSwept } from "./collect/sweep";
import { settle } from "./growth";
import { HeapOp } from "./ops";
import { HeapStat, addStat, heapStat } from "./params";
import { Task } from "./policies";
import { scratch } from "./slots";

export let table: usize = 0;
export let tableBits: u32 = 0;
export let entries: u32 = 0;

/** An operation by itself, and an Align before it. */
const operation = memory.data(16, 8);

/** The entries, for the collector; empty ones between them. */
export function callsStart(): usize {
  return table;
}

export function callsEnd(): usize {
  return tableBits ? table + (8 << tableBits) : table;
}

/** A block is freed by the collector. */
export function forgetCall(payload: u32): void {
  remove(find(payload));
}

export function emptyCalls(): void {
  entries = 0;
  memory.fill(table, 0, tableBits ? 8 << tableBits : 0);
}

/** The address of the payload; 0: there is no room. */
export function heapMalloc(size: u32): u32 {
  return allocateBy(HeapOp.Malloc, size, 0);
}

/** The same, zeroed. 0 as well where the product does not fit in 32 bits. */
export function heapCalloc(count: u32, size: u32): u32 {
  const bytes = <u64>count * size;
  return allocateBy(HeapOp.Calloc, bytes < u32.MAX_VALUE ? <u32>bytes : u32.MAX_VALUE, 0);
}

/** The same at a multiple of `alignment`; 0 as well where that is no power of two. */
export function heapAligned(size: u32, alignment: u32): u32 {
  return allocateBy(HeapOp.Malloc, size, alignment);
}

/** The block's new address. 0: there is no room, and the old one stays; or it was freed, for the size is 0; or it is no block. */
export function heapRealloc(payload: u32, size: u32): u32 {
  if (!payload) return heapMalloc(size);
  if (!findLive(payload) || !makeRoom()) return 0;
  const at = find(payload);
  const old = load<u32>(at, 4);
  const failed = heapStat(HeapStat.Failed);
  store<u64>(scratch, load<u64>(at));
  run(HeapOp.Realloc, size, 0);
  if (heapStat(HeapStat.Failed) != failed) return 0;
  const moved = load<u32>(scratch);
  // Where a sweep was needed, entries have moved.
  remove(find(payload));
  if (!moved) {
    forgetNotes(payload, old);
    return 0;
  }
  moveNotes(payload, old, moved, size);
  insert(moved, size);
  return moved;
}

/** False: it is no block, and nothing has changed. */
export function heapFree(payload: u32): bool {
  if (!payload) {
    addStat(HeapStat.Ops, 1);
    return true;
  }
  const at = findLive(payload);
  if (!at) return false;
  forgetNotes(payload, load<u32>(at, 4));
  store<u64>(scratch, load<u64>(at));
  remove(at);
  run(HeapOp.Free, 0, 0);
  return true;
}

/** The bytes that were asked for; -1: it is no block. */
export function heapSizeOf(payload: u32): i64 {
  const at = payload ? findLive(payload) : 0;
  return at ? <i64>load<u32>(at, 4) : -1;
}

/** Of blocks that a collector has yet to free, none. */
function findLive(payload: u32): usize {
  return isDead(payload) ? 0 : find(payload);
}

function allocateBy(op: HeapOp, size: u32, alignment: u32): u32 {
  if (!makeRoom()) {
    addStat(HeapStat.Failed, 1);
    return 0;
  }
  store<u64>(scratch, 0);
  run(op, size, alignment);
  const payload = load<u32>(scratch);
  if (payload) insert(payload, size);
  return payload;
}

/** Performs one on the scratch slot. */
function run(op: HeapOp, size: u32, alignment: u32): void {
  store<u32>(operation, (<u32>HeapOp.Align) << 28);
  store<u32>(operation, alignment, 4);
  store<u32>(operation, (<u32>op) << 28, 8);
  store<u32>(operation, size, 12);
  const from = alignment ? operation : operation + 8;
  performSwept(Task.Call, from, operation + 16, size);
  addStat(HeapStat.Ops, 1);
  settle();
}

function makeRoom(): bool {
  if (tableBits && entries + 1 <= (3 << tableBits) >> 2) return true;
  const bits = tableBits ? tableBits + 1 : 10;
  const grown = allocate(8 << (<u64>bits), 8);
  if (!grown) return false;
  const old = table;
  const end = tableBits ? old + (8 << tableBits) : old;
  table = grown;
  tableBits = bits;
  entries = 0;
  for (let at = old; at < end; at += 8) {
    if (load<u32>(at)) insert(load<u32>(at), load<u32>(at, 4));
  }
  return true;
}

function home(payload: u32): u32 {
  return (payload * 0x9e3779b1) >> (32 - tableBits);
}

function entryAt(place: u32): usize {
  return table + ((<usize>(place & ((1 << tableBits) - 1))) << 3);
}

function find(payload: u32): usize {
  if (!tableBits) return 0;
  let at = entryAt(home(payload));
  for (let place = home(payload); load<u32>(at) && load<u32>(at) != payload; at = entryAt(++place)) {}
  return load<u32>(at) ? at : 0;
}

function insert(payload: u32, size: u32): void {
  let place = home(payload);
  while (load<u32>(entryAt(place))) place++;
  store<u32>(entryAt(place), payload);
  store<u32>(entryAt(place), size, 4);
  entries++;
}

function remove(at: usize): void {
  const mask = (1 << tableBits) - 1;
  let empty = <u32>((at - table) >> 3);
  for (let place = empty + 1; load<u32>(entryAt(place)); place++) {
    const far = (place - home(load<u32>(entryAt(place)))) & mask;
    if (far < ((place - empty) & mask)) continue;
    store<u64>(entryAt(empty), load<u64>(entryAt(place)));
    empty = place;
  }
  store<u64>(entryAt(empty), 0);
  entries--;
}
