// The filter in front of the TLBs. For each page size in use, a stage; for each kind of record, a row of slots; a slot holds the page
// whose lookup is known to change nothing but hit counts: it was the last of its slot, and slots divide sets, so it is the last that
// its set in the first TLB was asked for; for a store its D bit is known to be set. Two policies need more:
//
//   srrip, brrip   the first hit after a fill does change something: a page is noted from its first hit on
//   lfu            every hit counts: passes are counted in the slot, and paid to the entry before its set is asked again
//
//   stage   | slot 0 | slot 1 | ...              slot: a cache line     | instruction | load | store | modify |
//   row     | page u64 | passes u16 x 4 |             no more than a batch: they are paid at its end
//
// A slot is empty when it holds a page that indexes another slot; so a row has two slots at least, and where only one may be in use
// (`slots` is 1) noting a page empties its neighbour.

import { cut } from "../mmu/address";
import { Kind } from "../base/batch";
import { chainOf, firstTlb } from "../mmu/cpu";
import { SIZE } from "../mmu/attributes";
import { Most } from "../mmu/format";
import { attributesOf, lastAttributes, lastFilled } from "../mmu/mmu";
import { format } from "../mmu/pagetable";
import { tagOf } from "../mmu/schedule";
import { Index, Policy } from "../mmu/sets";
import { Access, CHECK_ENTRY, DIRTY_ENTRY, LOOSE, Tlb, entryKey } from "../mmu/tlb";

const MAX_SLOTS: u32 = 256;
export const SLOT_SHIFT: u64 = 6;
const ROW_SHIFT: usize = 4;
const ROW_BYTES: usize = 16;
export const ROW: u32 = 48;
const ROWS: u32 = 4;
/** Sizes in use that have a stage; pages of further sizes are always looked up. */
const MAX_STAGES: u32 = 3;
const STAGE_BYTES: usize = (<usize>MAX_SLOTS) << 6;
export const filter: usize = memory.data(3 * 256 * 64, 64);

export let stages: u32 = 0;
/** log2 of the bytes of each stage's pages. */
export let shift0: u64 = 12;
export let shift1: u64 = 12;
export let shift2: u64 = 12;
/** The slot's part of an address, its page number shifted to SLOT_SHIFT. */
export let slotBytes: usize = 64;
/** Passes are counted in the slots: some first TLB is lfu. */
export let countsUses: bool = false;

/** One stage, more slots than one, and a policy that nothing but a miss changes: what most machines are. */
let plain: bool = false;
/** Of such a machine, for each access: `own`, and above it `disturbed`. */
const plainRows: usize = memory.data(16, 4);
/** Some first TLB is srrip or brrip. */
let changesOnce: bool = false;

let slots: u32 = 1;
let slotMask: usize = 1;
/** Nothing is noted: every access is looked up. */
let closed: bool = false;
let modifyOnce: bool = false;
/** The stage + 1 of each size; 0: none. */
const stageOf: usize = memory.data(<i32>Most.Sizes, 1);
const sizeOf: usize = memory.data(4, 1);

/** For each size and access: rows of its own stage that follow its first TLB; and of each stage, rows that a lookup may disturb. */
const own: usize = memory.data(<i32>Most.Sizes * 4, 1);
const disturbed: usize = memory.data(<i32>Most.Sizes * 4 * 4, 1);

/** Readies the filter for the page sizes of a mask; `closed_`: for lookups that must all be made. */
export function openFilter(sizes: u32, modifyOnce_: bool, closed_: bool): void {
  modifyOnce = modifyOnce_;
  closed = closed_;
  countsUses = false;
  changesOnce = false;
  stages = 0;
  slots = MAX_SLOTS;
  for (let size: u32 = 0; size < <u32>Most.Sizes; size++) {
    if (!((sizes >> size) & 1)) continue;
    addStage(size);
    for (let access: u32 = 0; access < <u32>Access.Length; access++) fitSlots(firstTlb(size, access));
  }
  slotMask = max(slots, 2) - 1;
  slotBytes = slotMask << (<usize>SLOT_SHIFT);
  shift0 = shiftOf(0);
  shift1 = shiftOf(1);
  shift2 = shiftOf(2);
  for (let size: u32 = 0; size < <u32>Most.Sizes; size++) {
    if (!((sizes >> size) & 1)) continue;
    for (let access: u32 = 0; access < <u32>Access.Length; access++) noteRows(size, access);
  }
  plain = stages == 1 && slots > 1 && !changesOnce && !closed;
  for (let access: u32 = 0; access < <u32>Access.Length; access++) {
    const lookup = stageSize(0) * 4 + access;
    const rows = <u32>load<u8>(own + lookup) | ((<u32>load<u8>(disturbed + lookup * 4)) << 8);
    store<u32>(plainRows + (access << 2), rows);
  }
  emptyAll();
}

