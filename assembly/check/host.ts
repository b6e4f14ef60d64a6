// What the host does with blocks that it has the address of, and with memory.

import { Block, blockAt, blockFrom, blockUpTo, removeBlock } from "./blocks";
import * as frames from "./frames";
import * as heap from "./heap";
import * as judge from "./judge";
import { copyStates } from "./contents";
import { PAGE, PAGE_SHIFT, changeStates, dropPages, findPage, forgetRange } from "./shadow";
import { space } from "./space";
import { ByteState } from "./state";

/** Where in a block's bytes its parts are. */
export enum BlockWord {
  Start = 0,
  Size = 8,
  Allocated = 16,
  Freed = 24,
  Serial = 32,
  Flags = 40,
  Name = 44,
  Leak = 64,
}

/** The block with this serial that began at an address; 0: it is not remembered. */
export function ownerOf(start: u64, serial: u64): usize {
  return changetype<usize>(judge.ownerOf(start, serial));
}

/** The same, if it is live. */
export function liveOwnerOf(start: u64, serial: u64): usize {
  const block = judge.ownerOf(start, serial);
  return block && block.isLive() ? changetype<usize>(block) : 0;
}

/** The block that begins at an address; 0: none. */
export function blockStarting(start: u64): usize {
  return changetype<usize>(blockAt(start));
}

export function startOf(block: usize): u64 {
  return changetype<Block>(block).start;
}

export function serialOf(block: usize): u64 {
  return changetype<Block>(block).serial;
}

/** Frees a live block; 0 is none. False when memory is used up. */
export function releaseBlock(block: usize): bool {
  return !block || heap.releaseBlock(changetype<Block>(block));
}

/** Moves a live block to one that was placed for it, and frees it; 0 is none. False when memory is used up. */
export function moveBlock(from: usize, to: usize): bool {
  return !from || !to || heap.moveBlock(changetype<Block>(from), changetype<Block>(to));
}

export function pushFrame(start: u64, size: u64, name: u32): usize {
  return frames.pushFrame(start, size, name);
}

/** Pops a frame; 0 is none. False when memory is used up. */
export function popFrame(frame: usize): bool {
  return !frame || frames.popFrame(changetype<Block>(frame));
}

/**
 * Says that [from, to) is mapped anew, or is not mapped any more. Blocks are not touched: they are on pages that stay as they are but for bytes at the
 * ends of the range. False when memory is used up.
 */
export function forgetMemory(from: u64, to: u64, isMapped: bool): bool {
  dropPages(from, to);
  forgetRange(from, to);
  const state = isMapped ? <ByteState>0 : ByteState.Forbidden;
  const first = min(to, (from + PAGE - 1) & ~(PAGE - 1));
  const end = max(first, to & ~(PAGE - 1));
  return changeKnown(from, first, state) && changeKnown(end, to, state);
}

/** Says that an allocator gave [from, to) back to the system: its freed blocks are forgotten. False when memory is used up. */
export function releaseMemory(from: u64, to: u64): bool {
  if (isLiveIn(from, to)) return true;
  const below = blockUpTo(from);
  if (below && below.end() > from) removeBlock(below);
  let block = blockFrom(from);
  while (block && block.start < to) {
    removeBlock(block);
    block = blockFrom(from);
  }
  return forgetMemory(from, to, true);
}

/** Whether a block there is live: then it was given since. */
function isLiveIn(from: u64, to: u64): bool {
  const below = blockUpTo(from);
  if (below && below.isLive() && below.end() > from) return true;
  let block = blockFrom(from);
  while (block && block.start < to) {
    if (block.isLive()) return true;
    block = blockFrom(block.start + 1);
  }
  return false;
}

/** Gives bytes of one page a state, where the page has an entry. */
function changeKnown(from: u64, to: u64, state: ByteState): bool {
  return from == to || !findPage(from >> PAGE_SHIFT) || changeStates(from, to, state);
}

/** Copies what is known of mapped memory. False when memory is used up. */
export function moveMemory(from: u64, to: u64, size: u64): bool {
  for (let done: u64 = 0; done < size; done += PAGE) {
    if (findPage((from + done) >> PAGE_SHIFT) && !copyStates(from + done, to + done, min(PAGE, size - done)))
      return false;
  }
  return true;
}

export function liveBytes(): u64 {
  return space.liveBytes;
}

export function liveBlocks(): u64 {
  return space.liveBlocks;
}
