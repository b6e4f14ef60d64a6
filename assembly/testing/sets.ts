// The methods of Sets by name.

import { allocate } from "../base/arena";
import { Index, Policy, Sets } from "../mmu/sets";

/** A new array, or 0 when memory is used up. */
export function newSets(sets: u32, ways: u32, policy: Policy, index: Index, seedState: u64): usize {
  const at = allocate(offsetof<Sets>(), 8);
  return at && changetype<Sets>(at).open(sets, ways, policy, index, seedState) ? at : 0;
}

export function setOf(at: usize, number: u64): u32 {
  return changetype<Sets>(at).setOf(number);
}

export function findIn(at: usize, set: u32, key: u64, loose: u64): usize {
  return changetype<Sets>(at).find(set, key, loose);
}

export function touchIn(at: usize, set: u32, key: u64, loose: u64): usize {
  return changetype<Sets>(at).touch(set, key, loose);
}

export function insertIn(at: usize, set: u32, word: u64): u64 {
  return changetype<Sets>(at).insert(set, word);
}

export function dropIn(at: usize, set: u32, place: usize): void {
  changetype<Sets>(at).drop(set, place);
}

export function dropWhereIn(at: usize, mask: u64, value: u64): u32 {
  return changetype<Sets>(at).dropWhere(mask, value);
}

export function dropAllIn(at: usize): u32 {
  return changetype<Sets>(at).dropAll();
}

export function addUsesIn(at: usize, set: u32, place: usize, uses: u64): void {
  changetype<Sets>(at).addUses(set, place, uses);
}

export function isShort(at: usize): bool {
  return changetype<Sets>(at).isShort();
}
