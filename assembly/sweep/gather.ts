// A batch as words: each lookup but those that repeat the last one of their class, which change nothing in any TLB whose policy does not mind
// repeats. A store repeats only what was stored to, so that a page's first store is there for its D bit.
//
// Nearly all records repeat. What a record of each kind must lie in to do so is a row:
//
//   row of a kind   | first byte of the page u64 | bytes u64 (0: none) |      instruction, load, store, modify, event

import { allocate } from "../base/arena";
import { Batch, Kind, addresses, info as infoOf, infos, kindOf, reachOf } from "../base/batch";
import { EventKind, EventRow, longOf, rowOf, wordOf } from "../base/events";
import { isInert } from "../replay/replay";
import { Access } from "../mmu/tlb";
import { Column, KINDS, Words, classOf, newColumn, put } from "./words";

/** Page sizes of which crossings are counted. */
const SIZES: u32 = 16;
const ROWS: u32 = 5;
const ROW_SHIFT: usize = 4;
/** Kinds in info, as bytes of rows. */
const ROW_MASK: u32 = 7 << Batch.KindShift;
/** Kinds in info, as bits of lanes. */
const LANE_MASK: u32 = Batch.KindMask << Batch.KindShift;
/** Why a batch was not all taken. */
export enum Unfit {
  None,
  /** An event that changes what a machine does. */
  Event,
  /** A record that runs beyond the highest address. */
  Wraps,
}

@unmanaged
export class Gather {
  column: Column;
  /** By kind, two bits each. */
  classes: u32;
  /** Of each class: the first byte of its last page, and whether there is one, and it was stored to. */
  private page0: u64;
  private page1: u64;
  private page2: u64;
  private page3: u64;
  known: u32;
  stored: u32;
  rows: usize;
  /** A modify is one lookup, as a store; a record that crosses pages looks up its first only. */
  modifyOnce: bool;
  firstPageOnly: bool;

  pageOf(number: u32): u64 {
    return load<u64>(changetype<usize>(this) + offsetof<Gather>("page0") + ((<usize>number) << 3));
  }

  setPage(number: u32, page: u64): void {
    store<u64>(changetype<usize>(this) + offsetof<Gather>("page0") + ((<usize>number) << 3), page);
  }
}

let shift: u64 = 12;

/** Records by kind (those that are events too), u64 each. */
export const recordCounts: usize = memory.data(4 * 8, 8);
/** By page size and kind of record, u64 each: lookups that page crossings add. */
export const crossings: usize = memory.data(16 * 4 * 8, 8);
const sizes: usize = memory.data(16, 1);
let sizeCount: u32 = 0;

/** Of all addresses: bits that differ from bit 63, and bits that are set. */
export let foldedBits: u64 = 0;
export let addressBits: u64 = 0;
/** Why the batch was not all taken, and the kind of the event. */
export let unfit: Unfit = Unfit.None;
export let unfitEvent: u32 = 0;
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
  const rows = allocate((<u64>ROWS) << 4, 64);
  const column = newColumn();
  if (!changetype<usize>(gather) || !rows || !column) return 0;
  gather.column = column;
  gather.classes = classes;
  gather.rows = rows;
  gather.modifyOnce = modifyOnce;
  gather.firstPageOnly = firstPageOnly;
  return changetype<usize>(gather);
}

export function columnOfGather(gather: usize): usize {
  return changetype<usize>(changetype<Gather>(gather).column);
}

/**
 * Makes words of records [from, to), as far as the column has room: up to `gatheredTo`. `counting`: also counts records, crossings and the bits of
 * addresses, which one of several gathers must. False: an event or record is not for sweeps (`unfit`).
 */
export function gatherWords(number: usize, from: u32, to: u32, counting: bool): bool {
  const gather = changetype<Gather>(number);
  const column = gather.column;
  const spare = 2 * ((<u32>Batch.MaxSize >> <u32>shift) + 2);
  const most = <u32>Words.Capacity - spare;
  const rows = gather.rows;
  let lanes: u64 = 0;
  let address = addresses + ((<usize>from) << 3);
  let at = infos + ((<usize>from) << 2);
  const end = infos + ((<usize>to) << 2);
  column.count = 0;
  unfit = Unfit.None;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const row = rows + <usize>(info & ROW_MASK);
    const into = va - load<u64>(row);
    const bytes = load<u64>(row, 8);
    const isRepeat = into < bytes && into + reachOf(info) < bytes;
    if (!isRepeat) {
      if (column.count >= most) break;
      if (!(info & Batch.Event ? event(gather, rowOf(va), counting) : access(gather, va, info, counting)))
        break;
      if (info & Batch.Event) continue;
    }
    lanes += (<u64>1) << (<u64>(info & LANE_MASK));
  }
  gatheredTo = <u32>((at - infos) >> 2);
  if (counting) settle(lanes);
  return unfit == Unfit.None;
}

function settle(lanes: u64): void {
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
  if (kind == EventKind.Switch && gather.known == 0) return true;
  if (isInert(<EventKind>kind, row)) return true;
  unfit = Unfit.Event;
  unfitEvent = kind;
  return false;
}

function access(gather: Gather, va: u64, info: u32, counting: bool): bool {
  const end = va + reachOf(info);
  if (end < va) {
    unfit = Unfit.Wraps;
    return false;
  }
  const kind = kindOf(info);
  if (counting) {
    foldedBits |= (va ^ <u64>(<i64>va >> 63)) | (end ^ <u64>(<i64>end >> 63));
    addressBits |= va | end;
    if ((va ^ end) >> shift) countCrossing(va, end, kind);
  }
  const first = va >> shift;
  const last = gather.firstPageOnly ? first : end >> shift;
  if (kind != Kind.Modify) look(gather, first, last, kind);
  else {
    if (!gather.modifyOnce) look(gather, first, last, Access.Load);
    look(gather, first, last, Access.Store);
  }
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

function look(gather: Gather, first: u64, last: u64, kind: u32): void {
  const number = classOf(gather.classes, kind);
  const bit: u32 = 1 << number;
  for (let page = first; page <= last; page++) {
    const from = page << shift;
    const same = (gather.known & bit) != 0 && gather.pageOf(number) == from;
    const isStore = kind == <u32>Access.Store;
    if (same && (!isStore || gather.stored & bit)) continue;
    gather.setPage(number, from);
    gather.known |= bit;
    if (isStore) gather.stored |= bit;
    else if (!same) gather.stored &= ~bit;
    if (number != Words.NoClass) put(gather.column, (page << Words.KindBits) | kind);
  }
  ready(gather);
}

/** Writes the rows anew. */
function ready(gather: Gather): void {
  const classes = gather.classes;
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const isStore = kind == <u32>Access.Store;
    readyRow(gather, kind, classOf(classes, kind), isStore);
  }
  const stores = classOf(classes, Access.Store);
  const isOne = gather.modifyOnce || classOf(classes, Access.Load) == stores;
  if (isOne) readyRow(gather, Kind.Modify, stores, true);
}

function readyRow(gather: Gather, row: u32, number: u32, isStore: bool): void {
  const bit: u32 = 1 << number;
  const at = gather.rows + ((<usize>row) << ROW_SHIFT);
  const repeats = (isStore ? gather.stored & gather.known : gather.known) & bit;
  store<u64>(at, gather.pageOf(number));
  store<u64>(at, repeats ? (<u64>1) << shift : 0, 8);
}
