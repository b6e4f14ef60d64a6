// Lookups that may change a TLB, as words in a column: what a sweep's kernels read and write.
//
//   word   u64   63                        2 1    0
//               | page number                | kind |      0 instruction, 1 load, 2 store
//
// Which kinds share a first TLB is what a class is: kinds of one class are looked up in one TLB.

import { allocate } from "../base/arena";

export enum Words {
  /** Words that a column has room for. */
  Capacity = 65536,
  KindBits = 2,
  /** The class of kinds that no TLB serves. */
  NoClass = 3,
}

export const KINDS: u32 = 3;
export const KIND_MASK: u64 = 3;

/** A column, and how many words are in it. */
@unmanaged
export class Column {
  words: usize;
  count: u32;
}

/** A column without words; null when memory is used up. */
export function newColumn(): Column | null {
  const words = allocate((<u64>Words.Capacity) << 3, 64);
  const column = changetype<Column>(allocate(offsetof<Column>(), 8));
  if (!words || !changetype<usize>(column)) return null;
  column.words = words;
  return column;
}

export function put(column: Column, word: u64): void {
  store<u64>(column.words + ((<usize>column.count) << 3), word);
  column.count++;
}

/** The class of a kind, of classes by kind in two bits each. */
export function classOf(classes: u32, kind: u32): u32 {
  return (classes >> (kind << 1)) & 3;
}
