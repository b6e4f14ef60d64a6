// Swap: slots of a page each. A slot's content is kept where contents are.

import { Stack, newStack } from "../base/stack";
import { PageMap, newPageMap } from "./pagemap";

/** Slots there are. */
let capacity: u32 = u32.MAX_VALUE;
/** Slots that were used before. */
let free: Stack = changetype<Stack>(0);
let next: u32 = 0;
/** Blocks of contents, by slot. */
let blocks: PageMap = changetype<PageMap>(0);

export let slotsUsed: u32 = 0;
export let peakSlots: u32 = 0;

/** `slots` all ones: as many as are asked for. False when memory is used up. */
export function openSwap(slots: u32): bool {
  capacity = slots;
  const slots_ = newStack();
  const map = newPageMap();
  if (!slots_ || !map) return false;
  free = slots_;
  blocks = map;
  return true;
}

/** A slot's number + 1; 0: swap is full. */
export function takeSlot(): u32 {
  if (slotsUsed == capacity) return 0;
  slotsUsed++;
  peakSlots = max(peakSlots, slotsUsed);
  return free.length ? free.pop() : ++next;
}

export function giveSlot(slot: u32): void {
  slotsUsed--;
  free.push(slot);
}

/** The block of a slot's content; 0: none was written. */
export function slotBlock(slot: u32): usize {
  return blocks.get(slot);
}

/** Gives a slot a block, or (0) none. False when memory is used up. */
export function setSlotBlock(slot: u32, block: usize): bool {
  if (block) return blocks.put(slot, <u32>block);
  blocks.remove(slot);
  return true;
}
