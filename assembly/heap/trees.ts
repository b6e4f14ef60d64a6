// Free blocks in order of size, and of address where sizes are alike: a treap, whose links are in the blocks. What a treap's shape hangs on is a number mixed
// from a block's address, so that blocks need no room for it and the same operations give the same tree. Nothing is recursive: a tree may be deep by bad luck.
//
//   root   u32       a block   word | u32 left: smaller | u32 right: larger | ...

import { sizeOf } from "./block";
import { heap } from "./state";
import { note } from "./tally";

/** Bytes of links. */
export const TREE_LINKS: u32 = 8;

const LEFT: usize = 4;
const RIGHT: usize = 8;

/** A parent's comes before its children's. */
function rank(block: usize): u32 {
  let x = <u32>(block - heap.base) * 0x9e3779b1;
  x ^= x >> 15;
  x *= 0x85ebca77;
  return x ^ (x >> 13);
}

/** The smallest block of at least so many bytes, and the lowest of several; 0: there is none. `visited` is added up in `treeVisited`. */
export let treeVisited: u32 = 0;

export function smallestFrom(root: usize, size: u32): usize {
  let found: usize = 0;
  let visited: u32 = 0;
  let block: usize = load<u32>(root);
  while (block) {
    visited++;
    if (sizeOf(block) >= size) {
      found = block;
      block = load<u32>(block, LEFT);
    } else {
      block = load<u32>(block, RIGHT);
    }
  }
  treeVisited = visited;
  return found;
}

/** The size of the largest block; 0: there is none. */
export function largestSize(root: usize): u32 {
  let block: usize = load<u32>(root);
  if (!block) return 0;
  while (load<u32>(block, RIGHT)) block = load<u32>(block, RIGHT);
  return sizeOf(block);
}

function isBefore(size: u32, block: usize, other: usize): bool {
  const bytes = sizeOf(other);
  return size < bytes || (size == bytes && block < other);
}

export function insertTree(root: usize, block: usize, size: u32): void {
  const mine = rank(block);
  // A link is at the root, or at the block's own LEFT or RIGHT.
  let link = root;
  let at: usize = load<u32>(link);
  while (at && rank(at) >= mine) {
    link = isBefore(size, block, at) ? at + LEFT : at + RIGHT;
    at = load<u32>(link);
  }
  store<u32>(link, <u32>block);
  // What was here becomes the block's two sides.
  let left = block + LEFT;
  let right = block + RIGHT;
  while (at) {
    if (isBefore(size, block, at)) {
      store<u32>(right, <u32>at);
      right = at + LEFT;
      at = load<u32>(right);
    } else {
      store<u32>(left, <u32>at);
      left = at + RIGHT;
      at = load<u32>(left);
    }
  }
  store<u32>(left, 0);
  store<u32>(right, 0);
}

export function removeTree(root: usize, block: usize, size: u32): void {
  let link = root;
  let at: usize = load<u32>(link);
  while (at != block) {
    link = isBefore(size, block, at) ? at + LEFT : at + RIGHT;
    at = load<u32>(link);
  }
  // Its two sides become one.
  let left: usize = load<u32>(block, LEFT);
  let right: usize = load<u32>(block, RIGHT);
  while (left && right) {
    if (rank(left) >= rank(right)) {
      store<u32>(link, <u32>left);
      link = left + RIGHT;
      left = load<u32>(link);
    } else {
      store<u32>(link, <u32>right);
      link = right + LEFT;
      right = load<u32>(link);
    }
  }
  store<u32>(link, <u32>(left ? left : right));
}

/** Notes all blocks; false where they are out of order. */
export function noteTree(root: usize): bool {
  // In order without a stack: a block's predecessor, the last of its left side, leads back to it for as long as that side is walked over.
  let ordered = true;
  let last: usize = 0;
  let at: usize = load<u32>(root);
  while (at) {
    const left: usize = load<u32>(at, LEFT);
    let end = left;
    while (end && load<u32>(end, RIGHT) && load<u32>(end, RIGHT) != <u32>at) end = load<u32>(end, RIGHT);
    if (end && !load<u32>(end, RIGHT)) {
      if (rank(left) > rank(at)) ordered = false;
      store<u32>(end, <u32>at, RIGHT);
      at = left;
      continue;
    }
    if (end) store<u32>(end, 0, RIGHT);
    if (last && !isBefore(sizeOf(last), last, at)) ordered = false;
    note(at);
    last = at;
    at = load<u32>(at, RIGHT);
  }
  return ordered;
}
