// A batch as lookups of pages: what every pool of a curve is given. Lookups of the same page that follow one another are one run.
//
//   run   u64   63            33   32     31           0
//              | lookups - 1    | store | page id       |      id 0: another process runs, lookups - 1 is its row in `switches`
//
// A page is one of a process; ids are given in the order of first lookups, from 1.

import { Batch, Kind, addresses, info, infos, kindOf, reachOf } from "../base/batch";
import { takeBlock } from "../base/blocks";
import { Counter, count } from "../base/counters";
import { EventKind, EventRow, countEvent, longOf, rowOf, wordOf } from "../base/events";
import { splitmix } from "../base/splitmix";
import { Status } from "../base/status";
import { PageMap, newPageMap } from "../paging/pagemap";
import { growArray } from "../paging/arrays";

export enum Runs {
  /** Runs that the column has room for. */
  Capacity = 65536,
  /** Lookups of a run at most: fewer than pass between two shifts of `aging`. */
  Longest = 4096,
  /** log2 of the bytes of the smallest page: a record is then less than half a column. */
  LeastPageBits = 6,
}

/** Which pages are looked up when only a sample is: log2 of the shares that it may be. */
export enum Sampling {
  Bits = 24,
}
const SHARES: u64 = 1 << 24;

/** Bits of an address above these must be copies of the highest of them: those of x86-64 with four levels. */
const VA_BITS: u64 = 48;

/** The column, the runs in it, and what was so before the first of them: lookups, process, its lookups. */
export let runs: usize = 0;
export let runCount: u32 = 0;
export let firstNow: u64 = 0;
export let firstProcess: u32 = 0;
export let firstProcessNow: u64 = 0;
/** Rows of two words, the process and its lookups so far, by the number that a run says. */
export let switches: usize = 0;
/** Pages and processes seen. */
export let pageCount: u32 = 0;
export let processCount: u32 = 1;

let pageShift: u64 = 12;
let modifyOnce: bool = false;
let firstPageOnly: bool = false;

/** Lookups so far. */
export let lookups: u64 = 0;

/** Pages are looked up whose hash is below this, of `SHARES`; the seed's hash, and with the process that runs. */
let sampled: u64 = SHARES;
let seedHash: u64 = 0;
let processHash: u64 = 0;

/** A process: | PageMap | lookups u64 |. Rows by number, and the numbers (+ 1) by what the trace calls them. */
const PROCESS: usize = 16;
let table: usize = 0;
let named: PageMap = changetype<PageMap>(0);
let running: u32 = 0;
/** The process of the last run in the column. */
let noted: u32 = 0;
export let switchCount: u32 = 0;

/** Pages found lately, by their low bits: | page + 1 u64 | id u32 |. Of the process that runs. */
const RECENT: u64 = 256;
const recent: usize = memory.data(256 * 16, 16);

/** Readies the column. False when memory is used up. */
export function openLookups(pageBits: u32, modifyOnce_: bool, firstPageOnly_: bool): bool {
  pageShift = pageBits;
  modifyOnce = modifyOnce_;
  firstPageOnly = firstPageOnly_;
  runs = takeBlock(19);
  switches = takeBlock(20);
  const names = newPageMap();
  if (!runs || !switches || !names) return false;
  named = names;
  return openProcess(0) && named.put(1, 1);
}

function openProcess(number: u32): bool {
  const grown = growArray(table, (<u64>number + 1) * PROCESS);
  const pages = newPageMap();
  if (!grown || !pages) return false;
  table = grown;
  store<usize>(rowAt(number), changetype<usize>(pages));
  return true;
}

function rowAt(number: u32): usize {
  return table + <usize>number * PROCESS;
}

/** Only lookups of some pages are made from now on, so many of 2^Sampling.Bits: whole pages, by a hash. The others are counted, and pass by. */
export function samplePages(shares: u32, seed: u64): void {
  sampled = shares;
  seedHash = splitmix(seed);
  processHash = splitmix(seedHash);
}

/** Pages below this were seen, by who fills the column otherwise. */
export function setPages(count: u32): void {
  pageCount = count;
}

/** The column was filled otherwise, with so many runs, of pages seen before. */
export function setRuns(count: u32): void {
  runCount = count;
}

/** The column was filled with another core's: so many runs, of pages and processes seen before, and what was so before the first of them. */
export function setColumn(
  count: u32,
  pages: u32,
  processes: u32,
  now: u64,
  process: u32,
  processNow: u64,
): void {
  runCount = count;
  pageCount = pages;
  processCount = processes;
  firstNow = now;
  firstProcess = process;
  firstProcessNow = processNow;
}

/** Where gather() stopped. */
export let gathered: u32 = 0;

/** Makes runs of records [from, to), or as many of them as the column has room for: up to `gathered`. */
export function gather(from: u32, to: u32): Status {
  const spare = 2 * (<u32>Batch.MaxSize >> <u32>pageShift) + 6;
  runCount = 0;
  switchCount = 0;
  firstNow = lookups;
  firstProcess = running;
  noted = running;
  firstProcessNow = load<u64>(rowAt(running), 8);
  let at = from;
  for (; at < to && runCount + spare <= <u32>Runs.Capacity; at++) {
    const va = load<u64>(addresses + ((<usize>at) << 3));
    const info = load<u32>(infos + ((<usize>at) << 2));
    if (!(info & Batch.Event ? event(rowOf(va)) : access(va, info))) return Status.OutOfMemory;
  }
  gathered = at;
  return Status.Ok;
}

