// The replay of a batch: every record's lookups, counted. What passes the filter is counted by kind, and charged to the first TLB
// when the batch ends.
//
//        record ----> the filter: its page is known ----> done
//                                              \--> slow(): each page through the TLBs; events

import { cut, isCanonical } from "../mmu/address";
import { Batch, Kind, info, infos as batchInfos, kindOf, ordinals, reachOf } from "../base/batch";
import { Counter, Result, count, counters, result } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { Fault } from "../base/fault";
import { Status } from "../base/status";
import { accessCaches, caching, chargeCache, openFilter as openCacheFilter } from "../cache/cache";
import { emptyLines, linesKept } from "../cache/filter";
import { Outcome, attributesOf, failure, fault, lastAttributes, lookup } from "../mmu/mmu";
import { SIZE, everyShift, mixed } from "../mmu/attributes";
import { chainOf, firstTlb } from "../mmu/cpu";
import { findPage, format } from "../mmu/pagetable";
import { hostPhysical, leftInHostPage, nested } from "../mmu/nested";
import { prefetching, setPc } from "../mmu/prefetch/ahead";
import { resize } from "../mmu/resize";
import { begin, ownerOf, setMode, space } from "../mmu/schedule";
import { Access, Tlb, TlbCount } from "../mmu/tlb";
import { replacing, tick } from "../paging/replacer";
import { noteInWindow, openWindow, windowing } from "../paging/window";
import { carry, isCarrying, move } from "../process/data";
import { act, isCall, placeOf } from "../process/events";
import { hasHeaps } from "../process/heaps";
import { ID, Memory, pageShift } from "../process/memory";
import { isBound } from "../process/names";
import { forbidManaging, gone, manage, switchProcess } from "../process/process";
import { looked } from "../process/residency";
import { follow } from "../process/system";
import { logFault } from "./faults";
import { countsUses, emptyAll, note, openFilter, payAll, payUses, stageSize, stages, unnote } from "./filter";
import { clearSecond, findQuick, secondLanes } from "./quick";
import { chooseLoop, choosePhysicalLoop, clearLanes, lanes0, lanes1, lanes2, run } from "./loops";

/** Bits of the flags of an allocation (eventcodec.ts): its block, its new one, is named by an address. */
const IS_ADDRESS: u32 = 1;
const NEW_IS_ADDRESS: u32 = 2;

/** A modify is one lookup, as a store, instead of a load's and a store's. */
let modifyOnce: bool = false;
/** A record that crosses pages looks up its first page only. */
let firstPageOnly: bool = false;
let stopAtFault: bool = false;
/** log2 of the bytes of physical memory, where addresses are physical (`translation` none); 0: they are translated. */
let physicalBits: u64 = 0;
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
  physicalBits_: u32,
): void {
  modifyOnce = modifyOnce_;
  physicalBits = physicalBits_;
  if (physicalBits) forbidManaging();
  firstPageOnly = firstPageOnly_;
  stopAtFault = stopAtFault_;
  sizes = sizes_;
  validating = validating_;
  ready();
}

/** Readies both filters. That of the caches is for one size of page in use, and for policies whose hits need not be counted one by one. */
function ready(): void {
  openFilter(sizes, modifyOnce, validating || replacing);
  if (caching) {
    openCacheFilter(<u32>format.pageBits, modifyOnce);
    if (!linesKept || stages != 1 || countsUses) openFilter(sizes, modifyOnce, true);
  }
  readyQuick();
  if (physicalBits) choosePhysicalLoop(physicalBits, !caching && !windowing, linesKept && !windowing);
  else chooseLoop();
}

/** Records whose entries are in the first TLBs are seen to quickly where nobody must be told of their lookups. */
function readyQuick(): void {
  findQuick(modifyOnce, windowing || gone || physicalBits != 0);
}

/** Nothing is known of TLBs and caches any more. */
function forgetAll(): void {
  emptyAll();
  readyQuick();
  emptyLines();
}

/** The columns that are being replayed, the end of their infos, the number of the first record, and whether some were left out. */
let addresses: usize = 0;
let infos: usize = 0;
let infosEnd: usize = 0;
/** The ordinals of those records, where they are a batch's. */
let ordinalColumn: usize = 0;
let recordBase: u64 = 0;
let selected: bool = false;

/**
 * Replays `records` records of two columns, of u64 at `addressColumn` and of u32 at `infoColumn`.
 * `recordBase` is the number of the first in its trace, for the list of faults; with `selected`, the columns are the batch's,
 * and `ordinals` holds how far behind it each record was.
 */
export function replay(
  addressColumn: usize,
  infoColumn: usize,
  records: u32,
  recordBase_: u64,
  selected_: bool,
): Status {
  openReplaying(addressColumn, infoColumn, records, recordBase_, selected_);
  return resume(0);
}

