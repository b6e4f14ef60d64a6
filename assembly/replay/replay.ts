// The replay of a batch: every record's lookups, counted.
//
// In front of the TLBs stands a filter. For each kind of record it has a row of slots, and a slot holds
// the page whose lookup is known to change nothing but hit counts: it was the last of its slot, so it
// is the most recent of its set in the first TLB (slots divide sets); for a store its D bit is known to
// be set. What passes the filter is counted by kind, and charged to the first TLB when the batch ends.
//
//        record ----> row of its kind, slot of its page ----> same page: done
//                                                      \--> slow(): each page through the TLBs
//
// A slot is empty when it holds a page that indexes another slot; so a row has two slots at least, and
// where only one may be in use (`slots` is 1) filling it empties the other.

import { Batch, Kind, info, kindOf, ordinals, reachOf } from "../base/batch";
import { Counter, Result, count, result } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { Status } from "../base/status";
import { PageSize, isCanonical, levelShift } from "../mmu/pagetable";
import { firstTlb, lookup, pageSize } from "../mmu/mmu";
import { Access, DIRTY_ENTRY, Tlb, TlbCount } from "../mmu/tlb";
import { logFault } from "./faults";

//                   slot: a cache line                            rows of 16 bytes, by kind
//   filter   | instruction | load | store | modify |              | page u64 | unused u64 |

const MAX_SLOTS: u32 = 256;
const SLOT_SHIFT: u64 = 6;
const ROW_SHIFT: usize = 4;
const ROW: u32 = 48;
const ROWS: u32 = 4;
const filter: usize = memory.data((<i32>MAX_SLOTS) << 6, 64);

let slots: u32 = 1;
let slotMask: usize = 1;
let slotBytes: usize = 64;
/** A modify is one lookup, as a store, instead of a load's and a store's. */
let modifyOnce: bool = false;
/** A record that crosses pages looks up its first page only. */
let firstPageOnly: bool = false;
let stopAtFault: bool = false;

/** For each row, a bit for each row that follows the same TLB. */
const sharedRows: usize = memory.data(4, 1);
/** For each access, a bit for each row whose TLB its misses ask in turn, and so change. */
const disturbedRows: usize = memory.data(4, 1);

enum Outcome {
  Done,
  Faulted,
  OutOfMemory,
}

/** Records that passed the filter in this batch, a lane of 16 bits a kind. */
let lanes: u64 = 0;

/** Readies the replay, after the last `addTlb`. */
export function openReplay(modifyOnce_: bool, firstPageOnly_: bool, stopAtFault_: bool): void {
  modifyOnce = modifyOnce_;
  firstPageOnly = firstPageOnly_;
  stopAtFault = stopAtFault_;
  slots = MAX_SLOTS;
  for (let access: u32 = 0; access < <u32>Access.Length; access++) {
    const tlb = firstTlb(access);
    if (tlb) slots = min(slots, tlb.sets & (0 - tlb.sets));
  }
  slotMask = max(slots, 2) - 1;
  slotBytes = slotMask << (<usize>SLOT_SHIFT);
  for (let row: u32 = 0; row < ROWS; row++) {
    let shared: u32 = 0;
    for (let other: u32 = 0; other < ROWS; other++) {
      if (tlbOfRow(other) == tlbOfRow(row)) shared |= 1 << other;
    }
    store<u8>(sharedRows + row, shared);
    for (let slot: usize = 0; slot <= slotMask; slot++) empty(row, slot);
  }
  for (let access: u32 = 0; access < <u32>Access.Length; access++) noteDisturbed(access);
}

function noteDisturbed(access: u32): void {
  const first = firstTlb(access);
  if (!first) return;
  let disturbed: u32 = 0;
  let next: Tlb | null = first.next(access);
  while (next) {
    for (let row: u32 = 0; row < ROWS; row++) {
      if (tlbOfRow(row) == next) disturbed |= 1 << row;
    }
    next = next.next(access);
  }
  store<u8>(disturbedRows + access, disturbed);
}

/** The TLB whose most recent entries a row follows, or null: then the row stays empty. */
function tlbOfRow(row: u32): Tlb | null {
  if (row != Kind.Modify) return firstTlb(row);
  const stores = firstTlb(Access.Store);
  return modifyOnce || firstTlb(Access.Load) == stores ? stores : null;
}

