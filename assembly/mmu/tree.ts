// Page tables that are trees: the way from a root to a leaf, and how leaves come and go.
//
// `descend` notes the entries on the way, one a level, as far as there are tables: the path. A walk then reads of it
// what no walk cache spares it.

import { Format, Most } from "./format";
import { freeTable, linearOf, physicalOf, takeTable } from "./physical";

/** Tables made and not freed, by level: of the machine's table, and of a nested one. */
export const tableCounts: usize = memory.data(<i32>Most.Levels * 4, 4);
export const hostTableCounts: usize = memory.data(<i32>Most.Levels * 4, 4);

/**
 * Finds the way to the entry of `leaf` level for a cut address below the root at `root`. True if all its tables are there;
 * the path then ends at that entry. Counts nothing.
 */
export function descend(format: Format, root: usize, va: u64, leaf: u32): bool {
  return format.follow(root, va, leaf) || descendAll(format, root, va, leaf);
}

function descendAll(format: Format, root: usize, va: u64, leaf: u32): bool {
  format.forgetWay();
  let level = format.levels - 1;
  let table = load<usize>(root);
  if (!table) {
    for (let at = leaf; at <= level; at++) format.setPath(at, 0);
    return false;
  }
  while (true) {
    const slot = format.entryOf(table, level, va);
    format.setPath(level, slot);
    if (level == leaf) {
      format.keepWay(root, va, leaf, table);
      return true;
    }
    const entry = format.loadEntry(slot);
    if (!format.isPresent(entry) || format.isLeaf(entry, level)) {
      for (let at = leaf; at < level; at++) format.setPath(at, 0);
      return false;
    }
    table = linearOf(format.addressIn(entry));
    level--;
  }
}

/** The entry of the leaf of `size` that maps a cut address, or 0. */
export function findLeaf(format: Format, root: usize, va: u64, size: u32): usize {
  const level = format.levelOf(size);
  if (!descend(format, root, va, level)) return 0;
  const slot = format.pathAt(level);
  return format.isPresent(format.loadEntry(slot)) ? slot : 0;
}

/** Makes the tables that the path to `leaf` still wants. False when memory is used up. */
export function extend(format: Format, root: usize, va: u64, leaf: u32, counts: usize): bool {
  return format.follow(root, va, leaf) || extendAll(format, root, va, leaf, counts);
}

function extendAll(format: Format, root: usize, va: u64, leaf: u32, counts: usize): bool {
  format.forgetWay();
  let level = format.levels - 1;
  let table = load<usize>(root);
  if (!table) {
    table = newTable(format, level, counts);
    if (!table) return false;
    store<usize>(root, table);
  }
  for (; level > leaf; level--) {
    const slot = format.entryOf(table, level, va);
    format.setPath(level, slot);
    const entry = format.loadEntry(slot);
    if (format.isPresent(entry)) {
      table = linearOf(format.addressIn(entry));
    } else {
      table = newTable(format, level - 1, counts);
      if (!table) return false;
      format.storeEntry(slot, format.tableEntry(physicalOf(table)));
    }
  }
  format.setPath(leaf, format.entryOf(table, leaf, va));
  format.keepWay(root, va, leaf, table);
  return true;
}

function newTable(format: Format, level: u32, counts: usize): usize {
  const table = takeTable(format.tableBytes(level));
  if (table) store<u32>(counts + ((<usize>level) << 2), load<u32>(counts + ((<usize>level) << 2)) + 1);
  return table;
}

/** The first of the entries that make up the leaf of `size` with the entry at `slot`. */
function firstOf(format: Format, slot: usize, size: u32): usize {
  const bytes = ((<usize>1) << (<usize>format.runOf(size) + format.entryShift)) - 1;
  return slot & ~bytes;
}

/** Writes a leaf of `size` at `pa` with `flags`: one entry, or the run of them. `slot` is one of them. */
export function writeLeaf(format: Format, slot: usize, size: u32, pa: u64, flags: u32): void {
  const level = format.levelOf(size);
  const run = format.runOf(size);
  if (!run) {
    format.storeEntry(slot, format.leafEntry(pa, level, 0, flags));
    return;
  }
  const first = firstOf(format, slot, size);
  const each = format.napot ? 0 : (<u64>1) << format.shiftOf(level);
  for (let i: u64 = 0; i < (<u64>1) << run; i++) {
    const entry = format.leafEntry(pa + i * each, level, <u32>run, flags);
    format.storeEntry(first + ((<usize>i) << format.entryShift), entry);
  }
}

/** Sets flags of the leaf of `size` with the entry at `slot`, in all of its entries. */
export function addFlags(format: Format, slot: usize, size: u32, flags: u32): void {
  const first = firstOf(format, slot, size);
  const run = format.runOf(size);
  for (let i: usize = 0; i < (<usize>1) << (<usize>run); i++) {
    const at = first + (i << format.entryShift);
    const entry = format.loadEntry(at);
    format.storeEntry(at, format.withFlags(entry, format.flagsOf(entry) | flags));
  }
}

/** Unmaps the leaf of `size` with the entry at `slot`. */
export function clearLeaf(format: Format, slot: usize, size: u32): void {
  const bytes = (<usize>1) << (<usize>format.runOf(size) + format.entryShift);
  memory.fill(firstOf(format, slot, size), 0, bytes);
}

/** Frees the table that the entry of `level` at `slot` points to, which has none below it, and clears the entry. */
export function unlinkTable(format: Format, slot: usize, level: u32, counts: usize): void {
  format.forgetWay();
  freeTable(linearOf(format.addressIn(format.loadEntry(slot))), format.tableBytes(level - 1));
  format.storeEntry(slot, 0);
  const at = counts + ((<usize>(level - 1)) << 2);
  store<u32>(at, load<u32>(at) - 1);
}
