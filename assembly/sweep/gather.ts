// A batch as words: each lookup but those that repeat the last one of their class, which change nothing in any TLB whose policy does not mind
// repeats. A store repeats only what was stored to, so that a page's first store is there for its D bit.
//
// Most records repeat. What one must lie in to do so is the state of its class, where its kind's row finds it:
//
//   state   | first byte of the last page u64 | bytes for loads and fetches u64 | bytes for stores u64 |      0 bytes: nothing lies in it
//   row     | state u32 | which bytes of it u32 |      instruction, load, store, modify, event

import { allocate } from "../base/arena";
import { Batch, Kind, addresses, info as infoOf, infos, kindOf, reachOf } from "../base/batch";
import { EventKind, EventRow, longOf, rowOf, wordOf } from "../base/events";
import { isInert } from "../replay/replay";
import { Access } from "../mmu/tlb";
import { Column, KINDS, Words, classOf, newColumn, put } from "./words";

const ROWS: u32 = 5;
/** Kinds in info, and events, shifted by one: as bytes of rows. */
const ROW_MASK: u32 = 7 << Batch.KindShift;
const STATE_BYTES: u64 = 32;
const LOADS: usize = 8;
const STORES: usize = 16;
/** Kinds in info, as bits of lanes. */
const LANE_MASK: u32 = Batch.KindMask << Batch.KindShift;
@unmanaged
export class Gather {
  column: Column;
  rows: usize;
  /** Kinds that words are made of, a bit each. */
  kept: u32;
  /** A modify is one lookup, as a store; a record that crosses pages looks up its first only. */
  modifyOnce: bool;
  firstPageOnly: bool;
  /** There was an access. */
  begun: bool;
}

let shift: u64 = 12;

/** Records by kind (those that are events too), u64 each. */
export const recordCounts: usize = memory.data(4 * 8, 8);
/** By page size (64 of them: all there are) and kind of record, u64 each: lookups that page crossings add. */
export const crossings: usize = memory.data(64 * 4 * 8, 8);
const sizes: usize = memory.data(64, 1);
let sizeCount: u32 = 0;

/** Of all addresses: bits that differ from bit 63, and bits that are set. */
export let foldedBits: u64 = 0;
export let addressBits: u64 = 0;
/** Where the last `gatherWords` stopped. */
export let gatheredTo: u32 = 0;

/** Readies the gathering: words are of pages of 2^pageBits bytes. */
export function openGathering(pageBits: u32): void {
  shift = pageBits;
}

/** Counts crossings of pages of 2^bits bytes too, at a number from 0 in `crossings`. */
export function countCrossings(bits: u32): u32 {
  store<u8>(sizes + <usize>sizeCount, bits);
  return sizeCount++;
}

/** What makes words for classes; 0 when memory is used up. */
export function newGather(classes: u32, modifyOnce: bool, firstPageOnly: bool): usize {
  const gather = changetype<Gather>(allocate(offsetof<Gather>(), 8));
  const rows = allocate((<u64>ROWS) << 3, 64);
  const states = allocate((<u64>Words.NoClass + 2) * STATE_BYTES, 64);
  const column = newColumn();
  if (!changetype<usize>(gather) || !rows || !states || !column) return 0;
  gather.column = column;
  gather.rows = rows;
  gather.modifyOnce = modifyOnce;
  gather.firstPageOnly = firstPageOnly;
  // The last state is of events, and of what is always left to the slow way.
  for (let row: u32 = 0; row < ROWS; row++) writeRow(rows, row, states, Words.NoClass + 1, LOADS);
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const number = classOf(classes, kind);
    writeRow(rows, kind, states, number, kind == <u32>Access.Store ? STORES : LOADS);
    if (number != Words.NoClass) gather.kept |= 1 << kind;
  }
  // A modify repeats what a store does, where its load is of the same class.
  const stores = classOf(classes, Access.Store);
  if (modifyOnce || classOf(classes, Access.Load) == stores)
    writeRow(rows, Kind.Modify, states, stores, STORES);
  return changetype<usize>(gather);
}

function writeRow(rows: usize, row: u32, states: usize, number: u32, bytes: usize): void {
  const state = states + <usize>number * <usize>STATE_BYTES;
  const at = rows + ((<usize>row) << 3);
  store<u32>(at, state);
  store<u32>(at, state + bytes, 4);
}

export function columnOfGather(gather: usize): usize {
  return changetype<usize>(changetype<Gather>(gather).column);
}

/**
 * Makes words of records [from, to), as far as the column has room: up to `gatheredTo`. `counting`: also counts records, crossings and the bits of
 * addresses, which one of several gathers must. False: not for sweeps is an event that changes what a machine does, or a record that runs beyond the
 * highest address.
 */
export function gatherWords(number: usize, from: u32, to: u32, counting: bool): bool {
  const gather = changetype<Gather>(number);
  const column = gather.column;
  const spare = 2 * ((<u32>Batch.MaxSize >> <u32>shift) + 2);
  const most = column.words + ((<usize>(<u32>Words.Capacity - spare)) << 3);
  const end = infos + ((<usize>to) << 2);
  let at = infos + ((<usize>from) << 2);
  column.count = 0;
  lanes = 0;
  let fits: bool = true;
  while (true) {
    at = loop(gather, at, end, most);
    if (at >= end || column.words + ((<usize>column.count) << 3) >= most) break;
    const va = load<u64>(addresses + ((at - infos) << 1));
    const info = load<u32>(at);
    fits = info & Batch.Event ? event(gather, rowOf(va), counting) : access(gather, va, info, counting);
    if (!fits) break;
    if (!(info & Batch.Event)) lanes += laneOf(info);
    at += 4;
  }
  gatheredTo = <u32>((at - infos) >> 2);
  if (counting) settle();
  return fits;
}

