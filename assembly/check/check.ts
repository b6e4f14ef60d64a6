// A batch of a trace, access by access. Most are bytes of a page that was looked at before, all of them good: a load finds states without
// `Forbidden` and `Undefined`, a store without `Forbidden`, and leaves zeros.

import { Batch, Kind, addresses, infos, kindOf, ordinals, reachOf } from "../base/batch";
import { Counter, Result, count, result } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { Status } from "../base/status";
import { Outcome, heapEvent, placeOfRow } from "./events";
import { findingTotal, lastKind, setPlace } from "./findings";
import { isOverLimit } from "./heap";
import { keepRecords, openRecords, setCurrent } from "./lookback";
import { judge, judgeWithin, ownerOf } from "./judge";
import { CACHE_MASK, PAGE, PAGE_SHIFT, cache, fetchPage } from "./shadow";
import { FindingKind } from "./state";

const LOAD_BITS: u64 = 0x0303030303030303;
const STORE_BITS: u64 = 0x0101010101010101;

/** The address of the last fetch: what an access of no other place belongs to. */
export let lastFetch: u64 = 0;

/** What runs is another process or thread. */
export function forgetFetch(): void {
  lastFetch = 0;
}

/** The number of the batch's first record in the trace, and whether some were left out. */
let recordBase: u64 = 0;
let selected: bool = false;

/** Says what the batch in the columns is, for `checkBatch`. */
export function openBatchToCheck(recordBase_: u64, selected_: bool): void {
  recordBase = recordBase_;
  selected = selected_;
}

/**
 * Checks records [from, to) of the batch. `ForHost`: the event at `Result.Place` is the host's to do, which goes on behind it; `Stopped`: live
 * blocks passed the limit at that place.
 */
export function checkBatch(from: u32, to: u32): Status {
  let at = from;
  openRecords(from);
  while (at < to) {
    at = allocating ? pass(at, to) : run(at, to);
    if (at >= to) break;
    const outcome = slow(at);
    if (outcome == Outcome.Done && !isOverLimit) {
      at++;
      continue;
    }
    result(Result.Place, at);
    result(Result.StoppedAt, recordAt(at));
    settle();
    if (outcome == Outcome.ForHost) return Status.ForHost;
    return outcome == Outcome.OutOfMemory ? Status.OutOfMemory : Status.Stopped;
  }
  settle();
  keepRecords(to);
  return Status.Ok;
}

/** The allocator works, on memory of its own: no access is an error of the program. */
let allocating: bool = false;

/** Passes over records up to the next event, or `to`. */
function pass(from: u32, to: u32): u32 {
  let at = from;
  for (; at < to; at++) {
    const info = load<u32>(infos + ((<usize>at) << 2));
    if (info & Batch.Event) break;
    const va = load<u64>(addresses + ((<usize>at) << 3));
    countAccess(kindOf(info), va, reachOf(info) + 1);
    if (kindOf(info) == Kind.Instruction) lastFetch = va;
  }
  return at;
}

/** Records by kind since the last `settle`, 16 bits each, and pages that they go on into. */
let lanes: u64 = 0;
let crossings: u64 = 0;

function settle(): void {
  const fetches = lanes & 0xffff;
  const loads = (lanes >> 16) & 0xffff;
  const stores = (lanes >> 32) & 0xffff;
  const modifies = lanes >> 48;
  count(Counter.InstructionRecords, fetches);
  count(Counter.LoadRecords, loads);
  count(Counter.StoreRecords, stores);
  count(Counter.ModifyRecords, modifies);
  count(Counter.PageCrossings, crossings);
  lanes = 0;
  crossings = 0;
}

/** The first record from `from` that is more than a good access of one page that was looked at before; `to`: none. */
function run(from: u32, to: u32): u32 {
  let fetched = lastFetch;
  let passed: u64 = 0;
  let at = from;
  for (; at < to; at++) {
    const info = load<u32>(infos + ((<usize>at) << 2));
    const va = load<u64>(addresses + ((<usize>at) << 3));
    const offset = va & (PAGE - 1);
    const reach = reachOf(info);
    if (info & Batch.Event || offset + reach >= PAGE) break;
    const kind = kindOf(info);
    if (kind == Kind.Instruction) {
      fetched = va;
    } else {
      const page = va >> PAGE_SHIFT;
      const slot = cache + ((<usize>(page & CACHE_MASK)) << 4);
      let states = load<usize>(slot, 8);
      if (load<u64>(slot) != page + 1) {
        states = fetchPage(page);
        if (!states) break;
      }
      states += <usize>offset;
      if (kind == Kind.Load) {
        if (!canLoad(states, reach)) break;
      } else if (kind == Kind.Store) {
        if (!canStore(states, reach)) break;
      } else if (!canLoad(states, reach) || !canStore(states, reach)) {
        break;
      }
    }
    passed += (<u64>1) << (<u64>info);
  }
  lastFetch = fetched;
  lanes += passed;
  return at;
}

