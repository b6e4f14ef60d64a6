// The loop over records that pass the filter: what nearly every record costs. It is compiled once for each of the usual page sizes, with the
// shift a constant, once for any other, for two and three sizes in use, and for counting passes.

import { reachOf } from "../base/batch";
import { lineFilter, lineShift, lineSlotBytes, linesKept } from "../cache/filter";
import { ROW, SLOT_SHIFT, countsUses, filter, shift0, shift1, shift2, slotBytes, stages } from "./filter";

/** Records that passed in this batch, by stage, a lane of 16 bits a kind. */
export let lanes0: u64 = 0;
export let lanes1: u64 = 0;
export let lanes2: u64 = 0;

export function clearLanes(): void {
  lanes0 = 0;
  lanes1 = 0;
  lanes2 = 0;
}

const STAGE: usize = 256 * 64;

/** Counts the records of `addresses` and infos [at, end) up to the first that does not pass; its place among infos, or `end`. */
export function run(addresses: usize, infos: usize, at: usize, end: usize): usize {
  const address = addresses + ((at - infos) << 1);
  if (linesKept) return runCached(address, at, end);
  if (countsUses) return runCounting(address, at, end);
  if (stages != 1) return stages == 2 ? runMixed<u16>(address, at, end) : runMixed<u32>(address, at, end);
  if (shift0 == 12) return runOf<Shift12>(address, at, end);
  if (shift0 == 21) return runOf<Shift21>(address, at, end);
  if (shift0 == 30) return runOf<Shift30>(address, at, end);
  return runOf<AnyShift>(address, at, end);
}

// The page shift is a type, so that each loop has it as a constant: 9 * sizeof - 9 + 12.
type Shift12 = u8;
type Shift21 = u16;
type Shift30 = u32;
type AnyShift = u64;

function runOf<S>(address: usize, at: usize, end: usize): usize {
  const shift: u64 = sizeof<S>() == 8 ? shift0 : 12 + 9 * (sizeof<S>() >> 1);
  const mask = slotBytes;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const row = (<usize>slotOf(va, shift) & mask) | <usize>(info & ROW);
    const page = load<u64>(filter + row);
    if (((va ^ page) | ((va + reachOf(info)) ^ page)) >> shift) break;
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** An address's page number, its lowest bit at SLOT_SHIFT. */
function slotOf(va: u64, shift: u64): u64 {
  return shift >= SLOT_SHIFT ? va >> (shift - SLOT_SHIFT) : va << (SLOT_SHIFT - shift);
}

/** One stage, and the filter of the data caches behind it: a record passes where both know it, and it stays in one line. */
function runCached(address: usize, at: usize, end: usize): usize {
  const shift = shift0;
  const mask = slotBytes;
  const lines = lineSlotBytes;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const last = va + reachOf(info);
    const kind = <usize>(info & ROW);
    const page = load<u64>(filter + ((<usize>slotOf(va, shift) & mask) | kind));
    const line = load<u64>(lineFilter + ((<usize>slotOf(va, lineShift) & lines) | (kind >> 1)));
    if (((va ^ page) | (last ^ page)) >> shift || ((va ^ line) | (last ^ line)) >> lineShift) break;
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** Two stages (u16) or three. */
function runMixed<N>(address: usize, at: usize, end: usize): usize {
  const mask = slotBytes;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const last = va + reachOf(info);
    const kind = <usize>(info & ROW);
    let page = load<u64>(filter + ((<usize>slotOf(va, shift0) & mask) | kind));
    if (!(((va ^ page) | (last ^ page)) >> shift0)) {
      lanes0 += (<u64>1) << (<u64>info);
      continue;
    }
    page = load<u64>(filter + STAGE + ((<usize>slotOf(va, shift1) & mask) | kind));
    if (!(((va ^ page) | (last ^ page)) >> shift1)) {
      lanes1 += (<u64>1) << (<u64>info);
      continue;
    }
    if (sizeof<N>() == 2) break;
    page = load<u64>(filter + 2 * STAGE + ((<usize>slotOf(va, shift2) & mask) | kind));
    if (((va ^ page) | (last ^ page)) >> shift2) break;
    lanes2 += (<u64>1) << (<u64>info);
  }
  return at;
}

/** Any number of stages; each pass is counted in its slot. */
function runCounting(address: usize, at: usize, end: usize): usize {
  const mask = slotBytes;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const last = va + reachOf(info);
    const kind = <usize>(info & ROW);
    const lane = (<u64>1) << (<u64>info);
    let slot = filter + ((<usize>slotOf(va, shift0) & mask) | kind);
    let page = load<u64>(slot);
    if (!(((va ^ page) | (last ^ page)) >> shift0)) {
      lanes0 += lane;
    } else {
      if (stages < 2) break;
      slot = filter + STAGE + ((<usize>slotOf(va, shift1) & mask) | kind);
      page = load<u64>(slot);
      if (!(((va ^ page) | (last ^ page)) >> shift1)) {
        lanes1 += lane;
      } else {
        if (stages < 3) break;
        slot = filter + 2 * STAGE + ((<usize>slotOf(va, shift2) & mask) | kind);
        page = load<u64>(slot);
        if (((va ^ page) | (last ^ page)) >> shift2) break;
        lanes2 += lane;
      }
    }
    store<u64>(slot + 8, load<u64>(slot + 8) + 1);
  }
  return at;
}
