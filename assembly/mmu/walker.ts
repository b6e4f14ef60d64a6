// The page walk: one entry a level, from below the deepest walk cache that hits down to the leaf.
// Intel SDM vol. 3A, section 5.10.3 (paging-structure caches).

import { Counter, count } from "../base/counters";
import {
  ACCESSED,
  DIRTY,
  Level,
  PRESENT,
  entryOf,
  findLeaf,
  linkTable,
  mapLeaf,
  rootTable,
  tableOf,
} from "./pagetable";
import { WalkCache, walkCacheAt } from "./walkcache";

/** Entries that the last walk read. */
export let lastReads: u32 = 0;
/** Whether the last walk mapped its page. */
export let lastMapped: bool = false;

/**
 * Walks to the leaf of `level` for a canonical `va` and returns its entry, with A set, and D too for a
 * store. What is missing is made on the way: a page's first touch is a minor fault, and costs the
 * reads of a walk that finds everything. 0 when memory is used up.
 */
export function walk(va: u64, leaf: u32, store_: bool): u64 {
  let level: u32 = Level.Pml4;
  let table = rootTable();
  if (!table) return 0;
  let start: WalkCache | null = null;
  for (let at: u32 = Level.Pml4; at > <u32>Level.Pt; at--) {
    const cache = walkCacheAt(at);
    if (!cache.ways) continue;
    const found = at > leaf ? cache.find(va, at) : 0;
    if (found) {
      table = found;
      level = at - 1;
      start = cache;
    } else {
      cache.misses++;
    }
  }
  if (start) start.hits++;

  lastReads = level - leaf + 1;
  count(Counter.PteReads, lastReads);
  for (; level > leaf; level--) {
    const slot = entryOf(table, level, va);
    let entry = load<u64>(slot);
    if (!(entry & PRESENT)) {
      entry = linkTable(slot);
      if (!entry) return 0;
    }
    if (!(entry & ACCESSED)) store<u64>(slot, entry | ACCESSED);
    table = tableOf(entry);
    const cache = walkCacheAt(level);
    if (cache.ways) cache.fill(va, level, table);
  }
  return readLeaf(entryOf(table, leaf, va), leaf, store_);
}

function readLeaf(slot: usize, leaf: u32, store_: bool): u64 {
  const entry = load<u64>(slot);
  let updated = entry;
  lastMapped = !(entry & PRESENT);
  if (lastMapped) {
    count(Counter.MinorFaults);
    updated = mapLeaf(slot, leaf);
  }
  if (store_ && !(updated & DIRTY)) {
    count(Counter.PagesDirty);
    updated |= DIRTY;
  }
  updated |= ACCESSED;
  if (updated != entry) store<u64>(slot, updated);
  return updated;
}

/** A store that hit a TLB: sets the leaf's D bit, and counts an assist if it was clear. */
export function assistDirty(va: u64, leaf: u32): void {
  const slot = findLeaf(va, leaf);
  const entry = load<u64>(slot);
  if (entry & DIRTY) return;
  store<u64>(slot, entry | DIRTY);
  count(Counter.DirtyAssists);
  count(Counter.PagesDirty);
}