function addStage(size: u32): void {
  store<u8>(stageOf + size, 0);
  if (stages == MAX_STAGES) return;
  store<u8>(sizeOf + stages, size);
  store<u8>(stageOf + size, ++stages);
}

function fitSlots(tlb: Tlb | null): void {
  if (!tlb) return;
  if (tlb.countsUses) countsUses = true;
  if (tlb.changesOnce) changesOnce = true;
  if (tlb.policy == Policy.Ideal) return;
  slots = tlb.index == Index.Xor && tlb.sets > 1 ? 1 : min(slots, tlb.sets & (0 - tlb.sets));
}

/** The size of a stage's pages. */
export function stageSize(stage: u32): u32 {
  return load<u8>(sizeOf + stage);
}

function shiftOf(stage: u32): u64 {
  return stage < stages ? format.sizeShift(stageSize(stage)) : 63;
}

function noteRows(size: u32, access: u32): void {
  const first = firstTlb(size, access);
  let rows: u32 = 0;
  for (let row: u32 = 0; row < ROWS; row++) {
    if (first && tlbOfRow(size, row) == first) rows |= 1 << row;
  }
  store<u8>(own + size * 4 + access, rows);
  for (let stage: u32 = 0; stage < stages; stage++) {
    const other = stageSize(stage);
    let touched: u32 = 0;
    for (let link = chainOf(size, access); load<usize>(link); link += 4) {
      const tlb = changetype<Tlb>(load<usize>(link));
      // Rows of the page's own stage that follow its first TLB are written anew by a note.
      if (tlb == first && other == size) continue;
      for (let row: u32 = 0; row < ROWS; row++) {
        if (tlbOfRow(other, row) == tlb) touched |= 1 << row;
      }
    }
    store<u8>(disturbed + (size * 4 + access) * 4 + stage, touched);
  }
}

/** The TLB whose entries a row follows, or null: then the row stays empty. */
function tlbOfRow(size: u32, row: u32): Tlb | null {
  if (row != Kind.Modify) return firstTlb(size, row);
  const stores = firstTlb(size, Access.Store);
  return modifyOnce || firstTlb(size, Access.Load) == stores ? stores : null;
}

/** Empties the filter: what was known of the TLBs holds no longer. */
export function emptyAll(): void {
  for (let stage: u32 = 0; stage < stages; stage++) {
    for (let slot: usize = 0; slot <= slotMask; slot++) {
      for (let row: u32 = 0; row < ROWS; row++) empty(stage, row, slot);
    }
  }
}

/** Pays the passes of the slots that pages of the set of `va` may be in. Before a lookup, where `countsUses`. */
export function payUses(va: u64): void {
  for (let stage: u32 = 0; stage < stages; stage++) {
    const slot = <usize>(va >> format.sizeShift(attributesOf(va) & SIZE)) & slotMask;
    paySlot(stage, slot);
    if (slots == 1) paySlot(stage, slot ^ 1);
  }
}

/** The same of all slots. Before what was known of the TLBs changes. */
export function payAll(): void {
  if (!countsUses) return;
  for (let stage: u32 = 0; stage < stages; stage++) {
    for (let slot: usize = 0; slot <= slotMask; slot++) paySlot(stage, slot);
  }
}

function paySlot(stage: u32, slot: usize): void {
  for (let row: u32 = 0; row < ROWS; row++) {
    const at = place(stage, row, slot);
    const counts = load<u64>(at + 8);
    if (!counts) continue;
    store<u64>(at + 8, 0);
    const pairs = (counts & 0x0000ffff0000ffff) + ((counts >> 16) & 0x0000ffff0000ffff);
    const passes = (pairs & 0xffffffff) + (pairs >> 32);
    const size = stageSize(stage);
    const tlb = tlbOfRow(size, row);
    if (!tlb || !tlb.countsUses) continue;
    const page = load<u64>(at);
    const number = cut(page) >> format.sizeShift(size);
    const set = tlb.setOf(number);
    const held = tlb.find(set, entryKey(number, size, tagOf(attributesOf(page))), LOOSE);
    // A modify is a load and a store.
    if (held) tlb.addUses(set, held, row == Kind.Modify && !modifyOnce ? passes * 2 : passes);
  }
}