/** The same columns, for `resume` and `step`. */
export function openReplaying(
  addressColumn: usize,
  infoColumn: usize,
  records: u32,
  recordBase_: u64,
  selected_: bool,
): void {
  addresses = addressColumn;
  infos = infoColumn;
  infosEnd = infos + ((<usize>records) << 2);
  ordinalColumn = ordinals + (infoColumn - batchInfos);
  recordBase = recordBase_;
  selected = selected_;
  seen = infoColumn;
}

/** Goes on with the record at a place of the columns that were given last. */
export function resume(from: u32): Status {
  const end = infosEnd;
  let at = infos + ((<usize>from) << 2);
  let status = Status.Ok;
  while (true) {
    at = run(addresses, infos, at, end);
    if (at >= end) break;
    const place = <u32>((at - infos) >> 2);
    at += 4;
    const record = recordAt(place);
    const outcome = slow(place, record);
    if (outcome == Outcome.Done || (outcome == Outcome.Faulted && !stopAtFault)) continue;
    status = statusOf(outcome);
    result(Result.StoppedAt, record);
    result(Result.Place, place);
    break;
  }
  settle();
  payAll();
  if (prefetching) notePc(at);
  return status;
}

/** Replays one record by itself. */
export function step(place: u32): Status {
  const record = recordAt(place);
  const outcome = slow(place, record);
  settle();
  payAll();
  result(Result.StoppedAt, record);
  result(Result.Place, place);
  if (outcome == Outcome.Done || (outcome == Outcome.Faulted && !stopAtFault)) return Status.Ok;
  return statusOf(outcome);
}

function recordAt(place: u32): u64 {
  return recordBase + <u64>(selected ? load<u32>(ordinalColumn + ((<usize>place) << 2)) : place);
}

function statusOf(outcome: Outcome): Status {
  if (outcome == Outcome.Faulted) return Status.Stopped;
  return outcome == Outcome.ForHost ? Status.ForHost : Status.OutOfMemory;
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
  if (isCall(kind)) return called(kind, row, false);
  if (isNamedAllocation(kind, row) && hasHeaps()) return Outcome.ForHost;
  if (kind == EventKind.Switch) return switched(longOf(row, EventRow.A), longOf(row, EventRow.B));
  if (kind == EventKind.User || kind == EventKind.Kernel) {
    settle();
    payAll();
    setMode(kind == EventKind.User);
    forgetAll();
  }
  if (kind == EventKind.PageSize) return resized(row);
  if (kind == EventKind.Expect || kind == EventKind.ExpectFault || kind == EventKind.ExpectErrno)
    return Outcome.ForHost;
  return Outcome.Done;
}

/** Whether an event is of a block that the machine places: those named by an address are where the traced program had them, but NULL, 0x0, may become one. */
function isNamedAllocation(kind: EventKind, row: usize): bool {
  const flags = wordOf(row, EventRow.Flags);
  if (kind == EventKind.Realloc) return (flags & IS_ADDRESS) == 0 || (flags & NEW_IS_ADDRESS) == 0;
  return kind >= EventKind.Malloc && kind <= EventKind.Free && !(flags & IS_ADDRESS);
}

/** Whether an event is only counted, on any machine that acts upon the allocations of named blocks. */
export function isInert(kind: EventKind, row: usize): bool {
  switch (kind) {
    case EventKind.Access:
    case EventKind.Switch:
    case EventKind.User:
    case EventKind.Kernel:
    case EventKind.PageSize:
    case EventKind.Expect:
    case EventKind.ExpectFault:
    case EventKind.ExpectErrno:
      return false;
    default:
      return !isCall(kind) && !isNamedAllocation(kind, row);
  }
}

/** Charges lookups that need not be made, for each is known to repeat the last one in its first TLB: so many, of pages of the size in use. */
export function chargeRepeats(access: u32, lookups: u64): void {
  charge(stageSize(0), access, lookups);
}

function done(enough: bool): Outcome {
  return enough ? Outcome.Done : Outcome.OutOfMemory;
}

/** The operating system is called, by the trace or by the process's `own` heap: what TLBs hold may change. */
export function called(kind: EventKind, row: usize, own: bool): Outcome {
  settle();
  payAll();
  const enough = act(kind, row, own);
  if (kind == EventKind.Frames) ready();
  forgetAll();
  if (!enough) return Outcome.OutOfMemory;
  return kind == EventKind.File && wordOf(row, EventRow.Text) ? Outcome.ForHost : Outcome.Done;
}

/** The replacement policy sees every lookup from now on. False when memory is used up. */
export function followLookups(): bool {
  if (replacing) return true;
  const enough = follow();
  ready();
  return enough;
}

