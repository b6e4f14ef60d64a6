// What is each process's own, whatever memory it has: its faults, and its limits.
//
//   | process u64 | minor, major, cow, segv, protection, bus, out of frames u64 | limits u64 ... |

import { freeBlock, takeBlock } from "../base/blocks";
import { Stack, newStack } from "../base/stack";
import { thread } from "../mmu/schedule";
import { PageMap, newPageMap } from "../paging/pagemap";
import { WatchedFault } from "./watch";

/** log2 of a tally's bytes, and where its limits are. */
const BITS: u32 = 7;
const LIMITS: usize = 64;

/** Limits of a process, in bytes; all ones: none. A child has its parent's. */
export enum Limit {
  AddressSpace,
  Data,
  Stack,
  Locked,
  Length,
}

/** What Linux lets a stack grow to. */
const STACK_LIMIT: u64 = 8 << 20;

/** By process, and in the order in which they came. */
let byProcess: PageMap = changetype<PageMap>(0);
let tallies: Stack = changetype<Stack>(0);
let last: usize = 0;

export function openTallies(): bool {
  const map = newPageMap();
  const list = newStack();
  if (!map || !list) return false;
  byProcess = map;
  tallies = list;
  return true;
}

/** The tally of a process, made if it has none; 0 when memory is used up. */
export function tallyOf(process: u64): usize {
  if (last && load<u64>(last) == process) return last;
  let at = <usize>byProcess.get(process);
  if (!at) {
    at = takeBlock(BITS);
    if (!at) return 0;
    if (!byProcess.put(process, <u32>at) || !tallies.push(<u32>at)) {
      freeBlock(at, BITS);
      return 0;
    }
    store<u64>(at, process);
    clear(at);
  }
  last = at;
  return at;
}

/** No faults, and the limits of a process that no other made. */
function clear(at: usize): void {
  memory.fill(at + 8, 0, LIMITS - 8);
  for (let limit: u32 = 0; limit < <u32>Limit.Length; limit++) store<u64>(limitIn(at, limit), u64.MAX_VALUE);
  store<u64>(limitIn(at, Limit.Stack), STACK_LIMIT);
}

/** A process that no other made gets the number of one that ended. */
export function resetTally(process: u64): void {
  const at = tallyOf(process);
  if (at) clear(at);
}

/** A child gets the number of a process that ended, or one that is new: no faults, and its parent's limits. */
export function bear(parent: u64, child: u64): void {
  const to = tallyOf(child);
  if (!to) return;
  memory.fill(to + 8, 0, LIMITS - 8);
  memory.copy(to + LIMITS, tallyOf(parent) + LIMITS, (<usize>Limit.Length) << 3);
}

function limitIn(tally: usize, limit: Limit): usize {
  return tally + LIMITS + ((<usize>limit) << 3);
}

/** A limit of the process that runs. */
export function limitOf(limit: Limit): u64 {
  return load<u64>(limitIn(tallyOf(thread.process), limit));
}

export function setLimit(limit: Limit, bytes: u64): void {
  store<u64>(limitIn(tallyOf(thread.process), limit), bytes);
}

/** A process that did nothing yet has another number from now on. False when memory is used up. */
export function renameTally(process: u64, to: u64): bool {
  const at = <usize>byProcess.get(process);
  if (!at || process == to) return true;
  if (!byProcess.put(to, <u32>at)) return false;
  byProcess.remove(process);
  store<u64>(at, to);
  return true;
}

export function tally(process: u64, kind: WatchedFault): void {
  const slot = tallyOf(process) + 8 + ((<usize>kind) << 3);
  store<u64>(slot, load<u64>(slot) + 1);
}

/** Processes that have a tally. */
export function tallyCount(): u32 {
  return changetype<usize>(tallies) ? tallies.length : 0;
}

/** Where the tally of a place is. */
export function tallyAt(place: u32): usize {
  return <usize>tallies.at(place);
}
