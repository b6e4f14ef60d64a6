// Mappings of an address space, VMAs: [first, end) in pages, none overlapping, neighbours that say the same merged. They stand in a tree by address
// that chance keeps balanced (a treap), each node with the largest gap between two VMAs below it, for placement.

import { freeBlock, takeBlock } from "../base/blocks";
import { splitmix } from "../base/splitmix";
import { FileObject, releaseFile } from "./files";
import { Memory } from "./memory";

export enum Protection {
  Read = 1,
  Write = 2,
  Execute = 4,
}

export enum VmaFlag {
  Shared = 1,
  /** A stack: it grows down when what lies below is touched. */
  GrowsDown = 2,
  Locked = 4,
  NoReserve = 8,
  HugePage = 16,
  NoHugePage = 32,
  DontFork = 64,
  WipeOnFork = 128,
  /** What mprotect may add. */
  MayRead = 256,
  MayWrite = 512,
  MayExecute = 1024,
  /** Its pages count against overcommit. */
  Accounted = 2048,
  /** What madvise said that nothing here hangs on, but that neighbours must have in common. */
  RandomReads = 4096,
  SequentialReads = 8192,
  DontDump = 16384,
  Mergeable = 32768,
}

/** Pages that are kept free below a stack. */
export const STACK_GAP: u64 = 256;
/** No place. */
export const NO_PLACE: u64 = u64.MAX_VALUE;
/** log2 of the struct's bytes. */
const BITS: u32 = 7;

@unmanaged
export class Vma {
  first: u64;
  end: u64;
  /** Where in the file it begins, in pages. */
  offset: u64;
  /** The file, or 0: private anonymous memory. */
  file: usize;
  protection: u32;
  flags: u32;
  /** What reports call it: a number of the host's, or 0. */
  name: u32;
  priority: u32;
  left: usize;
  right: usize;
  /** Of the subtree: where its lowest begins, its highest ends, the largest gap between two. */
  low: u64;
  high: u64;
  gap: u64;
  /** The same of the subtrees on both sides, so that a change on one side need not look at the other: the end of the left one, the beginning of the right one. */
  leftHigh: u64;
  leftGap: u64;
  leftLow: u64;
  rightLow: u64;
  rightGap: u64;
  rightHigh: u64;

  pages(): u64 {
    return this.end - this.first;
  }

  isShared(): bool {
    return (this.flags & VmaFlag.Shared) != 0;
  }

  /** Which page of its file a page is. */
  indexOf(page: u64): u64 {
    return this.offset + (page - this.first);
  }

  /** Where the next mapping below ends at the latest. */
  begin(): u64 {
    if (!(this.flags & VmaFlag.GrowsDown)) return this.first;
    return this.first > STACK_GAP ? this.first - STACK_GAP : 0;
  }

  /** Gives the node another left subtree, or the same one changed. */
  setLeft(node: usize): void {
    this.left = node;
    if (!node) return;
    const left = changetype<Vma>(node);
    this.leftLow = left.low;
    this.leftHigh = left.high;
    this.leftGap = left.gap;
  }

  setRight(node: usize): void {
    this.right = node;
    if (!node) return;
    const right = changetype<Vma>(node);
    this.rightLow = right.low;
    this.rightHigh = right.high;
    this.rightGap = right.gap;
  }

  /** Works out what the node says of its subtree. */
  update(): void {
    let low = this.first;
    let high = this.end;
    let gap: u64 = 0;
    if (this.left) {
      gap = max(this.leftGap, low - this.leftHigh);
      low = this.leftLow;
    }
    if (this.right) {
      gap = max(gap, max(this.rightGap, this.rightLow - high));
      high = this.rightHigh;
    }
    this.low = low;
    this.high = high;
    this.gap = gap;
  }
}

let priorities: u64 = 0;
let lower: usize = 0;
let upper: usize = 0;

/** Splits a tree into `lower`, what begins below `page`, and `upper`. */
function split(node: usize, page: u64): void {
  if (!node) {
    lower = 0;
    upper = 0;
    return;
  }
  const vma = changetype<Vma>(node);
  if (vma.first < page) {
    split(vma.right, page);
    vma.setRight(lower);
    vma.update();
    lower = node;
  } else {
    split(vma.left, page);
    vma.setLeft(upper);
    vma.update();
    upper = node;
  }
}

function join(low: usize, high: usize): usize {
  if (!low) return high;
  if (!high) return low;
  const a = changetype<Vma>(low);
  const b = changetype<Vma>(high);
  if (a.priority >= b.priority) {
    a.setRight(join(a.right, high));
    a.update();
    return low;
  }
  b.setLeft(join(low, b.left));
  b.update();
  return high;
}