/** Notes that a lookup of `va` gave `entry`, which is in its first TLB now. */
export function note(va: u64, access: u32, entry: u64): void {
  if (!plain || entry & CHECK_ENTRY) {
    noteAny(va, access, entry);
    return;
  }
  const slot = <usize>(va >> shift0) & slotMask;
  const rows = load<u32>(plainRows + (access << 2));
  if (rows >> 8) forget(0, slot, rows >> 8);
  const page = (va >> shift0) << shift0;
  const stored = entry & DIRTY_ENTRY ? page : (<u64>(slot ^ 1)) << shift0;
  const at = place(0, 0, slot);
  if (rows & (1 << Kind.Instruction)) store<u64>(at, page);
  if (rows & (1 << Kind.Load)) store<u64>(at + ROW_BYTES * Kind.Load, page);
  if (rows & (1 << Kind.Store)) store<u64>(at + ROW_BYTES * Kind.Store, stored);
  if (rows & (1 << Kind.Modify)) store<u64>(at + ROW_BYTES * Kind.Modify, stored);
}

/** The same, whatever the machine. */
function noteAny(va: u64, access: u32, entry: u64): void {
  if (closed) return;
  const size = lastAttributes & SIZE;
  const shift = stages == 1 ? shift0 : format.sizeShift(size);
  const slot = <usize>(va >> shift) & slotMask;
  const lookup = size * 4 + access;
  if (load<u32>(disturbed + lookup * 4)) disturb(slot, lookup);
  const stage = <u32>load<u8>(stageOf + size) - 1;
  const rows: u32 = load<u8>(own + lookup);
  if (stage >= stages || !rows) return;
  if (slots == 1) forget(stage, slot ^ 1, rows);
  if (entry & CHECK_ENTRY || (changesOnce && lastFilled)) {
    noteLittle(stage, slot, access, rows, va >> shift, entry);
    return;
  }
  const page = (va >> shift) << shift;
  const stored = entry & DIRTY_ENTRY ? page : (<u64>(slot ^ 1)) << shift;
  const at = place(stage, 0, slot);
  if (rows & (1 << Kind.Instruction)) store<u64>(at, page);
  if (rows & (1 << Kind.Load)) store<u64>(at + ROW_BYTES * Kind.Load, page);
  if (rows & (1 << Kind.Store)) store<u64>(at + ROW_BYTES * Kind.Store, stored);
  if (rows & (1 << Kind.Modify)) store<u64>(at + ROW_BYTES * Kind.Modify, stored);
}

/** Empties what a lookup may have disturbed in rows that follow other TLBs than its own first one. */
function disturb(slot: usize, lookup: u32): void {
  for (let stage: u32 = 0; stage < stages; stage++) {
    const rows: u32 = load<u8>(disturbed + lookup * 4 + stage);
    if (!rows) continue;
    forget(stage, slot, rows);
    if (slots == 1) forget(stage, slot ^ 1, rows);
  }
}

/** The same of a page that forbids something, which is noted for the kind of access that it let pass; or under a policy that the next hit changes. */
function noteLittle(stage: u32, slot: usize, access: u32, rows: u32, number: u64, entry: u64): void {
  forget(stage, slot, rows);
  const tlb = firstTlb(stageSize(stage), access);
  if (lastFilled && tlb && tlb.changesOnce) return;
  const page = number << shiftOf(stage);
  const known = access != Access.Store || (entry & DIRTY_ENTRY) != 0;
  if (!(entry & CHECK_ENTRY)) {
    if (rows & (1 << Kind.Instruction)) put(stage, Kind.Instruction, slot, page);
    if (rows & (1 << Kind.Load)) put(stage, Kind.Load, slot, page);
    if (entry & DIRTY_ENTRY && rows & (1 << Kind.Store)) put(stage, Kind.Store, slot, page);
    if (entry & DIRTY_ENTRY && rows & (1 << Kind.Modify)) put(stage, Kind.Modify, slot, page);
  } else if (known) {
    put(stage, access, slot, page);
  }
}

/** A lookup of `va` faulted: whatever it found, nothing is known of the sets it asked. */
export function unnote(va: u64): void {
  const slot = <usize>(va >> format.sizeShift(lastAttributes & SIZE)) & slotMask;
  for (let stage: u32 = 0; stage < stages; stage++) {
    forget(stage, slot, 15);
    if (slots == 1) forget(stage, slot ^ 1, 15);
  }
}

/** Empties a slot in some rows. */
function forget(stage: u32, slot: usize, rows: u32): void {
  for (let row: u32 = 0; row < ROWS; row++) {
    if ((rows >> row) & 1) empty(stage, row, slot);
  }
}

function place(stage: u32, row: u32, slot: usize): usize {
  return filter + <usize>stage * STAGE_BYTES + (slot << (<usize>SLOT_SHIFT)) + ((<usize>row) << ROW_SHIFT);
}

function put(stage: u32, row: u32, slot: usize, page: u64): void {
  store<u64>(place(stage, row, slot), page);
}

function empty(stage: u32, row: u32, slot: usize): void {
  put(stage, row, slot, elsewhere(stage, slot));
}

/** A page that no access of the slot lies in. */
function elsewhere(stage: u32, slot: usize): u64 {
  return (<u64>(slot ^ 1)) << shiftOf(stage);
}