/** The columns that are being replayed. */
let addresses: usize = 0;
let infos: usize = 0;

/**
 * Replays `records` records of two columns, of u64 at `addressColumn` and of u32 at `infoColumn`.
 * `recordBase` is the number of the first in its trace, for the list of faults; with `selected`,
 * `ordinals` holds how far behind it each record was.
 */
export function replay(
  addressColumn: usize,
  infoColumn: usize,
  records: u32,
  recordBase: u64,
  selected: bool,
): Status {
  addresses = addressColumn;
  infos = infoColumn;
  const end = infos + ((<usize>records) << 2);
  let at = infos;
  let status = Status.Ok;
  while (true) {
    at = run(at, end);
    if (at >= end) break;
    const place = <u32>((at - infos) >> 2);
    at += 4;
    const record = recordBase + <u64>(selected ? load<u32>(ordinals + ((<usize>place) << 2)) : place);
    const outcome = slow(place, record);
    if (outcome == Outcome.Done || (outcome == Outcome.Faulted && !stopAtFault)) continue;
    status = outcome == Outcome.Faulted ? Status.Stopped : Status.OutOfMemory;
    result(Result.StoppedAt, record);
    break;
  }
  settle();
  return status;
}

/** Counts records from `at` on that pass the filter; the place of the first that does not, or `end`. */
function run(at: usize, end: usize): usize {
  if (pageSize == PageSize.Size4K) return runOf<Shift12>(at, end);
  if (pageSize == PageSize.Size2M) return runOf<Shift21>(at, end);
  return runOf<Shift30>(at, end);
}

// The page shift is a type, so that each loop below has it as a constant: 9 * sizeof - 9 + 12.
type Shift12 = u8;
type Shift21 = u16;
type Shift30 = u32;

function runOf<S>(at: usize, end: usize): usize {
  const shift: u64 = 12 + 9 * (sizeof<S>() >> 1);
  const mask = slotBytes;
  let address = addresses + ((at - infos) << 1);
  let lanes_ = lanes;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const row = (<usize>(va >> (shift - SLOT_SHIFT)) & mask) | <usize>(info & ROW);
    const page = load<u64>(filter + row);
    if (((va ^ page) | ((va + reachOf(info)) ^ page)) >> shift) break;
    lanes_ += (<u64>1) << (<u64>info);
  }
  lanes = lanes_;
  return at;
}

/** Counts a batch's records, and charges those that passed the filter to the first TLBs. */
function settle(): void {
  const instructions = lanes & 0xffff;
  const loads = (lanes >> 16) & 0xffff;
  const stores = (lanes >> 32) & 0xffff;
  const modifies = lanes >> 48;
  lanes = 0;
  count(Counter.InstructionRecords, instructions);
  count(Counter.LoadRecords, loads);
  count(Counter.StoreRecords, stores);
  count(Counter.ModifyRecords, modifies);
  charge(Access.Instruction, instructions);
  charge(Access.Load, loads + (modifyOnce ? 0 : modifies));
  charge(Access.Store, stores + modifies);
}

function charge(access: u32, hits: u64): void {
  if (!hits) return;
  count(<Counter>(<u32>Counter.InstructionLookups + access), hits);
  const tlb = firstTlb(access);
  if (tlb) tlb.count(<u32>TlbCount.InstructionHits + access, hits);
}

/** Any record. */
function slow(place: u32, record: u64): Outcome {
  const va = load<u64>(addresses + ((<usize>place) << 3));
  const info = load<u32>(infos + ((<usize>place) << 2));
  return info & Batch.Event ? event(rowOf(va), record) : access(va, info, record);
}

/** An event is counted; an access among them is made, where its address is known. */
function event(row: usize, record: u64): Outcome {
  const kind = countEvent(row);
  if (kind != EventKind.Access) return Outcome.Done;
  const access_ = wordOf(row, EventRow.Flags) & Batch.KindMask;
  if (!wordOf(row, EventRow.Base)) {
    return access(longOf(row, EventRow.A), info(access_, <u32>longOf(row, EventRow.B)), record);
  }
  count(<Counter>(<u32>Counter.InstructionRecords + access_));
  count(Counter.Unplaced);
  return Outcome.Done;
}

