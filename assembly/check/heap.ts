// Blocks that are given and freed. Those of the checker's own are placed one behind the other, a redzone between them, and no address
// is given twice; what was freed is remembered until the quarantine is full. Captured blocks are where the traced program had them, and
// are remembered until their addresses are given again.

import { Arena } from "./areas";
import {
  Block,
  blockAt,
  blockFrom,
  blockOf,
  blockUpTo,
  confine,
  insertBlock,
  newBlock,
  removeBlock,
} from "./blocks";
import { copyStates } from "./contents";
import { place, report, setRealloc } from "./findings";
import { watchesCaptured } from "./judge";
import { setStates, trimPages } from "./shadow";
import { space } from "./space";
import { BlockFlag, ByteState, FindingKind } from "./state";

/** Bytes that are kept free on both sides of a block, and that freed blocks of the checker's own may have in all. */
let redzone: u64 = 16;
let quarantine: u64 = 20000000;
/** Live bytes at most. */
let limit: u64 = 1 << 30;

export function setHeap(redzone_: u64, quarantine_: u64, limit_: u64): void {
  redzone = redzone_;
  quarantine = quarantine_;
  limit = limit_;
}

/** Blocks of all spaces: how many were given, with how many bytes; how many freed. The most bytes that were live in one. */
export let blocksGiven: u64 = 0;
export let bytesGiven: u64 = 0;
export let blocksFreed: u64 = 0;
export let peakBytes: u64 = 0;
/** Live bytes passed the limit. */
export let isOverLimit: bool = false;

/** Places a block of the checker's own, behind those before it, and behind captured ones that are in its way. The block, or 0 when memory is used up. */
export function placeBlock(size: u64, alignment: u64, fill: ByteState, name: u32): usize {
  const mask = max(alignment, 16) - 1;
  const bytes = max(size, 1);
  let start = (max(space.top, (<u64>1) << (<u64>Arena.HeapBits)) + redzone + mask) & ~mask;
  while (true) {
    const block = blockUpTo(start + bytes + redzone - 1);
    if (!block || block.start + max(block.size, 1) + redzone <= start) break;
    start = (block.start + max(block.size, 1) + redzone + mask) & ~mask;
  }
  space.top = start + bytes;
  return give(start, size, 0, fill, name);
}

/** Gives a captured block its address. The block, or 0 when memory is used up. */
export function captureBlock(start: u64, size: u64, fill: ByteState, name: u32): usize {
  if (!makeWay(start, max(size, 1))) return 0;
  return give(start, size, BlockFlag.Captured, watchesCaptured() ? fill : <ByteState>0, name);
}

function give(start: u64, size: u64, flags: u32, fill: ByteState, name: u32): usize {
  const block = newBlock(start, size, flags);
  if (!block) return 0;
  if (!setStates(start, start + size, fill)) return 0;
  // An empty block, too, makes its page one of a heap.
  if (!size && flags && !setStates(start, start + 1, ByteState.Forbidden)) return 0;
  block.allocated = place;
  block.name = name;
  insertBlock(block);
  blocksGiven++;
  bytesGiven += size;
  return charge(block);
}

function charge(block: Block): usize {
  space.liveBlocks++;
  space.liveBytes += block.size;
  if (space.liveBytes > peakBytes) peakBytes = space.liveBytes;
  if (space.liveBytes > limit) isOverLimit = true;
  return changetype<usize>(block);
}

function discharge(block: Block): void {
  space.liveBlocks--;
  space.liveBytes -= block.size;
}

/** Forgets freed blocks that a new one lies over; live ones are reported first. False when memory is used up. */
export function makeWay(start: u64, size: u64): bool {
  const below = blockUpTo(start);
  if (below && below.start < start && below.end() > start && !overrun(below, start, size)) return false;
  while (true) {
    const block = blockFrom(start);
    if (!block || block.start >= start + size) return true;
    if (!overrun(block, start, size)) return false;
  }
}

function overrun(block: Block, start: u64, size: u64): bool {
  if (block.isLive()) {
    if (!report(FindingKind.Overlap, start, size, block)) return false;
    if (!block.has(BlockFlag.Frame)) discharge(block);
  }
  const from = block.start;
  const to = block.end();
  removeBlock(block);
  return setStates(from, to, ByteState.Forbidden);
}

/** Frees a live block. False when memory is used up. */
export function releaseBlock(block: Block): bool {
  block.flags |= BlockFlag.Freed;
  block.freed = place;
  blocksFreed++;
  discharge(block);
  if (!setStates(block.start, block.end(), ByteState.Forbidden)) return false;
  if (block.has(BlockFlag.Captured)) return true;
  trimPages(block.start, block.end());
  confine(block);
  // The oldest are forgotten, for which there is no room.
  while (space.quarantined > quarantine && space.oldest) removeBlock(changetype<Block>(space.oldest));
  return true;
}

/** What a program frees or reallocates by its address: the live block there; or 0, and what is wrong is reported. */
function toRelease(va: u64): usize {
  const block = blockAt(va);
  if (block && block.isLive() && !block.has(BlockFlag.Frame)) return changetype<usize>(block);
  const isTwice = block != null && !block.has(BlockFlag.Frame);
  const near = block ? block : blockOf(va);
  report(isTwice ? FindingKind.DoubleFree : FindingKind.InvalidFree, va, 0, near ? near : blockUpToNear(va));
  return 0;
}

/** A block that ends a little before an address. */
function blockUpToNear(va: u64): Block | null {
  const block = blockUpTo(va);
  return block && va - block.end() < 4096 ? block : null;
}

/** Frees what is at an address; 0 is no block, and no error. False when memory is used up. */
export function freeAt(va: u64): bool {
  if (!va) return true;
  const block = toRelease(va);
  return !block || releaseBlock(changetype<Block>(block));
}

/** Moves a live block to one that was placed for it, and frees it. False when memory is used up. */
export function moveBlock(from: Block, to: Block): bool {
  return copyStates(from.start, to.start, min(from.size, to.size)) && releaseBlock(from);
}

/** Gives a captured block the size and address of a realloc: 0 where it was no live one, then it is a new one. The block, or 0 when memory is used up. */
export function reallocCaptured(from: u64, to: u64, size: u64, name: u32): usize {
  setRealloc(true);
  const old = from ? toRelease(from) : 0;
  setRealloc(false);
  if (!old) return captureBlock(to, size, ByteState.Undefined, name);
  const block = changetype<Block>(old);
  if (from == to) return resize(block, size);
  const moved = Math.min(<f64>block.size, <f64>size);
  const given = captureBlock(to, size, ByteState.Undefined, name);
  // The old block may have been one that the new one lies over.
  const still = blockAt(from);
  if (!given || !still || !still.isLive() || changetype<usize>(still) == given) return given;
  if (!copyStates(from, to, <u64>moved)) return 0;
  return releaseBlock(still) ? given : 0;
}

/** Changes the size of a captured block where it is. */
function resize(block: Block, size: u64): usize {
  const end = block.end();
  const before = block.size;
  // What it grows over was something else's.
  if (size > before && !makeWay(end, size - before)) return 0;
  discharge(block);
  blocksGiven++;
  blocksFreed++;
  bytesGiven += size;
  block.size = size;
  block.allocated = place;
  charge(block);
  const fill = watchesCaptured() ? ByteState.Undefined : <ByteState>0;
  const done =
    size < before ? setStates(block.end(), end, ByteState.Forbidden) : setStates(end, block.end(), fill);
  return done ? changetype<usize>(block) : 0;
}
