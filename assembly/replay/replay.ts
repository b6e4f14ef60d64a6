// The replay of a batch: every record's lookups, counted. What passes the filter is counted by kind, and charged to the first TLB
// when the batch ends.
//
//        record ----> the filter: its page is known ----> done
//                                              \--> slow(): each page through the TLBs; events

import { cut, isCanonical } from "../mmu/address";
import { Batch, Kind, info, kindOf, ordinals, reachOf } from "../base/batch";
import { Counter, Result, count, counters, result } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { Status } from "../base/status";
import { accessCaches, caching, chargeCache, openFilter as openCacheFilter } from "../cache/cache";
import { emptyLines, linesKept } from "../cache/filter";
import { Outcome, attributesOf, failure, lookup } from "../mmu/mmu";
import { SIZE, everyShift, mixed } from "../mmu/attributes";
import { chainOf, firstTlb } from "../mmu/cpu";
import { findPage, format } from "../mmu/pagetable";
import { hostPhysical, leftInHostPage, nested } from "../mmu/nested";
import { prefetching, setPc } from "../mmu/prefetch/ahead";
import { resize } from "../mmu/resize";
import { begin, cloneTo, ownerOf, setMode, switchTo } from "../mmu/schedule";
import { Access, Tlb, TlbCount } from "../mmu/tlb";
import { Fault, logFault } from "./faults";
import { countsUses, emptyAll, note, openFilter, payAll, payUses, stageSize, stages, unnote } from "./filter";
import { clearSecond, findQuick, secondLanes } from "./quick";
import { chooseLoop, clearLanes, lanes0, lanes1, lanes2, run } from "./loops";

/** A modify is one lookup, as a store, instead of a load's and a store's. */
let modifyOnce: bool = false;
/** A record that crosses pages looks up its first page only. */
let firstPageOnly: bool = false;
let stopAtFault: bool = false;
/** Page sizes in use, a bit a size, and whether every access must be looked up. */
let sizes: u32 = 1;
let validating: bool = false;

/** Readies the replay, after the last TLB. */
export function openReplay(
  modifyOnce_: bool,
  firstPageOnly_: bool,
  stopAtFault_: bool,
  sizes_: u32,
  validating_: bool,
): void {
  modifyOnce = modifyOnce_;
  firstPageOnly = firstPageOnly_;
  stopAtFault = stopAtFault_;
  sizes = sizes_;
  validating = validating_;
  ready();
}

/** Readies both filters. That of the caches is for one size of page in use, and for policies whose hits need not be counted one by one. */
function ready(): void {
  openFilter(sizes, modifyOnce, validating);
  if (caching) {
    openCacheFilter(<u32>format.pageBits, modifyOnce);
    if (!linesKept || stages != 1 || countsUses) openFilter(sizes, modifyOnce, true);
  }
  findQuick(modifyOnce);
  chooseLoop();
}