/** A modify is two accesses, of which the second needs the first to have succeeded. */
function access(va: u64, info: u32, record: u64): Outcome {
  const last = va + reachOf(info);
  const kind = kindOf(info);
  count(<Counter>(<u32>Counter.InstructionRecords + kind));
  if (kind != Kind.Modify) {
    // Nearly all are of one page; the general way to do that made the whole replay 7 to 9 % slower (measured).
    const onePage = !((va ^ last) >> levelShift(pageSize)) && isCanonical(va);
    if (!onePage) return pages(va, last, kind, record);
    return lookupNoted(va, kind) ? Outcome.Done : Outcome.OutOfMemory;
  }
  if (!modifyOnce) {
    const outcome = pages(va, last, Access.Load, record);
    if (outcome != Outcome.Done) return outcome;
  }
  return pages(va, last, Access.Store, record);
}

/** An access of the bytes from `va` to `last`: a lookup a page, low page first, until one faults. */
function pages(va: u64, last: u64, access: u32, record: u64): Outcome {
  const shift = levelShift(pageSize);
  const offset = va & (((<u64>1) << shift) - 1);
  const extra = firstPageOnly ? 0 : (last - va + offset) >> shift;
  for (let i: u64 = 0; i <= extra; i++) {
    const page = i ? ((va >> shift) + i) << shift : va;
    if (page < va || !isCanonical(page)) {
      count(Counter.SegvFaults);
      logFault(record, max(page, va), access);
      return Outcome.Faulted;
    }
    if (i) count(Counter.PageCrossings);
    if (!lookupNoted(page, access)) return Outcome.OutOfMemory;
  }
  return Outcome.Done;
}

/** One lookup of a canonical address, noted in the filter. False when memory is used up. */
export function lookupNoted(va: u64, access: u32): bool {
  const entry = lookup(va, access);
  if (!entry) return false;
  if (!firstTlb(access)) return true;
  disturb(va, access);
  remember(va, access, entry);
  return true;
}

/** Empties the slot of `va` in the rows whose TLB a miss of this access has asked. */
function disturb(va: u64, access: u32): void {
  const rows = <u32>load<u8>(disturbedRows + access);
  if (!rows) return;
  forget(va, rows);
  if (slots == 1) forget(neighbour(va), rows);
}

/** Notes in the filter that `entry`, of the page of `va`, is the most recent of its set for the row's TLB. */
function remember(va: u64, row: usize, entry: u64): void {
  const shift = levelShift(pageSize);
  const page = (va >> shift) << shift;
  const slot = <usize>(va >> shift) & slotMask;
  const stored = entry & DIRTY_ENTRY ? page : elsewhere(slot);
  const shared = <u32>load<u8>(sharedRows + row);
  if (shared & (1 << Kind.Instruction)) put(Kind.Instruction, slot, page);
  if (shared & (1 << Kind.Load)) put(Kind.Load, slot, page);
  if (shared & (1 << Kind.Store)) put(Kind.Store, slot, stored);
  if (shared & (1 << Kind.Modify)) put(Kind.Modify, slot, stored);
  if (slots == 1) forget(neighbour(va), shared);
}

/** The page beside, which indexes the other of two slots. */
function neighbour(va: u64): u64 {
  return va ^ ((<u64>1) << levelShift(pageSize));
}

/** Empties the slot of `va` in some rows. */
function forget(va: u64, rows: u32): void {
  const slot = <usize>(va >> levelShift(pageSize)) & slotMask;
  for (let row: u32 = 0; row < ROWS; row++) {
    if ((rows >> row) & 1) empty(row, slot);
  }
}

function put(row: usize, slot: usize, page: u64): void {
  store<u64>(filter + (slot << (<usize>SLOT_SHIFT)) + (row << ROW_SHIFT), page);
}

function empty(row: usize, slot: usize): void {
  put(row, slot, elsewhere(slot));
}

/** A page that no access of the slot lies in. */
function elsewhere(slot: usize): u64 {
  return (<u64>(slot ^ 1)) << levelShift(pageSize);
}
