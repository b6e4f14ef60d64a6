// Goes through the leaves of a space's tables, of one size.

import { TableKind, format, kind, pageCounts } from "./pagetable";
import { linearOf } from "./physical";
import { Space } from "./space";

/** What is done with a leaf: its cut address, and where it stands. False ends it. */
export type Visit = (va: u64, slot: usize) => bool;

/** Visits every leaf of the smallest size of a tree; false where a visit said so, or the tables are no tree. */
export function eachLeaf(space: Space, size: u32, visit: Visit): bool {
  if (kind != TableKind.Tree) return load<u64>(pageCounts + ((<usize>size) << 3)) == 0;
  const level = format.levels - 1;
  const high = (<u64>1) << (<u64>format.vaBits - 1);
  if (space.lowRoot && !visitTable(space.lowRoot, level, 0, size, visit)) return false;
  return space.highRoot == 0 || visitTable(space.highRoot, level, high, size, visit);
}

function visitTable(table: usize, level: u32, first: u64, size: u32, visit: Visit): bool {
  const entries = (<u64>1) << format.bitsOf(level);
  const step = level == format.levelOf(size) ? (<u64>1) << format.runOf(size) : 1;
  for (let index: u64 = 0; index < entries; index += step) {
    const slot = table + ((<usize>index) << format.entryShift);
    const entry = format.loadEntry(slot);
    if (!format.isPresent(entry)) continue;
    const va = first | (index << format.shiftOf(level));
    const done = format.isLeaf(entry, level)
      ? visit(va, slot)
      : visitTable(linearOf(format.addressIn(entry)), level - 1, va, size, visit);
    if (!done) return false;
  }
  return true;
}