/** Records of the batch so far, a lane of 16 bits a kind. */
let lanes: u64 = 0;

/** By itself, for a loop alone in its function is nearly twice as fast (measured): called through a pointer, it is not put into others. */
let loop: (gather: Gather, at: usize, end: usize, most: usize) => usize = takeSimple;

/** Takes records, from infos at a place, that repeat or are one lookup: the place of the first that is more. */
function takeSimple(gather: Gather, from: usize, end: usize, most: usize): usize {
  const rows = gather.rows;
  const column = gather.column;
  const kept = gather.kept;
  const bits = shift;
  let word = column.words + ((<usize>column.count) << 3);
  let at = from;
  let address = addresses + ((at - infos) << 1);
  let counts = lanes;
  let folded: u64 = 0;
  let set: u64 = 0;
  for (; at < end && word < most; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const row = rows + <usize>((info & ROW_MASK) >> 1);
    const state = <usize>load<u32>(row);
    const its = <usize>load<u32>(row, 4);
    const into = va - load<u64>(state);
    const bytes = load<u64>(its);
    const reach = reachOf(info);
    if (into >= bytes || into + reach >= bytes) {
      const kind = kindOf(info);
      if ((va ^ (va + reach)) >> bits || kind == <u32>Kind.Modify || info & Batch.Event) break;
      const page = va >> bits;
      turn(state, page << bits, its - state == STORES);
      folded |= va ^ <u64>(<i64>va >> 63);
      set |= va;
      store<u64>(word, (page << Words.KindBits) | <u64>kind);
      word += (<usize>((kept >> kind) & 1)) << 3;
    }
    counts += laneOf(info);
  }
  foldedBits |= folded;
  addressBits |= set;
  if (counts) gather.begun = true;
  column.count = <u32>((word - column.words) >> 3);
  lanes = counts;
  return at;
}

/** A class is at a page now, which was stored to or not as yet. */
function turn(state: usize, page: u64, stored: bool): void {
  const bytes = (<u64>1) << shift;
  store<u64>(state, page);
  store<u64>(state, bytes, LOADS);
  store<u64>(state, stored ? bytes : 0, STORES);
}

/** One record, in the lane of its kind. */
function laneOf(info: u32): u64 {
  const lane: u64 = info & LANE_MASK;
  return (<u64>1) << lane;
}

function settle(): void {
  for (let kind: u32 = 0; kind < 4; kind++) count(kind, (lanes >> <u64>(kind << 4)) & 0xffff);
}

function count(kind: u32, records: u64): void {
  const at = recordCounts + ((<usize>kind) << 3);
  store<u64>(at, load<u64>(at) + records);
}

function event(gather: Gather, row: usize, counting: bool): bool {
  const kind = wordOf(row, EventRow.Kind);
  if (kind == EventKind.Access && !wordOf(row, EventRow.Base) && !wordOf(row, EventRow.Text)) {
    const access_ = wordOf(row, EventRow.Flags) & Batch.KindMask;
    if (counting) count(access_, 1);
    return access(gather, longOf(row, EventRow.A), infoOf(access_, <u32>longOf(row, EventRow.B)), counting);
  }
  // The process of all accesses may be named before the first.
  if (kind == EventKind.Switch && !gather.begun) return true;
  return isInert(<EventKind>kind, row);
}

function access(gather: Gather, va: u64, info: u32, counting: bool): bool {
  const end = va + reachOf(info);
  if (end < va) return false;
  const kind = kindOf(info);
  gather.begun = true;
  const crosses = (va ^ end) >> shift != 0;
  if (counting) {
    foldedBits |= (va ^ <u64>(<i64>va >> 63)) | (end ^ <u64>(<i64>end >> 63));
    addressBits |= va | end;
    if (crosses) countCrossing(va, end, kind);
  }
  const first = va >> shift;
  const last = gather.firstPageOnly ? first : end >> shift;
  if (kind != Kind.Modify) {
    lookAll(gather, first, last, kind);
    return true;
  }
  if (!gather.modifyOnce) lookAll(gather, first, last, Access.Load);
  lookAll(gather, first, last, Access.Store);
  return true;
}

function countCrossing(va: u64, end: u64, kind: u32): void {
  for (let size: u32 = 0; size < sizeCount; size++) {
    const bits: u64 = load<u8>(sizes + <usize>size);
    const more = (end >> bits) - (va >> bits);
    const at = crossings + ((<usize>(size * 4 + kind)) << 3);
    store<u64>(at, load<u64>(at) + more);
  }
}

function lookAll(gather: Gather, first: u64, last: u64, kind: u32): void {
  for (let page = first; page <= last; page++) look(gather, page, kind);
}

/** One lookup: a word, where it does not repeat. */
function look(gather: Gather, page: u64, kind: u32): void {
  const row = gather.rows + ((<usize>kind) << 3);
  const state = <usize>load<u32>(row);
  const its = <usize>load<u32>(row, 4);
  if (load<u64>(state) == page << shift && load<u64>(its)) return;
  turn(state, page << shift, its - state == STORES);
  if ((gather.kept >> kind) & 1) put(gather.column, (page << Words.KindBits) | kind);
}
