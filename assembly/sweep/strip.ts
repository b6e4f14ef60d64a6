// Words that may change TLBs with so many sets, of pages of one size: those that do not repeat the last word of their class in one of
// 2^k slots, chosen by page number. Where slots divide the sets of the first TLB, such a repeat is the last that its set was asked for.
// A strip reads what another leaves, of pages as large or smaller, with as many slots or fewer (of smaller pages: one).

import { allocate } from "../base/arena";
import { Access } from "../mmu/tlb";
import { Column, KIND_MASK, Words, classOf, newColumn, put } from "./words";

const STORED: u64 = 1;

@unmanaged
export class Strip {
  from: Column;
  column: Column;
  classes: u32;
  /** log2 of how many pages of `from` one of its own is. */
  shift: u32;
  slots: u32;
  /** By class and slot: | page + 1 | stored |. */
  last: usize;
}

/** A strip with `slots` slots over the words of a column; 0 when memory is used up. */
export function newStrip(from: usize, classes: u32, shift: u32, slots: u32): usize {
  const strip = changetype<Strip>(allocate(offsetof<Strip>(), 8));
  const last = allocate((<u64>slots * Words.NoClass) << 3, 64);
  const column = newColumn();
  if (!changetype<usize>(strip) || !last || !column) return 0;
  strip.from = changetype<Column>(from);
  strip.column = column;
  strip.classes = classes;
  strip.shift = shift;
  strip.slots = slots;
  strip.last = last;
  return changetype<usize>(strip);
}

export function columnOfStrip(strip: usize): usize {
  return changetype<usize>(changetype<Strip>(strip).column);
}

/** Strips the words that are in its source now. */
export function runStrip(number: usize): void {
  const strip = changetype<Strip>(number);
  const from = strip.from;
  const column = strip.column;
  const classes = strip.classes;
  const slots = strip.slots;
  const last = strip.last;
  const shift = <u64>(strip.shift + Words.KindBits);
  const mask = <u64>(slots - 1);
  const end = from.words + ((<usize>from.count) << 3);
  column.count = 0;
  for (let at = from.words; at < end; at += 8) {
    const word = load<u64>(at);
    const kind = <u32>(word & KIND_MASK);
    const page = word >> shift;
    const slot = last + ((<usize>(classOf(classes, kind) * slots + <u32>(page & mask))) << 3);
    const known = load<u64>(slot);
    const isSame = known >> 1 == page + 1;
    const isStore = kind == <u32>Access.Store;
    if (isSame && (!isStore || known & STORED)) continue;
    store<u64>(slot, ((page + 1) << 1) | u64(isStore || (isSame && known & STORED)));
    put(column, (page << Words.KindBits) | <u64>kind);
  }
}
