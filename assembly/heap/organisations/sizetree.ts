// All free blocks in one tree, by size and then by address: best and worst fit in order of address without walking over the list.

import { HeapFit, HeapStat, addStat } from "../params";
import { heap } from "../state";
import {
  TREE_LINKS,
  insertTree,
  largestSize,
  noteTree,
  removeTree,
  smallestFrom,
  treeVisited,
} from "../trees";

const root: usize = memory.data(4, 4);

@unmanaged
export class SizeTree {
  open(): bool {
    this.reset();
    return true;
  }

  reset(): void {
    store<u32>(root, 0);
  }

  links(): u32 {
    return TREE_LINKS;
  }

  find(size: u32): usize {
    if (heap.fit == HeapFit.Worst) {
      const largest = largestSize(root);
      if (largest < size) return 0;
      size = largest;
    }
    const block = smallestFrom(root, size);
    addStat(HeapStat.Visited, treeVisited);
    return block;
  }

  insert(block: usize, size: u32): void {
    insertTree(root, block, size);
  }

  remove(block: usize, size: u32): void {
    removeTree(root, block, size);
  }

  replace(old: usize, oldSize: u32, block: usize, size: u32): void {
    this.remove(old, oldSize);
    this.insert(block, size);
  }

  merged(block: usize, size: u32): void {}

  noteAll(): bool {
    return noteTree(root);
  }
}