function event(row: usize): bool {
  const kind = countEvent(row);
  if (kind == EventKind.Switch) return enter(longOf(row, EventRow.A));
  if (kind == EventKind.Clone) return named.put(longOf(row, EventRow.A), running + 1);
  if (kind != EventKind.Access) return true;
  const access_ = wordOf(row, EventRow.Flags) & Batch.KindMask;
  if (!wordOf(row, EventRow.Base)) {
    return access(longOf(row, EventRow.A), info(access_, <u32>longOf(row, EventRow.B)));
  }
  count(<Counter>access_);
  count(Counter.Unplaced);
  return true;
}

/** Another process runs. */
function enter(name: u64): bool {
  let number = named.get(name);
  if (!number) {
    number = processCount + 1;
    if (!openProcess(processCount) || !named.put(name, number)) return false;
    processCount++;
  }
  if (number - 1 == running) return true;
  running = number - 1;
  processHash = splitmix(seedHash + <u64>running);
  memory.fill(recent, 0, (<usize>RECENT) << 4);
  return true;
}

function access(va: u64, info: u32): bool {
  const kind = kindOf(info);
  count(<Counter>kind);
  const reach = reachOf(info);
  if (kind != Kind.Modify) return pages(va, reach, kind);
  if (!modifyOnce) {
    if (!pages(va, reach, Kind.Load)) return false;
    if (faulted) return true;
  }
  return pages(va, reach, Kind.Store);
}

/** The last access was not canonical all through. */
let faulted: bool = false;

function pages(va: u64, reach: u64, kind: u32): bool {
  const first = va >> pageShift;
  const last = firstPageOnly ? first : (va + reach) >> pageShift;
  faulted = false;
  if (last < first || !isCanonical(va) || !isCanonical(last << pageShift)) return broken(va, reach, kind);
  count(<Counter>(<u32>Counter.InstructionLookups + kind), last - first + 1);
  if (last > first) count(Counter.PageCrossings, last - first);
  for (let page = first; page <= last; page++) {
    if (!look(page, kind)) return false;
  }
  return true;
}

/** The same of an access that leaves the address space: up to there. */
function broken(va: u64, reach: u64, kind: u32): bool {
  const first = va >> pageShift;
  const pages = ((va & (((<u64>1) << pageShift) - 1)) + reach) >> pageShift;
  for (let i: u64 = 0; i <= pages; i++) {
    const page = first + i;
    if (page > u64.MAX_VALUE >> pageShift || !isCanonical(i ? page << pageShift : va)) {
      count(Counter.SegvFaults);
      faulted = true;
      return true;
    }
    if (i) count(Counter.PageCrossings);
    count(<Counter>(<u32>Counter.InstructionLookups + kind));
    if (!look(page, kind)) return false;
    if (firstPageOnly) return true;
  }
  return true;
}

function isCanonical(va: u64): bool {
  const unused = 64 - VA_BITS;
  return <u64>(<i64>(va << unused) >> unused) == va;
}

/** One lookup: a run of its own, or one more of the last. */
function look(page: u64, kind: u32): bool {
  if (sampled < SHARES && (splitmix(processHash + page) & (SHARES - 1)) >= sampled) {
    lookups++;
    return true;
  }
  const id = idOf(page);
  if (!id) return false;
  const process = rowAt(running);
  if (noted != running) noteSwitch();
  store<u64>(process, load<u64>(process, 8) + 1, 8);
  lookups++;
  const run = <u64>id | (u64(kind == <u32>Kind.Store) << 32);
  if (runCount) {
    const at = runs + ((<usize>runCount - 1) << 3);
    const last = load<u64>(at);
    if (<u32>last == id && last >> 33 < <u64>Runs.Longest - 1) {
      store<u64>(at, (last | run) + ((<u64>1) << 33));
      return true;
    }
  }
  store<u64>(runs + ((<usize>runCount) << 3), run);
  runCount++;
  return true;
}

function noteSwitch(): void {
  const row = switches + ((<usize>switchCount) << 4);
  store<u64>(row, <u64>running);
  store<u64>(row, load<u64>(rowAt(running), 8), 8);
  store<u64>(runs + ((<usize>runCount) << 3), (<u64>switchCount) << 33);
  runCount++;
  switchCount++;
  noted = running;
}

/** A page's id; 0 when memory is used up. */
function idOf(page: u64): u32 {
  const slot = recent + ((<usize>(page & (RECENT - 1))) << 4);
  if (load<u64>(slot) == page + 1) return load<u32>(slot, 8);
  const map = changetype<PageMap>(load<usize>(rowAt(running)));
  let id = map.get(page);
  if (!id) {
    id = pageCount + 1;
    if (!map.put(page, id)) return 0;
    pageCount = id;
  }
  store<u64>(slot, page + 1);
  store<u32>(slot, id, 8);
  return id;
}
