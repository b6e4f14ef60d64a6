// The loop over records that pass the filter: what nearly every record costs. It is compiled once for each of the usual page sizes, with the
// shift a constant, once for any other, for two and three sizes in use, and for counting passes.

import { reachOf } from "../base/batch";
import { lineFilter, lineShift, lineSlotBytes, linesKept } from "../cache/filter";
import {
  ROW,
  SLOT_SHIFT,
  countsUses,
  filter,
  shift0,
  shift1,
  shift2,
  slotBytes0,
  slotBytes1,
  slotBytes2,
  stages,
} from "./filter";
import { quick } from "./quick";

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

/** The loop for the machine. Chosen once: all of them in one function were a tenth slower than each by itself (measured). */
let loop: (address: usize, at: usize, end: usize) => usize = run12;

/** Chooses the loop, after the filters were readied. */
export function chooseLoop(): void {
  if (linesKept) loop = runCached;
  else if (countsUses) loop = stages != 1 ? runCountingMixed : shift0 == 12 ? counting12 : countingAny;
  else if (stages != 1) loop = stages == 3 ? runThree : shift0 == 12 && shift1 == 21 ? run12And21 : runTwo;
  else if (shift0 == 12) loop = run12;
  else if (shift0 == 21) loop = run21;
  else if (shift0 == 30) loop = run30;
  else loop = runAny;
}

/** Counts the records of `addresses` and infos [at, end) up to the first that does not pass; its place among infos, or `end`. */
export function run(addresses: usize, infos: usize, at: usize, end: usize): usize {
  return loop(addresses + ((at - infos) << 1), at, end);
}

/** log2 of the bytes of physical memory. */
let physicalBits: u64 = 64;

/** Chooses the loop for addresses that are physical: `free`, nothing must be done for a record; `lines`, for one whose line the filter knows. */
export function choosePhysicalLoop(bits: u64, free: bool, lines: bool): void {
  physicalBits = bits;
  if (free) loop = runPhysical;
  else loop = lines ? runPhysicalCached : runNone;
}