function put(node: usize, vma: Vma): usize {
  if (!node) {
    vma.update();
    return changetype<usize>(vma);
  }
  const at = changetype<Vma>(node);
  if (vma.priority > at.priority) {
    split(node, vma.first);
    vma.setLeft(lower);
    vma.setRight(upper);
    vma.update();
    return changetype<usize>(vma);
  }
  if (vma.first < at.first) at.setLeft(put(at.left, vma));
  else at.setRight(put(at.right, vma));
  at.update();
  return node;
}

function take(node: usize, first: u64): usize {
  const at = changetype<Vma>(node);
  if (at.first == first) return join(at.left, at.right);
  if (first < at.first) at.setLeft(take(at.left, first));
  else at.setRight(take(at.right, first));
  at.update();
  return node;
}

/** The first VMA that ends above a page, or null. */
export function vmaFrom(memory: Memory, page: u64): Vma | null {
  let node = memory.vmas;
  let found: usize = 0;
  while (node) {
    const vma = changetype<Vma>(node);
    if (page < vma.end) {
      found = node;
      if (vma.first <= page) break;
      node = vma.left;
    } else {
      node = vma.right;
    }
  }
  return changetype<Vma | null>(found);
}

/** The first VMA that has pages of [first, end), or null. */
export function vmaIn(memory: Memory, first: u64, end: u64): Vma | null {
  const vma = vmaFrom(memory, first);
  return vma && vma.first < end ? vma : null;
}

/** The VMA that holds a page, or null. */
export function vmaAt(memory: Memory, page: u64): Vma | null {
  const vma = vmaFrom(memory, page);
  return vma && vma.first <= page ? vma : null;
}

/** The last VMA that begins below a page, or null. */
export function vmaBelow(memory: Memory, page: u64): Vma | null {
  let node = memory.vmas;
  let found: usize = 0;
  while (node) {
    const vma = changetype<Vma>(node);
    if (vma.first < page) {
      found = node;
      node = vma.right;
    } else {
      node = vma.left;
    }
  }
  return changetype<Vma | null>(found);
}

/** Whether [first, end) has no VMA. */
export function isFree(memory: Memory, first: u64, end: u64): bool {
  const vma = vmaFrom(memory, first);
  return vma == null || vma.first >= end;
}

/** Adds a VMA where nothing is, unmerged; it holds its file. Null when memory is used up. */
export function addVma(
  memory: Memory,
  first: u64,
  end: u64,
  protection: u32,
  flags: u32,
  file: usize,
  offset: u64,
): Vma | null {
  const at = takeBlock(BITS);
  if (!at) return null;
  const vma = changetype<Vma>(at);
  vma.first = first;
  vma.end = end;
  vma.protection = protection;
  vma.flags = flags;
  vma.file = file;
  vma.offset = offset;
  vma.priority = <u32>(splitmix(++priorities) >> 32);
  if (file) changetype<FileObject>(file).users++;
  memory.vmas = put(memory.vmas, vma);
  memory.vmaCount++;
  return vma;
}

/** Takes a VMA out. */
export function removeVma(memory: Memory, vma: Vma): void {
  memory.vmas = take(memory.vmas, vma.first);
  memory.vmaCount--;
  if (vma.file) releaseFile(changetype<FileObject>(vma.file));
  freeBlock(changetype<usize>(vma), BITS);
}

/** Moves a VMA's ends, within the gaps beside it; its file's place follows its first page. */
export function moveEnds(memory: Memory, vma: Vma, first: u64, end: u64): void {
  if (vma.file) vma.offset += first - vma.first;
  vma.first = first;
  vma.end = end;
  refresh(memory.vmas, vma);
}

/** Works out anew what the nodes from a root down to a VMA say of their subtrees. */
function refresh(node: usize, vma: Vma): void {
  const at = changetype<Vma>(node);
  if (at != vma) {
    const isLeft = vma.first < at.first;
    refresh(isLeft ? at.left : at.right, vma);
    if (isLeft) at.setLeft(at.left);
    else at.setRight(at.right);
  }
  at.update();
}

/** Makes two VMAs of one, the second from `page` on: that one, or null when memory is used up. */
export function splitVma(memory: Memory, vma: Vma, page: u64): Vma | null {
  const end = vma.end;
  const offset = vma.file ? vma.indexOf(page) : 0;
  moveEnds(memory, vma, vma.first, page);
  const made = addVma(memory, page, end, vma.protection, vma.flags, vma.file, offset);
  if (made) made.name = vma.name;
  else moveEnds(memory, vma, vma.first, end);
  return made;
}

