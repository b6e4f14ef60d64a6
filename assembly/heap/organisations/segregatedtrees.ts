// Segregated best fit: classes of one size are lists, the block freed last first; those of a range are trees in order of size and then of address. Of the lowest class
// that has a block that is large enough, the smallest is the best of all.

import { LINKS, emptyLists, nextOf, putBehind, ringAt, unlink } from "../lists";
import { HeapStat, addStat } from "../params";
import { insertTree, noteTree, removeTree, smallestFrom, treeVisited } from "../trees";
import { CLASSES, RANGES, classFrom, classOf, clearClass, emptyClasses, markClass } from "./classes";
import { noteList } from "./explicitlifo";

const heads: usize = memory.data(64 * 8, 16);
const roots: usize = memory.data(64 * 4, 16);

@unmanaged
export class SegregatedTrees {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    emptyLists(heads, RANGES);
    memory.fill(roots, 0, 64 * 4);
    emptyClasses();
  }

  links(): u32 {
    return LINKS;
  }

  find(size: u32): usize {
    for (let bin = classFrom(classOf(size)); bin; bin = bin + 1 < CLASSES ? classFrom(bin + 1) : 0) {
      if (bin < RANGES) {
        addStat(HeapStat.Visited, 1);
        return nextOf(ringAt(heads, bin));
      }
      const block = smallestFrom(rootOf(bin), size);
      addStat(HeapStat.Visited, treeVisited);
      if (block) return block;
    }
    return 0;
  }

  insert(block: usize, size: u32): void {
    const bin = classOf(size);
    if (bin < RANGES) putBehind(ringAt(heads, bin), block);
    else insertTree(rootOf(bin), block, size);
    markClass(bin);
  }

  remove(block: usize, size: u32): void {
    const bin = classOf(size);
    if (bin < RANGES) {
      if (unlink(block)) clearClass(bin);
      return;
    }
    removeTree(rootOf(bin), block, size);
    if (!load<u32>(rootOf(bin))) clearClass(bin);
  }

  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    this.remove(old, oldSize);
    this.insert(block, size);
  }

  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    for (let bin: u32 = 1; bin < CLASSES; bin++) {
      const isList = bin < RANGES;
      if (isList ? !noteList(ringAt(heads, bin)) : !noteTree(rootOf(bin))) return false;
      const isEmpty = isList ? nextOf(ringAt(heads, bin)) == ringAt(heads, bin) : !load<u32>(rootOf(bin));
      if (isEmpty == (classFrom(bin) == bin)) return false;
    }
    return true;
  }
}

function rootOf(bin: u32): usize {
  return roots + ((<usize>(bin - RANGES)) << 2);
}