function canLoad(states: usize, reach: u64): bool {
  if (reach == 7) return (load<u64>(states) & LOAD_BITS) == 0;
  if (reach == 3) return (load<u32>(states) & <u32>LOAD_BITS) == 0;
  if (reach == 0) return (load<u8>(states) & <u8>LOAD_BITS) == 0;
  for (let end = states + <usize>reach; states <= end; states++) {
    if (load<u8>(states) & <u8>LOAD_BITS) return false;
  }
  return true;
}

/** Whether all bytes may be stored to; then they are. */
function canStore(states: usize, reach: u64): bool {
  if (reach == 7) {
    if (load<u64>(states) & STORE_BITS) return false;
    store<u64>(states, 0);
  } else if (reach == 3) {
    if (load<u32>(states) & <u32>STORE_BITS) return false;
    store<u32>(states, 0);
  } else {
    const end = states + <usize>reach;
    for (let at = states; at <= end; at++) {
      if (load<u8>(at) & <u8>STORE_BITS) return false;
    }
    memory.fill(states, 0, <usize>reach + 1);
  }
  return true;
}

/** Any record. */
function slow(at: u32): Outcome {
  const info = load<u32>(infos + ((<usize>at) << 2));
  const va = load<u64>(addresses + ((<usize>at) << 3));
  setCurrent(at);
  if (info & Batch.Event) return event(rowOf(va), recordAt(at));
  setPlace(0, lastFetch, recordAt(at));
  return access(kindOf(info), va, reachOf(info) + 1) ? Outcome.Done : Outcome.OutOfMemory;
}

function recordAt(at: u32): u64 {
  return recordBase + <u64>(selected ? load<u32>(ordinals + ((<usize>at) << 2)) : at);
}

/** Counts an access, and checks it at its address. False when memory is used up. */
function access(kind: u32, va: u64, size: u64): bool {
  countAccess(kind, va, size);
  if (kind == Kind.Instruction) {
    lastFetch = va;
    return true;
  }
  if (allocating) return true;
  const before = findingTotal;
  if (kind != Kind.Store && !judge(va, size, false)) return false;
  if (kind == Kind.Modify && isSaid(before)) return true;
  return kind == Kind.Load || judge(va, size, true);
}

/** Whether the load of a modify was found to be what its store would be, too. */
function isSaid(before: u64): bool {
  if (findingTotal == before) return false;
  return (
    lastKind == FindingKind.StackOverflow ||
    lastKind == FindingKind.DeadFrame ||
    lastKind == FindingKind.Unmapped
  );
}

function countAccess(kind: u32, va: u64, size: u64): void {
  lanes += (<u64>1) << ((<u64>kind) << 4);
  const pages = ((va & (PAGE - 1)) + size - 1) >> PAGE_SHIFT;
  crossings += kind == Kind.Modify ? 2 * pages : pages;
}

function event(row: usize, record: u64): Outcome {
  const kind = load<u32>(row);
  if (kind == EventKind.Access) {
    if (wordOf(row, EventRow.Base) || wordOf(row, EventRow.Text)) return Outcome.ForHost;
    setPlace(placeOfRow(row), lastFetch, record);
    const size = max(longOf(row, EventRow.B), 1);
    const done = access(wordOf(row, EventRow.Flags) & Batch.KindMask, longOf(row, EventRow.A), size);
    return done ? Outcome.Done : Outcome.OutOfMemory;
  }
  countEvent(row);
  if (kind == EventKind.AllocatorEnter || kind == EventKind.AllocatorLeave) {
    allocating = kind == EventKind.AllocatorEnter;
    return Outcome.Done;
  }
  const isHeap =
    kind == EventKind.Malloc ||
    kind == EventKind.Calloc ||
    kind == EventKind.Realloc ||
    kind == EventKind.Free;
  return isHeap ? heapEvent(row, lastFetch, record) : Outcome.ForHost;
}

/**
 * Checks one access of the host's. `serial`: that of the block which it is made through, which began at `start`, and is remembered yet; 0: it has
 * its address alone. False when memory is used up.
 */
export function checkAccess(kind: u32, va: u64, size: u64, start: u64, serial: u64): bool {
  if (!serial) return checkedAlone(kind, va, size);
  countAccess(kind, va, size);
  settle();
  if (kind == Kind.Instruction || allocating) return true;
  const block = ownerOf(start, serial)!;
  const before = findingTotal;
  if (kind != Kind.Store && !judgeWithin(va, size, false, block)) return false;
  if (kind == Kind.Modify && isSaid(before)) return true;
  return kind == Kind.Load || judgeWithin(va, size, true, block);
}

function checkedAlone(kind: u32, va: u64, size: u64): bool {
  const done = access(kind, va, size);
  settle();
  return done;
}