/** Every record passes that lies in physical memory. */
function runPhysical(address: usize, at: usize, end: usize): usize {
  const bits = physicalBits;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const pa = load<u64>(address);
    const info = load<u32>(at);
    const last = pa + reachOf(info);
    if ((pa | last) >> bits) break;
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** A record passes whose line the filter of the data caches knows. */
function runPhysicalCached(address: usize, at: usize, end: usize): usize {
  const lines = lineSlotBytes;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const pa = load<u64>(address);
    const info = load<u32>(at);
    const last = pa + reachOf(info);
    const line = load<u64>(
      lineFilter + ((<usize>slotOf(pa, lineShift) & lines) | (<usize>(info & ROW) >> 1)),
    );
    if (((pa ^ line) | (last ^ line)) >> lineShift) break;
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** None passes. */
function runNone(address: usize, at: usize, end: usize): usize {
  return at;
}

// The page shift is a type, so that each loop has it as a constant: 9 * sizeof - 9 + 12.
type Shift12 = u8;
type Shift21 = u16;
type Shift30 = u32;
type AnyShift = u64;

function runOf<S>(address: usize, at: usize, end: usize): usize {
  const mask = slotBytes0;
  let lanes = lanes0;
  while (at < end) {
    // Four at a time: what each turn of a loop costs by itself is a tenth of the whole (measured). The last few of a batch are left to `quick`.
    while (at + 12 < end) {
      if (!passes<S>(address, at, mask)) break;
      lanes += (<u64>1) << (<u64>load<u32>(at));
      at += 4;
      address += 8;
      if (!passes<S>(address, at, mask)) break;
      lanes += (<u64>1) << (<u64>load<u32>(at));
      at += 4;
      address += 8;
      if (!passes<S>(address, at, mask)) break;
      lanes += (<u64>1) << (<u64>load<u32>(at));
      at += 4;
      address += 8;
      if (!passes<S>(address, at, mask)) break;
      lanes += (<u64>1) << (<u64>load<u32>(at));
      at += 4;
      address += 8;
    }
    if (at >= end || !quick(load<u64>(address), load<u32>(at))) break;
    lanes += (<u64>1) << (<u64>load<u32>(at));
    at += 4;
    address += 8;
  }
  lanes0 = lanes;
  return at;
}

function passes<S>(address: usize, at: usize, mask: usize): bool {
  const shift: u64 = sizeof<S>() == 8 ? shift0 : 12 + 9 * (sizeof<S>() >> 1);
  const va = load<u64>(address);
  const info = load<u32>(at);
  const page = load<u64>((<usize>slotOf(va, shift) & mask) | <usize>(info & ROW), filter);
  return !(beyond(page, va, info) >> shift);
}

/** Bits above those of an offset are set in this unless all of a record lies in a page. */
function beyond(page: u64, va: u64, info: u32): u64 {
  const first = va ^ page;
  return first | (first + reachOf(info));
}

/** An address's page number, its lowest bit at SLOT_SHIFT. */
function slotOf(va: u64, shift: u64): u64 {
  // Of pages smaller than a slot's bytes, what comes round lies below SLOT_SHIFT.
  return rotr(va, shift - SLOT_SHIFT);
}

/** One stage, and the filter of the data caches behind it: a record passes where both know it, and it stays in one line. */
function runCached(address: usize, at: usize, end: usize): usize {
  const shift = shift0;
  const mask = slotBytes0;
  const lines = lineSlotBytes;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const kind = <usize>(info & ROW);
    const page = load<u64>(filter + ((<usize>slotOf(va, shift) & mask) | kind));
    const line = load<u64>(lineFilter + ((<usize>slotOf(va, lineShift) & lines) | (kind >> 1)));
    if (beyond(page, va, info) >> shift || beyond(line, va, info) >> lineShift) break;
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** Two stages (u16) or three, of any sizes or (u8) of 4K and 2M. Which of them knows a page is hard to predict: nothing branches on it. */
function runMixed<N, S>(address: usize, at: usize, end: usize): usize {
  const mask = slotBytes0;
  const firstShift: u64 = sizeof<S>() == 1 ? 12 : shift0;
  const secondShift: u64 = sizeof<S>() == 1 ? 21 : shift1;
  const mask1 = slotBytes1;
  let first = lanes0;
  let second = lanes1;
  let third = lanes2;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const kind = <usize>(info & ROW);
    const lane = (<u64>1) << (<u64>info);
    let page = load<u64>(filter + ((<usize>slotOf(va, firstShift) & mask) | kind));
    const known = -u64(!(beyond(page, va, info) >> firstShift));
    page = load<u64>(filter + STAGE + ((<usize>slotOf(va, secondShift) & mask1) | kind));
    const known2 = -u64(!(beyond(page, va, info) >> secondShift));
    if (sizeof<N>() == 2) {
      if (!(known | known2)) break;
    } else {
      page = load<u64>(filter + 2 * STAGE + ((<usize>slotOf(va, shift2) & slotBytes2) | kind));
      const known3 = -u64(!(beyond(page, va, info) >> shift2));
      if (!(known | known2 | known3)) break;
      third += lane & known3;
    }
    first += lane & known;
    second += lane & known2;
  }
  lanes0 = first;
  lanes1 = second;
  lanes2 = third;
  return at;
}

/**
 * One stage; each pass is counted in its slot. A slot that is passed many times in a row would wait each time for the count before: four
 * counts take turns.
 */
function runCounting<S>(address: usize, at: usize, end: usize): usize {
  const shift: u64 = sizeof<S>() == 8 ? shift0 : 12;
  const mask = slotBytes0;
  let lanes = lanes0;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const slot = filter + ((<usize>slotOf(va, shift) & mask) | <usize>(info & ROW));
    const page = load<u64>(slot);
    if (beyond(page, va, info) >> shift) break;
    const passes = slot + ((at >> 1) & 6);
    store<u16>(passes, load<u16>(passes, 8) + 1, 8);
    lanes += (<u64>1) << (<u64>info);
  }
  lanes0 = lanes;
  return at;
}

/** The same of several stages. */
function runCountingMixed(address: usize, at: usize, end: usize): usize {
  const mask = slotBytes0;
  for (; at < end; at += 4, address += 8) {
    const va = load<u64>(address);
    const info = load<u32>(at);
    const kind = <usize>(info & ROW);
    const lane = (<u64>1) << (<u64>info);
    let slot = filter + ((<usize>slotOf(va, shift0) & mask) | kind);
    let page = load<u64>(slot);
    if (!(beyond(page, va, info) >> shift0)) {
      lanes0 += lane;
    } else {
      slot = filter + STAGE + ((<usize>slotOf(va, shift1) & slotBytes1) | kind);
      page = load<u64>(slot);
      if (!(beyond(page, va, info) >> shift1)) {
        lanes1 += lane;
      } else {
        if (stages < 3) break;
        slot = filter + 2 * STAGE + ((<usize>slotOf(va, shift2) & slotBytes2) | kind);
        page = load<u64>(slot);
        if (beyond(page, va, info) >> shift2) break;
        lanes2 += lane;
      }
    }
    const passes = slot + ((at >> 1) & 6);
    store<u16>(passes, load<u16>(passes, 8) + 1, 8);
  }
  return at;
}

// Functions by name, for `chooseLoop`: one with a type is no value.

function run12(address: usize, at: usize, end: usize): usize {
  return runOf<Shift12>(address, at, end);
}

function run21(address: usize, at: usize, end: usize): usize {
  return runOf<Shift21>(address, at, end);
}

function run30(address: usize, at: usize, end: usize): usize {
  return runOf<Shift30>(address, at, end);
}

function runAny(address: usize, at: usize, end: usize): usize {
  return runOf<AnyShift>(address, at, end);
}

function run12And21(address: usize, at: usize, end: usize): usize {
  return runMixed<u16, Shift12>(address, at, end);
}

function runTwo(address: usize, at: usize, end: usize): usize {
  return runMixed<u16, AnyShift>(address, at, end);
}

function runThree(address: usize, at: usize, end: usize): usize {
  return runMixed<u32, AnyShift>(address, at, end);
}

function counting12(address: usize, at: usize, end: usize): usize {
  return runCounting<Shift12>(address, at, end);
}

function countingAny(address: usize, at: usize, end: usize): usize {
  return runCounting<AnyShift>(address, at, end);
}
