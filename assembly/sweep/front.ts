// A first TLB in front of a stack: lru, any number of sets and ways. What misses goes on.

import { allocate } from "../base/arena";

@unmanaged
export class Front {
  sets: u32;
  ways: u32;
  /** page + 1 of each entry, the sets one after another, newest first. */
  entries: usize;
  /** By kind: pages that were not found. */
  misses: usize;
}

/** A TLB; 0 when memory is used up. */
export function newFront(sets: u32, ways: u32): usize {
  const front = changetype<Front>(allocate(offsetof<Front>(), 8));
  const entries = allocate((<u64>sets * <u64>ways) << 3, 64);
  const misses = allocate(4 << 3, 8);
  if (!changetype<usize>(front) || !entries || !misses) return 0;
  front.sets = sets;
  front.ways = ways;
  front.entries = entries;
  front.misses = misses;
  return changetype<usize>(front);
}

/** By kind, u64 each. */
export function missesOfFront(front: usize): usize {
  return changetype<Front>(front).misses;
}

/** Looks a page up, and brings it in. Whether it was there. */
export function touch(front: Front, page: u64, kind: u32): bool {
  const sets = <u64>front.sets;
  const set = sets & (sets - 1) ? page % sets : page & (sets - 1);
  const bytes = (<usize>front.ways) << 3;
  const first = front.entries + <usize>set * bytes;
  const key = page + 1;
  let moved = key;
  for (let at = first; at < first + bytes; at += 8) {
    const entry = load<u64>(at);
    store<u64>(at, moved);
    if (entry == key) return true;
    moved = entry;
  }
  const count = front.misses + ((<usize>kind) << 3);
  store<u64>(count, load<u64>(count) + 1);
  return false;
}