/** Whether a VMA and what is mapped behind it, [high, ...) with these attributes, would be one. */
function isAlike(low: Vma, high: Vma, first: u64, protection: u32, flags: u32): bool {
  return (
    low.end == first &&
    low.protection == protection &&
    low.flags == flags &&
    low.file == high.file &&
    low.name == high.name &&
    (!low.file || low.indexOf(first) == high.indexOf(first))
  );
}

function canMerge(low: Vma, high: Vma): bool {
  return isAlike(low, high, high.first, high.protection, high.flags);
}

/** The VMA that ends where another begins, or null. */
function neighbourBelow(memory: Memory, vma: Vma): Vma | null {
  return vma.first ? vmaAt(memory, vma.first - 1) : null;
}

/** Merges a VMA with neighbours that say the same. The VMA that is there now. */
export function mergeVma(memory: Memory, vma: Vma): Vma {
  const below = neighbourBelow(memory, vma);
  let merged = vma;
  if (below && canMerge(below, vma)) {
    const end = vma.end;
    removeVma(memory, vma);
    moveEnds(memory, below, below.first, end);
    merged = below;
  }
  const above = vmaAt(memory, merged.end);
  if (above && canMerge(merged, above)) {
    const end = above.end;
    removeVma(memory, above);
    moveEnds(memory, merged, merged.first, end);
  }
  return merged;
}

/** How many VMAs more there will be when [first, end) of one gets other attributes, at the most. */
export function cutsOf(memory: Memory, vma: Vma, first: u64, end: u64, protection: u32, flags: u32): u32 {
  const below = first == vma.first ? neighbourBelow(memory, vma) : null;
  if (below && isAlike(below, vma, first, protection, flags)) return 0;
  const above = end == vma.end ? vmaAt(memory, end) : null;
  if (above && above.protection == protection && above.flags == flags && isContinued(vma, above)) return 0;
  return u32(vma.first < first) + u32(vma.end > end);
}

/** Whether a VMA goes on with what another maps, whatever may be done with it. */
function isContinued(low: Vma, high: Vma): bool {
  return isAlike(low, high, high.first, low.protection, low.flags);
}

/** Pages of [first, end) in VMAs that have all of some flags. */
export function pagesIn(memory: Memory, first: u64, end: u64, flags: u32): u64 {
  let pages: u64 = 0;
  let at = first;
  while (true) {
    const vma = vmaIn(memory, at, end);
    if (!vma) return pages;
    at = vma.end;
    if ((vma.flags & flags) == flags) pages += min(at, end) - max(vma.first, first);
  }
}

/** The highest place of so many free pages in [from, to), not too near below a stack, or NO_PLACE. */
export function highestGap(memory: Memory, pages: u64, from: u64, to: u64): u64 {
  let below = to;
  while (true) {
    const place = highest(memory.vmas, pages, from, below);
    if (place == NO_PLACE) return NO_PLACE;
    const next = vmaFrom(memory, place);
    if (!next || next.begin() >= place + pages) return place;
    below = next.begin();
  }
}

function highest(node: usize, pages: u64, from: u64, to: u64): u64 {
  if (to <= from || to - from < pages) return NO_PLACE;
  if (!node) return to - pages;
  const vma = changetype<Vma>(node);
  const below = vma.low > from ? vma.low - from : 0;
  const above = to > vma.high ? to - vma.high : 0;
  if (max(vma.gap, max(below, above)) < pages) return NO_PLACE;
  const found = highest(vma.right, pages, max(from, vma.end), to);
  return found == NO_PLACE ? highest(vma.left, pages, from, min(to, vma.first)) : found;
}

/** The lowest such place. */
export function lowestGap(memory: Memory, pages: u64, from: u64, to: u64): u64 {
  let above = from;
  while (true) {
    const place = lowest(memory.vmas, pages, above, to);
    if (place == NO_PLACE) return NO_PLACE;
    const next = vmaFrom(memory, place);
    if (!next || next.begin() >= place + pages) return place;
    above = next.end;
  }
}

function lowest(node: usize, pages: u64, from: u64, to: u64): u64 {
  if (to <= from || to - from < pages) return NO_PLACE;
  if (!node) return from;
  const vma = changetype<Vma>(node);
  const below = vma.low > from ? vma.low - from : 0;
  const above = to > vma.high ? to - vma.high : 0;
  if (max(vma.gap, max(below, above)) < pages) return NO_PLACE;
  const found = lowest(vma.left, pages, from, min(to, vma.first));
  return found == NO_PLACE ? lowest(vma.right, pages, max(from, vma.end), to) : found;
}
