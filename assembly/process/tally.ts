// Faults of each process, whatever memory it had.
//
//   | process u64 | minor, major, cow, segv, protection, bus, out of frames u64 |

import { freeBlock, takeBlock } from "../base/blocks";
import { Stack, newStack } from "../base/stack";
import { PageMap, newPageMap } from "../paging/pagemap";
import { WatchedFault } from "./watch";

/** log2 of a tally's bytes. */
const BITS: u32 = 6;

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
  }
  last = at;
  return at;
}

/** Another process gets the number of one that ended. */
export function clearTally(process: u64): void {
  const at = tallyOf(process);
  if (at) memory.fill(at + 8, 0, 56);
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
