// The blocks of a trace, by slot: a dense number that the host gives to a block while it lives.
//
//   slot   payload u32 | size asked for u32        0, 0: no block, or one that there was no room for

import { allocate } from "../base/arena";

/** The slot of NULL. */
export const NULL_SLOT: u32 = (1 << 28) - 1;

export let slots: usize = 0;
/** Slots that there is room for. */
export let slotRoom: u32 = 0;

/** Makes room for a slot. False when linear memory is used up. */
export function growSlots(slot: u32): bool {
  const room = max(max(<u64>slot + 1, (<u64>slotRoom) << 1), 4096);
  const grown = allocate(room << 3, 8);
  if (!grown) return false;
  memory.copy(grown, slots, (<usize>slotRoom) << 3);
  slots = grown;
  slotRoom = <u32>room;
  return true;
}

/** Makes room for so many slots at once: room that grows leaves what it was before behind. False when linear memory is used up. */
export function reserveSlots(count: u32): bool {
  return count <= slotRoom || growSlots(count - 1);
}

export function emptySlots(): void {
  memory.fill(slots, 0, (<usize>slotRoom) << 3);
}

/** The address of a slot's block in linear memory; 0: it has none. */
export function slotAddress(slot: u32): u32 {
  return slot < slotRoom ? load<u32>(slots + ((<usize>slot) << 3)) : 0;
}

/** The bytes that were asked for. */
export function slotSize(slot: u32): u32 {
  return slot < slotRoom ? load<u32>(slots + ((<usize>slot) << 3), 4) : 0;
}

/** The slot of a call by itself (calls.ts). */
export const scratch: usize = memory.data(8, 8);