/** Nothing is known of TLBs and caches any more. */
function forgetAll(): void {
  emptyAll();
  findQuick(modifyOnce);
  emptyLines();
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
  seen = infoColumn;
  const end = infos + ((<usize>records) << 2);
  let at = infos;
  let status = Status.Ok;
  while (true) {
    at = run(addresses, infos, at, end);
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
  payAll();
  if (prefetching) notePc(at);
  return status;
}

/** Charges the records that passed the filter to the first TLBs. When the batch ends, and before another core runs. */
function settle(): void {
  settleStage(0, lanes0);
  if (lanes1) settleStage(1, lanes1);
  if (lanes2) settleStage(2, lanes2);
  clearLanes();
  if (secondLanes) settleSecond();
}

/** Of records that were found in a second TLB, and are charged to the first one as yet. */
function settleSecond(): void {
  const modifies = secondLanes >> 48;
  chargeSecond(Access.Instruction, secondLanes & 0xffff);
  chargeSecond(Access.Load, ((secondLanes >> 16) & 0xffff) + (modifyOnce ? 0 : modifies));
  chargeSecond(Access.Store, ((secondLanes >> 32) & 0xffff) + (modifyOnce ? modifies : 0));
  clearSecond();
}

function chargeSecond(access: u32, hits: u64): void {
  if (!hits) return;
  const chain = chainOf(stageSize(0), access);
  const first = changetype<Tlb>(load<usize>(chain));
  first.count(<u32>TlbCount.InstructionHits + access, 0 - hits);
  first.count(<u32>TlbCount.InstructionMisses + access, hits);
  changetype<Tlb>(load<usize>(chain + 4)).count(<u32>TlbCount.InstructionHits + access, hits);
}

function settleStage(stage: u32, lanes: u64): void {
  const instructions = lanes & 0xffff;
  const loads = (lanes >> 16) & 0xffff;
  const stores = (lanes >> 32) & 0xffff;
  const modifies = lanes >> 48;
  count(Counter.InstructionRecords, instructions);
  count(Counter.LoadRecords, loads);
  count(Counter.StoreRecords, stores);
  count(Counter.ModifyRecords, modifies);
  const size = stageSize(stage);
  charge(size, Access.Instruction, instructions);
  charge(size, Access.Load, loads + (modifyOnce ? 0 : modifies));
  charge(size, Access.Store, stores + modifies);
}

function charge(size: u32, access: u32, hits: u64): void {
  if (!hits) return;
  count(<Counter>(<u32>Counter.InstructionLookups + access), hits);
  const tlb = firstTlb(size, access);
  if (tlb) tlb.count(<u32>TlbCount.InstructionHits + access, hits);
  if (caching) chargeCache(access, hits);
}

/** Any record. */
function slow(place: u32, record: u64): Outcome {
  const va = load<u64>(addresses + ((<usize>place) << 3));
  const info = load<u32>(infos + ((<usize>place) << 2));
  if (prefetching) notePc(infos + ((<usize>place) << 2));
  if (info & Batch.Event) return event(rowOf(va), record);
  return access(va, info, record);
}

/** Infos up to which the last instruction is known. */
let seen: usize = 0;

/** Notes the address of the last instruction before the record whose info is at `end`. */
function notePc(end: usize): void {
  for (let at = end; at > seen; ) {
    at -= 4;
    const va = load<u64>(addresses + ((at - infos) << 1));
    const info = load<u32>(at);
    if (info & Batch.Event) {
      const row = rowOf(va);
      if (wordOf(row, EventRow.Kind) != EventKind.Access || wordOf(row, EventRow.Base)) continue;
      if ((wordOf(row, EventRow.Flags) & Batch.KindMask) != Kind.Instruction) continue;
      setPc(longOf(row, EventRow.A));
      break;
    }
    if (kindOf(info) != Kind.Instruction) continue;
    setPc(va);
    break;
  }
  seen = end;
}

/** An event is counted, and acted upon where it is about translation; an access among them is made, where its address is known. */
function event(row: usize, record: u64): Outcome {
  const kind = countEvent(row);
  if (kind == EventKind.Access) return eventAccess(row, record);
  if (kind == EventKind.Clone) return done(cloneTo(longOf(row, EventRow.A)));
  if (kind == EventKind.Switch) return switched(longOf(row, EventRow.A), longOf(row, EventRow.B));
  if (kind == EventKind.User || kind == EventKind.Kernel) {
    settle();
    payAll();
    setMode(kind == EventKind.User);
    forgetAll();
  }
  if (kind == EventKind.PageSize) return resized(row);
  return Outcome.Done;
}

function done(enough: bool): Outcome {
  return enough ? Outcome.Done : Outcome.OutOfMemory;
}

/** Another thread runs. What was charged until now is of the core that ran. */
function switched(process: u64, thread: u64): Outcome {
  settle();
  payAll();
  if (recordsCounted()) begin();
  const enough = switchTo(process, thread);
  forgetAll();
  return done(enough);
}

/** Whether any access was made, or tried. */
function recordsCounted(): bool {
  for (let slot: u32 = Counter.InstructionRecords; slot <= <u32>Counter.ModifyRecords; slot++) {
    if (load<u64>(counters + ((<usize>slot) << 3))) return true;
  }
  return false;
}

function resized(row: usize): Outcome {
  begin();
  const shift = wordOf(row, EventRow.Flags);
  for (let size: u32 = 0; size < format.sizes; size++) {
    if (format.sizeShift(size) == shift) sizes |= 1 << size;
  }
  settle();
  payAll();
  const enough = resize(longOf(row, EventRow.A), longOf(row, EventRow.B), shift);
  ready();
  return done(enough);
}

function eventAccess(row: usize, record: u64): Outcome {
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
  const reach = reachOf(info);
  const kind = kindOf(info);
  count(<Counter>(<u32>Counter.InstructionRecords + kind));
  if (kind != Kind.Modify) {
    // Nearly all are of one page; the general way to do that made the whole replay 7 to 9 % slower (measured).
    const onePage = !((va ^ (va + reach)) >> shiftAt(va)) && isCanonical(va);
    return onePage ? lookupNoted(va, reach, kind, record) : pages(va, reach, kind, record);
  }
  if (!modifyOnce) {
    const outcome = pages(va, reach, Access.Load, record);
    if (outcome != Outcome.Done) return outcome;
  }
  return pages(va, reach, Access.Store, record);
}

/** log2 of the bytes of the page that an address lies in. */
function shiftAt(va: u64): u64 {
  return mixed ? format.sizeShift(attributesOf(va) & SIZE) : everyShift;
}

/** An access of the byte at `va` and `reach` further ones: a lookup a page, low page first, until one faults. */
function pages(va: u64, reach: u64, access: u32, record: u64): Outcome {
  let at = va;
  let left = reach;
  while (true) {
    if (at < va || !isCanonical(at)) {
      logFault(Fault.Segv, record, max(at, va), access);
      return Outcome.Faulted;
    }
    if (at != va) count(Counter.PageCrossings);
    const inPage = (((<u64>1) << shiftAt(at)) - 1) & ~at;
    const here = min(inPage, left);
    const outcome = lookupNoted(at, here, access, record);
    if (outcome != Outcome.Done || firstPageOnly || here == left) return outcome;
    left -= here + 1;
    at += here + 1;
  }
}

/** One lookup of a canonical address, noted in the filter, and the access of the byte there and `reach` further ones in its page. */
export function lookupNoted(va: u64, reach: u64, access: u32, record: u64): Outcome {
  if (countsUses) payUses(va);
  const entry = lookup(va, access);
  if (!entry) {
    unnote(va);
    if (failure == Outcome.Faulted) logFault(Fault.Protection, record, va, access);
    return failure;
  }
  note(va, access, entry);
  if (caching) accessData(va, reach + 1, access);
  return Outcome.Done;
}

/** Accesses bytes of one page through the data caches: the host's pages behind it one by one, where tables are nested. */
function accessData(va: u64, bytes: u64, access: u32): void {
  let at = va;
  let left = bytes;
  while (left) {
    const here = nested ? min(left, leftInHostPage(addressOf(at))) : left;
    accessCaches(at, dataAddress(at), here, access);
    at += here;
    left -= here;
  }
}

/** Where the data of a mapped address is: behind both tables, where they are nested. */
export function dataAddress(va: u64): u64 {
  const pa = addressOf(va);
  return nested ? hostPhysical(pa) : pa;
}

/** The physical address of a mapped one, a guest's where tables are nested. */
export function addressOf(va: u64): u64 {
  const attributes = attributesOf(va);
  const at = cut(va);
  const slot = findPage(ownerOf(attributes), at, attributes & SIZE);
  return format.physical(format.loadEntry(slot), attributes & SIZE, va);
}
