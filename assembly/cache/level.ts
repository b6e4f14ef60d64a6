// One data cache: non-inclusive, write-back, write-allocate.
//
//    63                      2   1   0
//   |  physical line number    | V | D |      a line
//
// D: a store changed it since it came, or a line that was written back to here. V makes 0 an empty line.

import { allocate } from "../base/arena";
import { Index, Policy, Sets } from "../mmu/sets";

/** What asks a data cache. The first three are numbered as `Access` is; walks go where loads go. */
export enum Asker {
  Instruction,
  Load,
  Store,
  Walk,
  Length,
}

/** Slots of a data cache's counts, 64 bits each. An access is of one line. */
export enum CacheCount {
  InstructionHits,
  LoadHits,
  StoreHits,
  WalkHits,
  InstructionMisses,
  LoadMisses,
  StoreMisses,
  WalkMisses,
  /** Dirty lines that it gave up. */
  Writebacks,
  Length,
}

export const DIRTY_LINE: u64 = 1;
const VALID: u64 = 2;
const LINE_SHIFT: u64 = 2;

@unmanaged
export class Cache extends Sets {
  /** Counts, in the order of `CacheCount`. */
  counts: usize;
  /** From 1, the nearest. */
  level: u32;
  /** Cycles of an access that it serves. */
  latency: u32;
  /** log2 of the bytes of a line. */
  lineShift: u32;
  /** Its policy changes with every access, also one that repeats the last. */
  seesRepeats: bool;
  /** An access chooses its set by the virtual address. */
  vipt: bool;
  /** The next cache of each asker's chain. */
  nextInstruction: usize;
  nextLoad: usize;
  nextStore: usize;
  nextWalk: usize;

  /**
   * An access of the line that holds `pa`, which becomes dirty with `dirty`. What misses is filled,
   * the farthest first. The cache that had the line; null: memory.
   */
  access(va: u64, pa: u64, asker: Asker, dirty: u64): Cache | null {
    const line = this.lineOf(pa);
    const set = this.setOf(this.vipt ? this.lineOf(va) : line);
    const place = this.touch(set, nameOf(line), DIRTY_LINE);
    if (place) {
      if (dirty) store<u64>(place, load<u64>(place) | DIRTY_LINE);
      this.count(CacheCount.InstructionHits + asker);
      return this;
    }
    this.count(CacheCount.InstructionMisses + asker);
    const next = this.next(asker);
    const server = next ? next.access(va, pa, asker, 0) : null;
    this.put(set, nameOf(line) | dirty, asker);
    return server;
  }

  /** A dirty line from the cache before this one in the asker's chain. No access, and no use. */
  writeBack(pa: u64, asker: Asker): void {
    const line = this.lineOf(pa);
    const set = this.setOf(line);
    const place = this.find(set, nameOf(line), DIRTY_LINE);
    if (place) store<u64>(place, load<u64>(place) | DIRTY_LINE);
    else this.put(set, nameOf(line) | DIRTY_LINE, asker);
  }

  /** Puts in the clean line of an address, which is not held. */
  fillWith(pa: u64): void {
    const line = this.lineOf(pa);
    this.insert(this.setOf(line), nameOf(line));
  }

  next(asker: Asker): Cache | null {
    return changetype<Cache | null>(load<usize>(this.link(asker)));
  }

  setNext(asker: Asker, cache: Cache): void {
    store<usize>(this.link(asker), changetype<usize>(cache));
  }

  /** A line that is not held comes in; a dirty one that goes for it is written back. */
  private put(set: u32, word: u64, asker: Asker): void {
    const gone = this.insert(set, word);
    if (!(gone & DIRTY_LINE)) return;
    this.count(CacheCount.Writebacks);
    const next = this.next(asker);
    if (next) next.writeBack((gone >> LINE_SHIFT) << (<u64>this.lineShift), asker);
  }

  private lineOf(address: u64): u64 {
    return address >> <u64>this.lineShift;
  }

  private count(slot: CacheCount): void {
    const at = this.counts + ((<usize>slot) << 3);
    store<u64>(at, load<u64>(at) + 1);
  }

  private link(asker: Asker): usize {
    return changetype<usize>(this) + offsetof<Cache>("nextInstruction") + <usize>asker * sizeof<usize>();
  }
}

/** The word of a clean line. */
function nameOf(line: u64): u64 {
  return (line << LINE_SHIFT) | VALID;
}

/** A cache of empty lines, or null when memory is used up. `sets` and `ways` are at least 1. */
export function newCache(sets: u32, ways: u32, policy: Policy, seedState: u64): Cache | null {
  const at = allocate(offsetof<Cache>(), 8);
  const counts = allocate(<u64>CacheCount.Length * 8, 8);
  if (!at || !counts) return null;
  const cache = changetype<Cache>(at);
  if (!cache.open(sets, ways, policy, Index.Mod, seedState)) return null;
  cache.counts = counts;
  cache.seesRepeats = policy >= Policy.Srrip;
  return cache;
}
