// Walk caches. An entry says that the table is known to which an entry of a level leads, for the part of an address
// that chooses that entry; so that a walk may begin at that table. Leaves are never held. A cache holds entries of one level, or of several.
//
//    63                          19 18    7 6     3  2   1   0
//   |  address >> level's shift    |  tag  | level  |  0   | 1 |

import { allocate } from "../base/arena";
import { Format, Most } from "./format";
import { Step, log, logging } from "./log";
import { Index, Policy, Sets } from "./sets";

export enum WalkCacheCount {
  /** Walks that started below this cache: the deepest that hit. */
  Hits,
  /** Walks whose probes of this cache found nothing. */
  Misses,
  Length,
}

const KEY_SHIFT: u64 = 19;
const TAG_SHIFT: u64 = 7;
const TAG: u64 = 4095 << 7;
const LEVEL_SHIFT: u64 = 3;
const VALID: u64 = 1;

@unmanaged
export class WalkCache extends Sets {
  /** Counts, in the order of `WalkCacheCount`. */
  hits: u64;
  misses: u64;
  /** The walk under way found something here. */
  found: bool;
  /** The flush of a page drops all entries of its tag. */
  dropsAll: bool;

  private keyOf(part: u64, level: u32, tag: u32): u64 {
    return (part << KEY_SHIFT) | ((<u64>tag) << TAG_SHIFT) | ((<u64>level) << LEVEL_SHIFT) | VALID;
  }

  knows(part: u64, level: u32, tag: u32): bool {
    return this.touch(this.setOf(part), this.keyOf(part, level, tag), 0) != 0;
  }

  /** Puts in an entry, unless it is there. */
  learn(part: u64, level: u32, tag: u32): void {
    const set = this.setOf(part);
    const key = this.keyOf(part, level, tag);
    if (!this.find(set, key, 0)) this.insert(set, key);
  }

  forget(part: u64, level: u32, tag: u32): void {
    const set = this.setOf(part);
    const place = this.find(set, this.keyOf(part, level, tag), 0);
    if (place) this.drop(set, place);
  }

  dropTag(tag: u32): void {
    this.dropWhere(TAG, (<u64>tag) << TAG_SHIFT);
  }
}

/** The walk caches of a core for one table: a list, and the one of each level. */
@unmanaged
export class WalkCaches {
  count: u32;
  /** Of the nested table. */
  host: bool;

  private slot(place: u32): usize {
    return changetype<usize>(this) + offsetof<WalkCaches>() + ((<usize>place) << 2);
  }

  /** The cache that holds entries of a level, or null. */
  at(level: u32): WalkCache | null {
    return changetype<WalkCache | null>(load<usize>(this.slot(level)));
  }

  each(place: u32): WalkCache {
    return changetype<WalkCache>(load<usize>(this.slot(Most.Levels + place)));
  }

  /** The address of a cache's counts, in the order of `WalkCacheCount`. */
  counts(place: u32): usize {
    return changetype<usize>(this.each(place)) + offsetof<WalkCache>("hits");
  }

  /** Adds a cache for the levels of a mask. False when memory is used up. */
  add(levels: u32, sets: u32, ways: u32, policy: Policy, dropsAll: bool, seedState: u64): bool {
    const at = allocate(offsetof<WalkCache>(), 8);
    if (!at) return false;
    const cache = changetype<WalkCache>(at);
    if (!cache.open(sets, ways, policy, Index.Mod, seedState)) return false;
    cache.dropsAll = dropsAll;
    store<usize>(this.slot(Most.Levels + this.count++), at);
    for (let level: u32 = 0; level < <u32>Most.Levels; level++) {
      if ((levels >> level) & 1) store<usize>(this.slot(level), at);
    }
    return true;
  }

  /** The level at which a walk to `leaf` starts: below the deepest entry that is known. Probes all, and counts. */
  start(format: Format, va: u64, tag: u32, leaf: u32): u32 {
    let level = format.levels - 1;
    if (!this.count) return level;
    let deepest: WalkCache | null = null;
    for (let at = level; at > leaf; at--) {
      const cache = this.at(at);
      if (!cache) continue;
      const known = cache.knows(va >> format.shiftOf(at), at, tag);
      if (logging) log(Step.WalkCache, at, va >> format.shiftOf(at), known ? 1 : 0, this.host ? 1 : 0);
      if (!known) continue;
      cache.found = true;
      deepest = cache;
      level = at - 1;
    }
    for (let place: u32 = 0; place < this.count; place++) {
      const cache = this.each(place);
      if (!cache.found) cache.misses++;
      cache.found = false;
    }
    if (deepest) deepest.hits++;
    return level;
  }

  learn(format: Format, va: u64, tag: u32, level: u32): void {
    const cache = this.at(level);
    if (cache) cache.learn(va >> format.shiftOf(level), level, tag);
  }

  /** The table to which the entry of `level` for `va` leads was freed. */
  forget(format: Format, va: u64, tag: u32, level: u32): void {
    const cache = this.at(level);
    if (cache) cache.forget(va >> format.shiftOf(level), level, tag);
  }

  dropTag(tag: u32): void {
    for (let place: u32 = 0; place < this.count; place++) this.each(place).dropTag(tag);
  }

  dropAll(): void {
    for (let place: u32 = 0; place < this.count; place++) this.each(place).dropAll();
  }

  /** The flush of a page of a tag. */
  flushPage(tag: u32): void {
    for (let place: u32 = 0; place < this.count; place++) {
      const cache = this.each(place);
      if (cache.dropsAll) cache.dropTag(tag);
    }
  }
}

export function newWalkCaches(): WalkCaches | null {
  return changetype<WalkCaches | null>(allocate(offsetof<WalkCaches>() + 4 * 2 * <u64>Most.Levels, 8));
}
