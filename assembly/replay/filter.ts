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
// (the stage is single) noting a page empties its neighbour.

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
/** The slot's part of an address, its page number shifted to SLOT_SHIFT, in each stage. */
export let slotBytes0: usize = 64;
export let slotBytes1: usize = 64;
export let slotBytes2: usize = 64;
/** Passes are counted in the slots: some first TLB is lfu. */
export let countsUses: bool = false;

/** One stage, more slots than one, and a policy that nothing but a miss changes: what most machines are. */
export let plain: bool = false;
/** Of such a machine, for each access: `own`, and above it `disturbed`. */
const plainRows: usize = memory.data(16, 4);
/** Some first TLB is srrip or brrip. */
let changesOnce: bool = false;

/** Slots in use of each stage, a u32 each. */
const slotCounts: usize = memory.data(4 * 4, 4);
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
  for (let size: u32 = 0; size < <u32>Most.Sizes; size++) {
    if (!((sizes >> size) & 1)) continue;
    const stage = addStage(size);
    for (let access: u32 = 0; access < <u32>Access.Length; access++) fitSlots(stage, firstTlb(size, access));
  }
  slotBytes0 = maskOf(0) << (<usize>SLOT_SHIFT);
  slotBytes1 = maskOf(1) << (<usize>SLOT_SHIFT);
  slotBytes2 = maskOf(2) << (<usize>SLOT_SHIFT);
  shift0 = shiftOf(0);
  shift1 = shiftOf(1);
  shift2 = shiftOf(2);
  for (let size: u32 = 0; size < <u32>Most.Sizes; size++) {
    if (!((sizes >> size) & 1)) continue;
    for (let access: u32 = 0; access < <u32>Access.Length; access++) noteRows(size, access);
  }
  plain = stages == 1 && !isSingle(0) && !changesOnce && !closed;
  for (let access: u32 = 0; access < <u32>Access.Length; access++) {
    const lookup = stageSize(0) * 4 + access;
    const rows = <u32>load<u8>(own + lookup) | ((<u32>load<u8>(disturbed + lookup * 4)) << 8);
    store<u32>(plainRows + (access << 2), rows);
  }
  emptyAll();
}

/** The stage of a size; of one for which there is none, MAX_STAGES. */
function addStage(size: u32): u32 {
  store<u8>(stageOf + size, 0);
  if (stages == MAX_STAGES) return MAX_STAGES;
  store<u8>(sizeOf + stages, size);
  store<u32>(slotCounts + (stages << 2), MAX_SLOTS);
  store<u8>(stageOf + size, ++stages);
  return stages - 1;
}

/** One slot may be in use of a stage: of its two, the other is empty. */
function isSingle(stage: u32): bool {
  return load<u32>(slotCounts + (stage << 2)) == 1;
}

/** The mask of page numbers that gives a slot. */
function maskOf(stage: u32): usize {
  return max(load<u32>(slotCounts + (stage << 2)), 2) - 1;
}

function fitSlots(stage: u32, tlb: Tlb | null): void {
  if (!tlb) return;
  if (tlb.countsUses) countsUses = true;
  if (tlb.changesOnce) changesOnce = true;
  if (tlb.policy == Policy.Ideal) return;
  const at = slotCounts + (stage << 2);
  const fitting: u32 = tlb.index == Index.Xor && tlb.sets > 1 ? 1 : tlb.sets & (0 - tlb.sets);
  store<u32>(at, min(load<u32>(at), fitting));
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
export function tlbOfRow(size: u32, row: u32): Tlb | null {
  if (row != Kind.Modify) return firstTlb(size, row);
  const stores = firstTlb(size, Access.Store);
  return modifyOnce || firstTlb(size, Access.Load) == stores ? stores : null;
}

/** For each row of each stage, the TLB of the core that runs to which passes are paid, or 0. */
const payers: usize = memory.data(3 * 4 * 4, 4);

function findPayers(): void {
  for (let stage: u32 = 0; stage < stages; stage++) {
    for (let row: u32 = 0; row < ROWS; row++) {
      const tlb = tlbOfRow(stageSize(stage), row);
      const paid = tlb != null && tlb.countsUses;
      store<usize>(payers + ((stage * ROWS + row) << 2), paid ? changetype<usize>(tlb) : 0);
    }
  }
}

/** Empties the filter: what was known of the TLBs holds no longer. After another core was chosen, too. */
export function emptyAll(): void {
  if (countsUses) findPayers();
  for (let stage: u32 = 0; stage < stages; stage++) {
    for (let slot: usize = 0; slot <= maskOf(stage); slot++) {
      for (let row: u32 = 0; row < ROWS; row++) empty(stage, row, slot);
    }
  }
}

/** Pays the passes of the slots that pages of the set of `va` may be in. Before a lookup, where `countsUses`. */
export function payUses(va: u64): void {
  const number = <usize>(va >> format.sizeShift(attributesOf(va) & SIZE));
  for (let stage: u32 = 0; stage < stages; stage++) {
    const slot = number & maskOf(stage);
    paySlot(stage, slot);
    if (isSingle(stage)) paySlot(stage, slot ^ 1);
  }
}

/** The same of all slots. Before what was known of the TLBs changes. */
export function payAll(): void {
  if (!countsUses) return;
  for (let stage: u32 = 0; stage < stages; stage++) {
    for (let slot: usize = 0; slot <= maskOf(stage); slot++) paySlot(stage, slot);
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
    const tlb = changetype<Tlb>(load<usize>(payers + ((stage * ROWS + row) << 2)));
    if (!changetype<usize>(tlb)) continue;
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
  const rows = rowsOf(access);
  if (rows >> 8) forget(0, <usize>(va >> shift0) & (slotBytes0 >> <usize>SLOT_SHIFT), rows >> 8);
  notePlain(va, rows, entry);
}

/** Of a plain machine: the rows that a lookup writes, and above them, from bit 8, those that it disturbs. */
export function rowsOf(access: u32): u32 {
  return load<u32>(plainRows + (access << 2));
}

/** Writes rows of a plain machine. */
export function notePlain(va: u64, rows: u32, entry: u64): void {
  const slot = <usize>(va >> shift0) & (slotBytes0 >> <usize>SLOT_SHIFT);
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
  const number = <usize>(va >> shift);
  const lookup = size * 4 + access;
  if (load<u32>(disturbed + lookup * 4)) disturb(number, lookup);
  const stage = <u32>load<u8>(stageOf + size) - 1;
  const rows: u32 = load<u8>(own + lookup);
  if (stage >= stages || !rows) return;
  const slot = number & maskOf(stage);
  if (isSingle(stage)) forget(stage, slot ^ 1, rows);
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
function disturb(number: usize, lookup: u32): void {
  for (let stage: u32 = 0; stage < stages; stage++) {
    const rows: u32 = load<u8>(disturbed + lookup * 4 + stage);
    if (rows) forgetNumber(stage, number, rows);
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
  const number = <usize>(va >> format.sizeShift(lastAttributes & SIZE));
  for (let stage: u32 = 0; stage < stages; stage++) forgetNumber(stage, number, 15);
}

/** Empties the slots where pages may be whose set is that of a page number, in some rows. */
function forgetNumber(stage: u32, number: usize, rows: u32): void {
  const slot = number & maskOf(stage);
  forget(stage, slot, rows);
  if (isSingle(stage)) forget(stage, slot ^ 1, rows);
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
