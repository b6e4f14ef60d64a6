// Tables that lead to nothing any more are freed.

import { cut } from "./address";
import { cpuAt, cpus } from "./cpu";
import { TableKind, format, kind, rootOf } from "./pagetable";
import { freeTable, linearOf } from "./physical";
import { Space } from "./space";
import { tableCounts, unlinkTable } from "./tree";

/** Frees the empty tables, below the root, that are for addresses from `first` to `last`. */
export function pruneTables(space: Space, first: u64, last: u64): void {
  if (kind != TableKind.Tree) return;
  const table = load<usize>(rootOf(space, cut(first)));
  const level = format.levels - 1;
  if (table && level) prune(space, table, level, cut(first), cut(last));
}

function prune(space: Space, table: usize, level: u32, first: u64, last: u64): void {
  const shift = format.shiftOf(level);
  const mask = ((<u64>1) << format.bitsOf(level)) - 1;
  const span = (<u64>1) << shift;
  const low = (first >> shift) & mask;
  const high = (last >> shift) & mask;
  for (let index = low; index <= high; index++) {
    const slot = table + ((<usize>index) << format.entryShift);
    const entry = format.loadEntry(slot);
    if (!format.isPresent(entry) || format.isLeaf(entry, level)) continue;
    const below = linearOf(format.addressIn(entry));
    const place = (first & ~((mask << shift) | (span - 1))) | (index << shift);
    if (level > 1) prune(space, below, level - 1, max(first, place), min(last, place + (span - 1)));
    if (!isEmpty(below, format.tableBytes(level - 1))) continue;
    unlinkTable(format, slot, level, tableCounts);
    for (let each: u32 = 0; each < cpus; each++) {
      if ((space.held >> <u64>each) & 1) cpuAt(each).walkCaches.forget(format, place, space.tag, level);
    }
  }
}

function isEmpty(table: usize, bytes: u32): bool {
  for (let at = table; at < table + bytes; at += 8) {
    if (load<u64>(at)) return false;
  }
  return true;
}

/** Frees all tables of a space, which maps nothing. */
export function freeTables(space: Space): void {
  if (kind != TableKind.Tree) return;
  freeTree(space, changetype<usize>(space) + offsetof<Space>("lowRoot"));
  freeTree(space, changetype<usize>(space) + offsetof<Space>("highRoot"));
}

function freeTree(space: Space, root: usize): void {
  const table = load<usize>(root);
  if (!table) return;
  const level = format.levels - 1;
  if (level) prune(space, table, level, 0, u64.MAX_VALUE);
  format.forgetWay();
  freeTable(table, format.tableBytes(level));
  store<usize>(root, 0);
  const at = tableCounts + ((<usize>level) << 2);
  store<u32>(at, load<u32>(at) - 1);
}
