// The filter in front of the data caches, as that of `replay/filter.ts` is in front of TLBs: for each kind of record, a row of slots; a slot
// holds the line whose access is known to change nothing but counts: it was the last of its slot, slots divide sets, and lie within the offset
// of a page, so that it is the last line that its set in the first cache was asked for; for a store it is dirty.
//
//   | slot 0 | slot 1 | ...            slot: 64 bytes     | instruction u64 | load | store | modify | 32 unused |

import { Asker, Cache, DIRTY_LINE } from "./level";

const MAX_SLOTS: u32 = 256;
export const LINE_SLOT_SHIFT: u64 = 6;
const ROWS: u32 = 4;
const MODIFY: u32 = 3;
export const lineFilter: usize = memory.data(256 * 64, 64);

/** The filter is in use: data accesses may pass it. */
export let linesKept: bool = false;
/** log2 of the bytes of a line. */
export let lineShift: u64 = 6;
/** The slot's part of an address, its line number shifted to LINE_SLOT_SHIFT. */
export let lineSlotBytes: usize = 0;

let slotMask: usize = 1;
/** For each asker, rows that follow its first cache. */
const followers: usize = memory.data(4, 1);

/**
 * Readies the filter for the first caches of instructions, loads and stores, and pages of 2^pageShift bytes at least. `alone`: no first cache is a later one of
 * another chain. It stays shut where a line may not be passed over.
 */
export function openLines(
  instructions: Cache | null,
  loads: Cache | null,
  stores: Cache | null,
  pageShift: u32,
  alone: bool,
  modifyOnce: bool,
): void {
  linesKept = false;
  if (!instructions || !loads || !stores || !alone) return;
  lineShift = <u64>loads.lineShift;
  let slots: u32 = min(MAX_SLOTS, (<u32>1) << (pageShift - <u32>lineShift));
  slots = min(slots, min(slotsOf(instructions), slotsOf(loads)));
  slots = min(slots, slotsOf(stores));
  if (slots < 2) return;
  linesKept = true;
  slotMask = slots - 1;
  lineSlotBytes = slotMask << (<usize>LINE_SLOT_SHIFT);
  for (let asker: u32 = 0; asker < 3; asker++) {
    const its: Cache = asker == Asker.Instruction ? instructions : asker == Asker.Load ? loads : stores;
    let rows: u32 = 0;
    if (its == instructions) rows |= 1 << Asker.Instruction;
    if (its == loads) rows |= 1 << Asker.Load;
    if (its == stores) rows |= 1 << Asker.Store;
    if (its == stores && (modifyOnce || loads == stores)) rows |= 1 << MODIFY;
    store<u8>(followers + asker, rows);
  }
  store<u8>(followers + Asker.Walk, load<u8>(followers + Asker.Load));
  emptyLines();
}

/** Slots that divide a cache's sets; 0 where its policy must see every access, or its lines are of another size. */
function slotsOf(cache: Cache): u32 {
  if (<u64>cache.lineShift != lineShift || cache.seesRepeats) return 0;
  return cache.sets & (0 - cache.sets);
}

export function emptyLines(): void {
  if (!linesKept) return;
  for (let slot: usize = 0; slot <= slotMask; slot++) forget(slot, 15);
}

/** The line of a virtual address was accessed, and is now the last of its set. */
export function noteLine(va: u64, asker: u32): void {
  const line = va >> lineShift;
  const slot = <usize>line & slotMask;
  const at = lineFilter + (slot << (<usize>LINE_SLOT_SHIFT));
  const rows: u32 = load<u8>(followers + asker);
  // A store makes it dirty; after a load that is not known.
  const dirty = asker == Asker.Store;
  const page = line << lineShift;
  const stored = dirty ? page : elsewhere(slot);
  if (rows & (1 << Asker.Instruction)) store<u64>(at, page);
  if (rows & (1 << Asker.Load)) store<u64>(at + 8, page);
  if (rows & (1 << Asker.Store) && (dirty || load<u64>(at + 16) != page)) store<u64>(at + 16, stored);
  if (rows & (1 << MODIFY) && (dirty || load<u64>(at + 24) != page)) store<u64>(at + 24, stored);
}

/** A walk has read a line of a physical address: whatever its set was asked for last, it is no more. */
export function forgetLine(pa: u64): void {
  if (linesKept) forget(<usize>(pa >> lineShift) & slotMask, load<u8>(followers + Asker.Walk));
}

function forget(slot: usize, rows: u32): void {
  const at = lineFilter + (slot << (<usize>LINE_SLOT_SHIFT));
  for (let row: u32 = 0; row < ROWS; row++) {
    if ((rows >> row) & 1) store<u64>(at + ((<usize>row) << 3), elsewhere(slot));
  }
}

/** A line that no access of the slot lies in. */
function elsewhere(slot: usize): u64 {
  return (<u64>(slot ^ 1)) << lineShift;
}