/** Another thread runs. What was charged until now is of the core that ran. */
function switched(process: u64, thread: u64): Outcome {
  settle();
  payAll();
  if (recordsCounted()) begin();
  const enough = switchProcess(process, thread);
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
  if (physicalBits) {
    count(Counter.Refused);
    return Outcome.Done;
  }
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
  const base = wordOf(row, EventRow.Base);
  if (!base || isBound(base)) {
    if (wordOf(row, EventRow.Text)) return Outcome.ForHost;
    return access(placeOf(row), info(access_, <u32>longOf(row, EventRow.B)), record);
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
  if (gone) {
    count(Counter.Unplaced);
    return Outcome.Done;
  }
  if (physicalBits) return untranslated(va, reach, kind, record);
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

/** A record whose address is physical. */
function untranslated(va: u64, reach: u64, kind: Kind, record: u64): Outcome {
  if (kind != Kind.Modify) return accessPhysical(va, reach, kind, record);
  if (!modifyOnce) {
    const outcome = accessPhysical(va, reach, Access.Load, record);
    if (outcome != Outcome.Done) return outcome;
  }
  return accessPhysical(va, reach, Access.Store, record);
}

/** An access of physical memory: a bus error where some of it lies beyond its end. */
export function accessPhysical(pa: u64, reach: u64, access: u32, record: u64): Outcome {
  const last = pa + reach;
  if ((pa | last) >> physicalBits || last < pa) {
    logFault(Fault.Bus, record, pa, access);
    return Outcome.Faulted;
  }
  count(<Counter>(<u32>Counter.InstructionLookups + access));
  if (windowing && !pagesInWindow(pa, last)) return Outcome.OutOfMemory;
  if (caching) accessCaches(pa, pa, reach + 1, access);
  return Outcome.Done;
}

/** Notes in the window the pages, of the smallest size, of bytes. False when memory is used up. */
function pagesInWindow(first: u64, last: u64): bool {
  const shift = <u64>format.pageBits;
  for (let page = first >> shift; page <= last >> shift; page++) {
    if (!noteInWindow(0, page)) return false;
  }
  return true;
}

/** Whether addresses are physical. */
export function isPhysical(): bool {
  return physicalBits != 0;
}

/** log2 of the bytes of the page that an address lies in. */
function shiftAt(va: u64): u64 {
  return mixed ? format.sizeShift(attributesOf(va) & SIZE) : everyShift;
}

/** An access of the byte at `va` and `reach` further ones: a lookup a page, low page first, until one faults. */
export function pages(va: u64, reach: u64, access: u32, record: u64): Outcome {
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
  if (replacing) tickNow();
  const entry = lookup(va, access);
  if (!entry) {
    unnote(va);
    if (failure == Outcome.Faulted) logFault(fault, record, va, access);
    return failure;
  }
  note(va, access, entry);
  if (windowing && !lookedInWindow(va)) return Outcome.OutOfMemory;
  if (replacing) lookedAt(va, access);
  if (isCarrying() && !carryBytes(va, reach + 1, access)) return Outcome.OutOfMemory;
  if (caching) accessData(va, reach + 1, access);
  return Outcome.Done;
}

/** The time of replacement goes on by a lookup. */
function tickNow(): void {
  const memory = changetype<Memory>(space.memory);
  tick(memory.number, ++memory.lookups);
}

/** Begins a window: of each page that it looks up, the filter must let one record come here. False when memory is used up. */
export function beginWindow(): bool {
  emptyAll();
  if (!openWindow()) return false;
  if (physicalBits) ready();
  else readyQuick();
  return true;
}

/** The page of the lookup that was made last, at `va`, is in the working set. False when memory is used up. */
function lookedInWindow(va: u64): bool {
  const shift = format.sizeShift(lastAttributes & SIZE);
  const first = (cut(va) >> shift) << shift;
  return noteInWindow(ownerOf(lastAttributes).number, first >> <u64>format.pageBits);
}

/** The replacement policy sees a lookup. */
function lookedAt(va: u64, access: u32): void {
  const memory = changetype<Memory>(space.memory);
  looked(memory.pages.get(va >> pageShift) & ID, access == Access.Store);
}

function carryBytes(va: u64, bytes: u64, access: u32): bool {
  return move(changetype<Memory>(space.memory), va, <usize>bytes, access);
}

/** One access that carries the buffer's bytes; without contents, any access. */
export function accessBytes(va: u64, access_: u32, bytes: u32, record: u64): Outcome {
  if (!manage()) return Outcome.OutOfMemory;
  carry(true);
  const outcome = access(va, info(access_, bytes), record);
  carry(false);
  return outcome;
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
