// Blocks that a trace has freed where a collector is to find that out: entries as those of slots (slots.ts), in a list.

import { allocate } from "../../base/arena";

export let dropped: usize = 0;
export let droppedCount: u32 = 0;
let room: u32 = 0;

/** Moves a slot's block to the list. False when linear memory is used up. */
export function drop(entry: usize): bool {
  if (!load<u32>(entry)) return true;
  if (droppedCount == room && !grow()) return false;
  store<u64>(dropped + ((<usize>droppedCount) << 3), load<u64>(entry));
  droppedCount++;
  store<u64>(entry, 0);
  return true;
}

export function emptyDropped(): void {
  droppedCount = 0;
}

/** Closes the gaps of those that were collected. */
export function packDropped(): void {
  let kept = dropped;
  const end = dropped + ((<usize>droppedCount) << 3);
  for (let at = dropped; at < end; at += 8) {
    if (!load<u32>(at)) continue;
    store<u64>(kept, load<u64>(at));
    kept += 8;
  }
  droppedCount = <u32>((kept - dropped) >> 3);
}

function grow(): bool {
  const wanted = max(room << 1, 1024);
  const grown = allocate((<u64>wanted) << 3, 8);
  if (!grown) return false;
  memory.copy(grown, dropped, (<usize>room) << 3);
  dropped = grown;
  room = wanted;
  return true;
}
