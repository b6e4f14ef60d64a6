// Working sets of several windows from one pass: a page is in that of TAU until TAU lookups of its process have passed without it, as
// under the policy `ws` (Denning, CACM 1968). A lookup that comes after more than TAU is a fault; one of a page that was not yet looked up, too.
//
//   log of a process:   | older ...  | u | ...  t |     its runs, each at the time of its last lookup
//                                      ^ next, by window: what lies before has left, or was looked up since
//
// Most lookups are hits with all windows but the smallest, and say nothing to those. What leaves a window is looked for only when something comes into it, or another
// process runs: its time stands still then. Full, the log keeps the last entry of each page.

import { Status } from "../base/status";
import { growArray } from "../paging/arrays";
import { firstNow, pageCount, processCount, runCount, runs, switches } from "./lookups";

/** u64 words of a window. */
export enum WindowWord {
  /** In lookups; windows stand by rising TAU. */
  Tau,
  Faults,
  /** Pages of all processes in it now, and the most after any lookup. */
  Resident,
  Peak,
  /** In the end: the sum, over all lookups, of the pages that are in it after them. */
  Area,
  Length,
}

/** An entry: time u64 | page u32 | its place in the shortened log u32. */
const ENTRY: u32 = 4;
const PAGE: usize = 8;
const PLACE: usize = 12;
const LEAST_ENTRIES: u32 = 4096;

@unmanaged
class Log {
  /** Lookups of the process so far. */
  now: u64;
  entries: usize;
  length: u32;
  capacity: u32;
  /** By window, u32 each: the first entry that may be in it. */
  next: usize;
}
/** log2 of the bytes of a Log. */
const LOG: u32 = 5;

let windows: usize = 0;
let windowCount: u32 = 0;
/** By process, the Logs; the one that runs. */
let logs: usize = 0;
let logCount: u32 = 0;
let running: u32 = 0;
/** By page, u64 each: when its process looked it up last; 0: never. */
let lastUse: usize = 0;
/** Lookups so far, of all. */
let now: u64 = 0;

/** Makes so many windows, whose `Tau` the host writes, rising. Their rows, or 0 when memory is used up. */
export function openWorkingSets(count: u32): usize {
  windowCount = count;
  windows = growArray(0, (<u64>count * WindowWord.Length) << 3);
  return windows;
}

/** Readies the windows for the pages and processes seen. */
export function readyWorkingSets(): Status {
  lastUse = growArray(lastUse, (<u64>pageCount + 1) << 3);
  logs = growArray(logs, (<u64>processCount) << LOG);
  if (!lastUse || !logs) return Status.OutOfMemory;
  for (; logCount < processCount; logCount++) {
    const log = logOf(logCount);
    log.next = growArray(0, (<u64>windowCount) << 2);
    log.entries = growArray(0, (<u64>LEAST_ENTRIES) << ENTRY);
    log.capacity = LEAST_ENTRIES;
    if (!log.next || !log.entries) return Status.OutOfMemory;
  }
  return Status.Ok;
}

/** Makes the lookups of the column. */
export function lookWorkingSets(): Status {
  const end = runs + ((<usize>runCount) << 3);
  let log = logOf(running);
  now = firstNow;
  for (let at = runs; at < end; at += 8) {
    const run = load<u64>(at);
    const more = run >> 33;
    if (!(<u32>run)) {
      settleAll(log);
      running = <u32>load<u64>(switches + ((<usize>more) << 4));
      log = logOf(running);
      continue;
    }
    if (log.length == log.capacity && !shorten(log)) return Status.OutOfMemory;
    look(log, <u32>run, more);
  }
  return Status.Ok;
}

/** The trace is over: areas are what they are. */
export function endWorkingSets(): void {
  settleAll(logOf(running));
  for (let i: u32 = 0; i < windowCount; i++) {
    const window = windowAt(i);
    add(window, WindowWord.Area, wordOf(window, WindowWord.Resident) * (now + 1));
  }
}

/** A lookup of a page, and as many again. */
function look(log: Log, page: u32, more: u64): void {
  log.now++;
  now++;
  const place = lastUse + ((<usize>page) << 3);
  const last = load<u64>(place);
  const interval = last ? log.now - last : u64.MAX_VALUE;
  for (let i: u32 = 0; i < windowCount; i++) {
    const window = windowAt(i);
    if (wordOf(window, WindowWord.Tau) >= interval) break;
    settle(log, i);
    comeIn(window);
  }
  log.now += more;
  now += more;
  store<u64>(place, log.now);
  const entry = entryAt(log, log.length++);
  store<u64>(entry, log.now);
  store<u32>(entry, page, PAGE);
}

/** A page is in a window from this lookup on: it would add all lookups up to the end, less those before. */
function comeIn(window: usize): void {
  add(window, WindowWord.Faults, 1);
  add(window, WindowWord.Resident, 1);
  add(window, WindowWord.Area, 0 - now);
  const resident = wordOf(window, WindowWord.Resident);
  const peak = window + ((<usize>WindowWord.Peak) << 3);
  store<u64>(peak, max(load<u64>(peak), resident));
}

/** What has left a window leaves it, each page at its time: since then its process ran without a break. */
function settle(log: Log, i: u32): void {
  const window = windowAt(i);
  const tau = wordOf(window, WindowWord.Tau);
  const first = log.next + ((<usize>i) << 2);
  let at = load<u32>(first);
  for (; at < log.length; at++) {
    const entry = entryAt(log, at);
    const time = load<u64>(entry);
    if (time + tau > log.now) break;
    if (load<u64>(lastUse + ((<usize>load<u32>(entry, PAGE)) << 3)) != time) continue;
    add(window, WindowWord.Resident, <u64>-1);
    add(window, WindowWord.Area, now - (log.now - time - tau));
  }
  store<u32>(first, at);
}

function settleAll(log: Log): void {
  for (let i: u32 = 0; i < windowCount; i++) settle(log, i);
}

/** Keeps the last entry of each page, and makes the log larger where that is little gain. False when memory is used up. */
function shorten(log: Log): bool {
  let kept: u32 = 0;
  for (let at: u32 = 0; at < log.length; at++) {
    const entry = entryAt(log, at);
    const time = load<u64>(entry);
    const page = load<u32>(entry, PAGE);
    store<u32>(entry, kept, PLACE);
    if (load<u64>(lastUse + ((<usize>page) << 3)) != time) continue;
    const to = entryAt(log, kept++);
    store<u64>(to, time);
    store<u32>(to, page, PAGE);
  }
  for (let i: u32 = 0; i < windowCount; i++) {
    const first = log.next + ((<usize>i) << 2);
    const at = load<u32>(first);
    store<u32>(first, at < log.length ? load<u32>(entryAt(log, at), PLACE) : kept);
  }
  log.length = kept;
  if (kept < log.capacity >> 2) return true;
  log.entries = growArray(log.entries, (<u64>log.capacity) << (ENTRY + 1));
  log.capacity <<= 1;
  return log.entries != 0;
}

function logOf(process: u32): Log {
  return changetype<Log>(logs + ((<usize>process) << LOG));
}

function entryAt(log: Log, at: u32): usize {
  return log.entries + ((<usize>at) << ENTRY);
}

function windowAt(i: u32): usize {
  return windows + ((<usize>i * WindowWord.Length) << 3);
}

function wordOf(window: usize, word: WindowWord): u64 {
  return load<u64>(window + ((<usize>word) << 3));
}

function add(window: usize, word: WindowWord, value: u64): void {
  const at = window + ((<usize>word) << 3);
  store<u64>(at, load<u64>(at) + value);
}
