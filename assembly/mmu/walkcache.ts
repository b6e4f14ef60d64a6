// Walk caches: one for each level above the leaves, true LRU. An entry leads from the part of an
// address that chooses an entry of its level to the table which that entry points to.
//
//    63                                21   20   19                  0
//   |   virtual address >> level's shift  | valid | table address >> 12 |
//
// A level without a cache has no ways. Leaves are never held.

import { allocate } from "../base/arena";
import { Level, VA_MASK, levelShift } from "./pagetable";
import { insert, touch } from "./lru";

export enum WalkCacheCount {
  /** Walks that started below this cache: the deepest that hit. */
  Hits,
  /** Walks whose probe of this cache found nothing. */
  Misses,
  Length,
}

const VALID: u64 = 1 << 20;
const TABLE: u64 = VALID - 1;
const KEY_SHIFT: u64 = 21;

@unmanaged
export class WalkCache {
  entries: usize;
  sets: u32;
  ways: u32;
  hits: u64;
  misses: u64;

  private setOf(key: u64): usize {
    return this.entries + <usize>(key % <u64>this.sets) * ((<usize>this.ways) << 3);
  }

  /** The table that holds the next entry for `va`, or 0. */
  find(va: u64, level: u32): usize {
    const key = (va & VA_MASK) >> levelShift(level);
    const word = touch(this.setOf(key), this.ways, (key << KEY_SHIFT) | VALID, TABLE);
    return (<usize>(word & TABLE)) << 12;
  }

  fill(va: u64, level: u32, table: usize): void {
    const key = (va & VA_MASK) >> levelShift(level);
    insert(this.setOf(key), this.ways, (key << KEY_SHIFT) | VALID | (<u64>table >> 12));
  }
}

/** One cache a level, the level being its place; level 0 has none. */
const caches: usize = memory.data(<i32>(Level.Pml4 + 1) * offsetof<WalkCache>(), 8);

export function walkCacheAt(level: u32): WalkCache {
  return changetype<WalkCache>(caches + <usize>level * offsetof<WalkCache>());
}

/** Gives a level above the leaves a cache; false when memory is used up. */
export function openWalkCache(level: u32, sets: u32, ways: u32): bool {
  const entries = allocate((<u64>sets * <u64>ways) << 3, 64);
  if (!entries) return false;
  const cache = walkCacheAt(level);
  cache.entries = entries;
  cache.sets = sets;
  cache.ways = ways;
  return true;
}

/** The address of a level's counts, in the order of `WalkCacheCount`. */
export function walkCacheCounts(level: u32): usize {
  return changetype<usize>(walkCacheAt(level)) + offsetof<WalkCache>("hits");
}
