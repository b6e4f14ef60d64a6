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
  rows: usize;
  /** By kind, four bits each: the rows of its class. */
  members: u32;
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
  gather.rows = rows;
  gather.modifyOnce = modifyOnce;
  gather.firstPageOnly = firstPageOnly;
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    gather.members |= membersOf(classes, kind, modifyOnce) << (kind << 2);
    if (classOf(classes, kind) != Words.NoClass) gather.kept |= 1 << kind;
  }
  return changetype<usize>(gather);
}

/** The rows of kinds that are of the class of one, a bit each. A modify repeats what a store does, where its load is of the same class. */
function membersOf(classes: u32, kind: u32, modifyOnce: bool): u32 {
  const its = classOf(classes, kind);
  let members: u32 = 0;
  for (let other: u32 = 0; other < KINDS; other++) if (classOf(classes, other) == its) members |= 1 << other;
  const isWhole = modifyOnce || ((members >> Access.Load) & 1) != 0;
  return (members >> Access.Store) & 1 && isWhole ? members | (1 << Kind.Modify) : members;
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
  const end = infos + ((<usize>to) << 2);
  let at = infos + ((<usize>from) << 2);
  column.count = 0;
  unfit = Unfit.None;
  lanes = 0;
  let folded: u64 = 0;
  let set: u64 = 0;
  while (true) {
    at = loop(gather.rows, at, end);
    if (at >= end || column.count >= most) break;
    const va = load<u64>(addresses + ((at - infos) << 1));
    const info = load<u32>(at);
    const kind = kindOf(info);
    // Nearly all of them: of one page, one lookup.
    if (!((va ^ (va + reachOf(info))) >> shift) && kind != Kind.Modify && !(info & Batch.Event)) {
      folded |= va ^ <u64>(<i64>va >> 63);
      set |= va;
      gather.begun = true;
      turn(gather, va >> shift, kind);
      lanes += laneOf(info);
    } else if (info & Batch.Event) {
      if (!event(gather, rowOf(va), counting)) break;
    } else {
      if (!access(gather, va, info, counting)) break;
      lanes += laneOf(info);
    }
    at += 4;
  }
  if (counting) {
    foldedBits |= folded;
    addressBits |= set;
  }
  gatheredTo = <u32>((at - infos) >> 2);
  if (counting) settle();
  return unfit == Unfit.None;
}

/** Records of the batch so far, a lane of 16 bits a kind. */
let lanes: u64 = 0;

/** By itself, for a loop alone in its function is nearly twice as fast (measured): called through a pointer, it is not put into others. */
let loop: (rows: usize, at: usize, end: usize) => usize = passRepeats;

/** Counts records that repeat, from infos at a place: the place of the first that does not. Three a turn, for a turn costs by itself. */
function passRepeats(rows: usize, from: usize, end: usize): usize {
  let at = from;
  let address = addresses + ((at - infos) << 1);
  let counts = lanes;
  while (at < end) {
    if (!repeats(rows, address, at)) break;
    counts += laneOf(load<u32>(at));
    if (at + 12 >= end) {
      at += 4;
      address += 8;
      continue;
    }
    if (!repeats(rows, address + 8, at + 4)) {
      at += 4;
      break;
    }
    counts += laneOf(load<u32>(at, 4));
    if (!repeats(rows, address + 16, at + 8)) {
      at += 8;
      break;
    }
    counts += laneOf(load<u32>(at, 8));
    at += 12;
    address += 24;
  }
  lanes = counts;
  return at;
}

/** One record, in the lane of its kind. */
function laneOf(info: u32): u64 {
  const lane: u64 = info & LANE_MASK;
  return (<u64>1) << lane;
}

function repeats(rows: usize, address: usize, at: usize): bool {
  const info = load<u32>(at);
  const row = rows + <usize>(info & ROW_MASK);
  const into = load<u64>(address) - load<u64>(row);
  const bytes = load<u64>(row, 8);
  return into < bytes && into + reachOf(info) < bytes;
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
    if (first == last) look(gather, first, kind);
    else lookAll(gather, first, last, kind);
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
  const from = page << shift;
  const own = gather.rows + ((<usize>kind) << ROW_SHIFT);
  if (load<u64>(own) != from || !load<u64>(own, 8)) turn(gather, page, kind);
}

/** Notes a lookup that does not repeat: its class is at this page now. */
function turn(gather: Gather, page: u64, kind: u32): void {
  const rows = gather.rows;
  const from = page << shift;
  const bytes = (<u64>1) << shift;
  // What was only loaded is to be stored to once more.
  const stored = kind == <u32>Access.Store ? bytes : 0;
  const members = gather.members >> (kind << 2);
  if (members & (1 << Kind.Instruction)) write(rows, Kind.Instruction, from, bytes);
  if (members & (1 << Kind.Load)) write(rows, Kind.Load, from, bytes);
  if (members & (1 << Kind.Store)) write(rows, Kind.Store, from, stored);
  if (members & (1 << Kind.Modify)) write(rows, Kind.Modify, from, stored);
  if ((gather.kept >> kind) & 1) put(gather.column, (page << Words.KindBits) | kind);
}

function write(rows: usize, kind: u32, page: u64, bytes: u64): void {
  const row = rows + ((<usize>kind) << ROW_SHIFT);
  store<u64>(row, page);
  store<u64>(row, bytes, 8);
}
