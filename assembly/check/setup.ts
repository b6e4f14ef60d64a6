// The calls that begin a check, and those that make and leave the memory of processes.

import { freeBlock } from "../base/blocks";
import { copyBlocks, freeBlocks } from "./blocks";
import { makeRoom } from "./areas";
import { copyPages, forgetPages, freePages, openShadow } from "./shadow";
import { SPACE_BITS, setSpace, space, takeSpace } from "./space";

/** The first call. False when memory is used up. */
export function openCheck(): bool {
  return openShadow();
}

/** A process with nothing in its memory; 0 when memory is used up. */
export function newSpace(number: u64): usize {
  return takeSpace(number);
}

export function enterSpace(to: usize): void {
  setSpace(to);
  forgetPages();
}

/** A copy of the entered space, which is entered in its place. 0 when memory is used up. */
export function forkSpace(number: u64): usize {
  const parent = space;
  const child = takeSpace(number);
  if (!child) return 0;
  enterSpace(child);
  space.top = parent.top;
  space.liveBlocks = parent.liveBlocks;
  space.liveBytes = parent.liveBytes;
  if (parent.areaCount) {
    if (!makeRoom(parent.areaCount)) return 0;
    memory.copy(space.areas, parent.areas, (<usize>parent.areaCount) << 4);
    space.areaCount = parent.areaCount;
  }
  const copied = copyPages(parent.pages, parent.pagesBits, parent.pageCount) && copyBlocks(parent.root);
  return copied ? child : 0;
}

/** Gives back what the entered space takes. None is entered then. */
export function leaveSpace(): void {
  freePages();
  freeBlocks();
  if (space.areas) freeBlock(space.areas, space.areaBits);
  freeBlock(changetype<usize>(space), SPACE_BITS);
}
