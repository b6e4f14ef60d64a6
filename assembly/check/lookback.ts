// What came before an access that something is wrong with: looked back for in the batch, so that good accesses pay nothing for it. It needs to
// know which code is of the run-time libraries; the host says so as the trace names mappings.

import { Batch, Kind, addresses, infos, kindOf, reachOf } from "../base/batch";
import { freeBlock, takeBlock } from "../base/blocks";
import { EventKind, rowOf } from "../base/events";
import { PAGE, PAGE_SHIFT, statesOf } from "./shadow";
import { ByteState } from "./state";

/** Fetches of the program that are told of an access in a library. */
export enum Callers {
  Count = 6,
}

/** Records of the batch before this one that are kept. */
const KEPT: u32 = 512;
/** Code of one function: its fetches are no farther from one another, the next function that is called is. */
const FUNCTION: u64 = 4096;
/** Loads of a whole vector, and how many of them a string function may be ahead of what it looks at. */
const VECTOR: u64 = 16;
const AHEAD: u64 = 5;

/** Ranges of code: where each begins and ends, a u64 each. */
let ranges: usize = 0;
let rangeCount: u32 = 0;
let rangeBits: u32 = 0;

/** The record that is checked. */
let current: u32 = 0;

const keptAddresses: usize = memory.data(512 * 8, 8);
const keptInfos: usize = memory.data(512 * 4, 8);
let kept: u32 = 0;
/** They are of the columns that are checked on. */
let isSame: bool = false;
/** The last fetches of the program before this batch, the latest first. */
const earlier: usize = memory.data(6 * 8, 8);
const latest: usize = memory.data(6 * 8, 8);

/** Room for so many ranges of code of the run-time libraries; 0 when memory is used up. */
export function runtimeBuffer(count: u32): usize {
  let bits: u32 = 8;
  while ((<u64>1) << (<u64>bits) < (<u64>count) << 4) bits++;
  if (ranges && rangeBits < bits) {
    freeBlock(ranges, rangeBits);
    ranges = 0;
  }
  if (!ranges) {
    ranges = takeBlock(bits);
    rangeBits = bits;
  }
  rangeCount = ranges ? count : 0;
  return ranges;
}

/** Whether an instruction is of the run-time libraries. */
export function isRuntime(pc: u64): bool {
  for (let at = ranges, end = ranges + ((<usize>rangeCount) << 4); at < end; at += 16) {
    if (pc >= load<u64>(at) && pc < load<u64>(at, 8)) return true;
  }
  return false;
}

export function setCurrent(at: u32): void {
  current = at;
}

/** Before records of the columns from `from` on: what was kept of the same columns is not what came before them. */
export function openRecords(from: u32): void {
  if (isSame && from > 0) {
    kept = 0;
    memory.fill(earlier, 0, (<usize>Callers.Count) << 3);
  }
  isSame = false;
}

/** Keeps the last of the columns' first `count` records, before others come. */
export function keepRecords(count: u32): void {
  if (!rangeCount) return;
  current = count;
  findCallers(latest);
  memory.copy(earlier, latest, (<usize>Callers.Count) << 3);
  isSame = true;
  kept = min(count, KEPT);
  memory.copy(keptAddresses, addresses + ((<usize>(count - kept)) << 3), (<usize>kept) << 3);
  memory.copy(keptInfos, infos + ((<usize>(count - kept)) << 2), (<usize>kept) << 2);
}

/** The last fetches of the program before the current record, the latest first, as u64 at `to`; 0 behind the first that is known. */
export function findCallers(to: usize): void {
  memory.fill(to, 0, (<usize>Callers.Count) << 3);
  let found: usize = 0;
  for (let at = current; at > 0; ) {
    at--;
    const va = load<u64>(addresses + ((<usize>at) << 3));
    const info = load<u32>(infos + ((<usize>at) << 2));
    if (info & Batch.Event) {
      if (load<u32>(rowOf(va)) == EventKind.Switch) return;
    } else if (kindOf(info) == Kind.Instruction && !isRuntime(va)) {
      store<u64>(to + (found << 3), va);
      if (++found == <usize>Callers.Count) return;
    }
  }
  memory.copy(to + (found << 3), earlier, (<usize>Callers.Count - found) << 3);
}

/**
 * Whether a load is one of whole vectors by which a string function goes over the end of what it looks at: it has a good byte itself, or in the same
 * call another one near it had.
 */
export function isAhead(pc: u64, va: u64, size: u64): bool {
  if (size < VECTOR || !isRuntime(pc)) return false;
  if (hasGood(va, va + size - 1)) return true;
  let code = pc;
  let found: bool = false;
  for (let steps: u32 = 0, most = current + kept; steps < most; steps++) {
    const isKept = steps >= current;
    const at = isKept ? kept - 1 - (steps - current) : current - 1 - steps;
    const address = load<u64>((isKept ? keptAddresses : addresses) + ((<usize>at) << 3));
    const info = load<u32>((isKept ? keptInfos : infos) + ((<usize>at) << 2));
    if (info & Batch.Event) return false;
    const kind = kindOf(info);
    if (kind == Kind.Instruction) {
      // Whose loads were met since the last one.
      if (distance(address, code) > FUNCTION) return false;
      if (found) return true;
      code = address;
      continue;
    }
    const reach = reachOf(info);
    if (kind != Kind.Load || reach + 1 < VECTOR || distance(address, va) > AHEAD * size) continue;
    if (!found) found = hasGood(address, address + reach);
  }
  return found;
}

/** Whether any of the bytes from `va` to `last` may be accessed. */
function hasGood(va: u64, last: u64): bool {
  for (let at = va; at >= va && at <= last; at++) {
    const states = statesOf(at >> PAGE_SHIFT);
    if (states && !(load<u8>(states + <usize>(at & (PAGE - 1))) & ByteState.Forbidden)) return true;
  }
  return false;
}

function distance(a: u64, b: u64): u64 {
  return a > b ? a - b : b - a;
}
