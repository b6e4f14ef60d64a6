// What is in a trace: each 4K page that a batch touches, with its accesses by kind.
//
// A hash table with linear probing, at most three quarters full:
//
//   | name | instructions | loads | stores |   u64 each, an entry; name 0 is empty
//
//   name    63    52 51      37 36       0
//          |  zero  | process  | page + 1 |    the process by its place among those seen, from 1; the page's
//                                              lowest 36 bits, which tell canonical addresses apart
//
// The host has names as numbers, which is why they stay below 2^53.

import { Batch, Kind, addresses, info, infos, kindOf, reachOf } from "../base/batch";
import { allocate } from "../base/arena";
import { Counter, count } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { Status } from "../base/status";

export enum Survey {
  /** u64 words of an entry. */
  Words = 4,
  /** Bits of a name that are the page's. */
  PageBits = 37,
  /** Processes that are told apart. */
  MaxProcesses = 32767,
  /** u64 words that a process has in `processTable`: its number, its accesses. */
  ProcessWords = 2,
}

const ENTRY: usize = 32;
const FIRST_CAPACITY: u32 = 1024;
const PAGE_SHIFT: u64 = 12;
/** Bits of an address above these must be copies of the highest of them: those of x86-64 with four levels. */
const VA_BITS: u64 = 48;
const PAGE_MASK: u64 = ((<u64>1) << 36) - 1;

/** The table, and the number of its entries, used and empty. */
export let surveyTable: usize = 0;
export let surveyCapacity: u32 = 0;
/** Pages seen. */
export let surveyPages: u32 = 0;

/** The last page of each kind, so that a run of accesses costs no probe. */
const lastEntries: usize = memory.data(4 * sizeof<usize>(), 8);

/**
 * Adds records [from, to) to the survey. What is not canonical counts as `SegvFaults` and is left out, with the
 * rest of its record.
 */
export function survey(from: u32, to: u32): Status {
  for (let at = from; at < to; at++) {
    const va = load<u64>(addresses + ((<usize>at) << 3));
    const info = load<u32>(infos + ((<usize>at) << 2));
    const done = info & Batch.Event ? event(rowOf(va)) : access(va, info);
    if (!done) return Status.OutOfMemory;
  }
  return Status.Ok;
}

function event(row: usize): bool {
  const kind = countEvent(row);
  if (kind == EventKind.Switch) return enterProcess(longOf(row, EventRow.A));
  if (kind != EventKind.Access) return true;
  const access_ = wordOf(row, EventRow.Flags) & Batch.KindMask;
  if (!wordOf(row, EventRow.Base)) {
    return access(longOf(row, EventRow.A), info(access_, <u32>longOf(row, EventRow.B)));
  }
  count(<Counter>access_);
  count(Counter.Unplaced);
  return true;
}

function access(va: u64, info: u32): bool {
  const kind = kindOf(info);
  count(<Counter>kind);
  if (process) store<u64>(process + 8, load<u64>(process + 8) + 1);
  if (!addPages(va, reachOf(info), kind == Kind.Modify ? <u32>Kind.Load : kind)) return false;
  return kind != Kind.Modify || faulted || addPages(va, reachOf(info), Kind.Store);
}

/** The processes that a `switch` named, in that order, and how many. */
export let processTable: usize = 0;
export let processes: u32 = 0;
/** The entry of the one that runs, 0 before the first switch, and its place + 1. */
let process: usize = 0;
let processPlace: u64 = 0;

const PROCESS: usize = 16;

/** Charges what follows to a process. False when there are too many, or memory is used up. */
function enterProcess(number: u64): bool {
  if (!processTable) processTable = allocate(<u64>Survey.MaxProcesses * PROCESS, 64);
  if (!processTable) return false;
  let place: u32 = 0;
  while (place < processes && load<u64>(processTable + <usize>place * PROCESS) != number) place++;
  if (place == Survey.MaxProcesses) return false;
  process = processTable + <usize>place * PROCESS;
  processPlace = <u64>place + 1;
  if (place == processes) {
    processes++;
    store<u64>(process, number);
  }
  memory.fill(lastEntries, 0, 4 * sizeof<usize>());
  return true;
}

/** The last access was not canonical all through. */
let faulted: bool = false;

/** Counts an access in each page it touches. False when memory is used up. */
function addPages(va: u64, reach: u64, kind: u32): bool {
  const pages = ((va & 4095) + reach) >> PAGE_SHIFT;
  faulted = false;
  for (let i: u64 = 0; i <= pages; i++) {
    const page = (va >> PAGE_SHIFT) + i;
    if (page > u64.MAX_VALUE >> PAGE_SHIFT || !isCanonical(page << PAGE_SHIFT)) {
      count(Counter.SegvFaults);
      faulted = true;
      return true;
    }
    if (i) count(Counter.PageCrossings);
    const entry = entryOf(((page & PAGE_MASK) + 1) | (processPlace << Survey.PageBits), kind);
    if (!entry) return false;
    add(entry, kind);
  }
  return true;
}

function add(entry: usize, kind: u32): void {
  const slot = entry + 8 + ((<usize>kind) << 3);
  store<u64>(slot, load<u64>(slot) + 1);
}

function entryOf(name: u64, kind: u32): usize {
  const last = load<usize>(lastEntries + ((<usize>kind) << 2));
  if (last && load<u64>(last) == name) return last;
  if (surveyPages * 4 >= surveyCapacity * 3 && !grow()) return 0;
  const entry = probe(surveyTable, surveyCapacity, name);
  if (!load<u64>(entry)) {
    store<u64>(entry, name);
    surveyPages++;
  }
  store<usize>(lastEntries + ((<usize>kind) << 2), entry);
  return entry;
}

function probe(table: usize, capacity: u32, name: u64): usize {
  const mask = capacity - 1;
  let index = <u32>((name * 0x9e3779b97f4a7c15) >> 32) & mask;
  let held = load<u64>(table + <usize>index * ENTRY);
  while (held && held != name) {
    index = (index + 1) & mask;
    held = load<u64>(table + <usize>index * ENTRY);
  }
  return table + <usize>index * ENTRY;
}

function grow(): bool {
  const capacity = surveyCapacity ? surveyCapacity * 2 : FIRST_CAPACITY;
  const table = allocate(<u64>capacity * ENTRY, 64);
  if (!table) return false;
  for (let i: u32 = 0; i < surveyCapacity; i++) {
    const old = surveyTable + <usize>i * ENTRY;
    const name = load<u64>(old);
    if (name) memory.copy(probe(table, capacity, name), old, ENTRY);
  }
  surveyTable = table;
  surveyCapacity = capacity;
  memory.fill(lastEntries, 0, 4 * sizeof<usize>());
  return true;
}

function isCanonical(va: u64): bool {
  const unused = 64 - VA_BITS;
  return <u64>(<i64>(va << unused) >> unused) == va;
}
