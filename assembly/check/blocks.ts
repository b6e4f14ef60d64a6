// The blocks of a space, live and freed, and the frames of its stacks: none overlaps another. They stand in a tree by address that chance keeps
// balanced (a treap).

import { freeBlock, takeBlock } from "../base/blocks";
import { splitmix } from "../base/splitmix";
import { space } from "./space";
import { BlockFlag } from "./state";

/** log2 of the struct's bytes. */
const BITS: u32 = 7;

@unmanaged
export class Block {
  start: u64;
  size: u64;
  /** The places where it was given and freed, as the host numbers them; 0: not known. */
  allocated: u64;
  freed: u64;
  /** No other block of a run has this number, but its copies in processes that were forked. */
  serial: u64;
  flags: u32;
  /** What the trace calls it: a number of the host's, or 0. */
  name: u32;
  priority: u32;
  left: usize;
  right: usize;
  /** The next that was freed after it, in the quarantine. */
  next: usize;
  /** What the search for leaks says of it (`Leak`). */
  leak: u32;
  /** The one that was freed before it, in the quarantine. */
  previous: usize;

  end(): u64 {
    return this.start + this.size;
  }

  isLive(): bool {
    return (this.flags & BlockFlag.Freed) == 0;
  }

  has(flag: BlockFlag): bool {
    return (this.flags & flag) != 0;
  }

  holds(va: u64): bool {
    return va - this.start < this.size;
  }
}

let serials: u64 = 0;
let lower: usize = 0;
let upper: usize = 0;

/** Splits a tree into `lower`, what begins below `start`, and `upper`. */
function split(node: usize, start: u64): void {
  if (!node) {
    lower = 0;
    upper = 0;
    return;
  }
  const block = changetype<Block>(node);
  if (block.start < start) {
    split(block.right, start);
    block.right = lower;
    lower = node;
  } else {
    split(block.left, start);
    block.left = upper;
    upper = node;
  }
}

function join(low: usize, high: usize): usize {
  if (!low) return high;
  if (!high) return low;
  const a = changetype<Block>(low);
  const b = changetype<Block>(high);
  if (a.priority >= b.priority) {
    a.right = join(a.right, high);
    return low;
  }
  b.left = join(low, b.left);
  return high;
}

function put(node: usize, block: Block): usize {
  if (!node) return changetype<usize>(block);
  const at = changetype<Block>(node);
  if (block.priority > at.priority) {
    split(node, block.start);
    block.left = lower;
    block.right = upper;
    return changetype<usize>(block);
  }
  if (block.start < at.start) at.left = put(at.left, block);
  else at.right = put(at.right, block);
  return node;
}

function take(node: usize, start: u64): usize {
  const at = changetype<Block>(node);
  if (at.start == start) return join(at.left, at.right);
  if (start < at.start) at.left = take(at.left, start);
  else at.right = take(at.right, start);
  return node;
}

/** A block that is in no tree yet, with a serial of its own; null when memory is used up. */
export function newBlock(start: u64, size: u64, flags: u32): Block | null {
  const at = takeBlock(BITS);
  if (!at) return null;
  const block = changetype<Block>(at);
  block.start = start;
  block.size = size;
  block.flags = flags;
  block.serial = ++serials;
  block.priority = <u32>splitmix(block.serial);
  return block;
}

/** Puts a block into the tree, where none begins at its address. */
export function insertBlock(block: Block): void {
  block.left = 0;
  block.right = 0;
  space.root = put(space.root, block);
}

/** Takes a block of the tree out, and out of the quarantine, and forgets it. */
export function removeBlock(block: Block): void {
  space.root = take(space.root, block.start);
  if (block.previous || space.oldest == changetype<usize>(block)) unlink(block);
  freeBlock(changetype<usize>(block), BITS);
}

/** Puts a freed block into the quarantine, as the newest. */
export function confine(block: Block): void {
  block.previous = space.newest;
  if (space.newest) changetype<Block>(space.newest).next = changetype<usize>(block);
  else space.oldest = changetype<usize>(block);
  space.newest = changetype<usize>(block);
  space.quarantined += max(block.size, 1);
}

function unlink(block: Block): void {
  if (block.previous) changetype<Block>(block.previous).next = block.next;
  else space.oldest = block.next;
  if (block.next) changetype<Block>(block.next).previous = block.previous;
  else space.newest = block.previous;
  space.quarantined -= max(block.size, 1);
}

/** The last block that begins at an address or below, or null. */
export function blockUpTo(va: u64): Block | null {
  let node = space.root;
  let found: usize = 0;
  while (node) {
    const at = changetype<Block>(node);
    if (at.start <= va) {
      found = node;
      node = at.right;
    } else {
      node = at.left;
    }
  }
  return changetype<Block | null>(found);
}

/** The first block that begins at an address or above, or null. */
export function blockFrom(va: u64): Block | null {
  let node = space.root;
  let found: usize = 0;
  while (node) {
    const at = changetype<Block>(node);
    if (at.start >= va) {
      found = node;
      node = at.left;
    } else {
      node = at.right;
    }
  }
  return changetype<Block | null>(found);
}

/** The block that begins at an address, or null. */
export function blockAt(start: u64): Block | null {
  const block = blockUpTo(start);
  return block && block.start == start ? block : null;
}

/** The block whose bytes an address is one of, or null. */
export function blockOf(va: u64): Block | null {
  const block = blockUpTo(va);
  return block && block.holds(va) ? block : null;
}

/** Copies the tree of another space into this one. False when memory is used up. */
export function copyBlocks(root: usize): bool {
  space.root = copyTree(root);
  return space.root != 0 || !root;
}

function copyTree(node: usize): usize {
  if (!node) return 0;
  const copy = takeBlock(BITS);
  if (!copy) return 0;
  memory.copy(copy, node, (<usize>1) << (<usize>BITS));
  const block = changetype<Block>(copy);
  block.flags |= BlockFlag.Inherited;
  block.next = 0;
  block.previous = 0;
  const left = block.left;
  const right = block.right;
  block.left = copyTree(left);
  block.right = copyTree(right);
  return (left && !block.left) || (right && !block.right) ? 0 : copy;
}

/** Forgets all blocks. */
export function freeBlocks(): void {
  freeTree(space.root);
  space.root = 0;
}

function freeTree(node: usize): void {
  if (!node) return;
  const block = changetype<Block>(node);
  freeTree(block.left);
  freeTree(block.right);
  freeBlock(node, BITS);
}
