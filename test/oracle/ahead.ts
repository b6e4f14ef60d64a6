// Walks ahead of need: a prefetcher learns what the last TLB misses, and pages that it expects wait in a buffer.

import type { PrefetchConfig } from "../../src/config/model.js";
import type { PrefetchStats } from "../../src/engine/stats.js";
import type { Core } from "./cores.js";
import { NaiveBuffer, NaivePrefetcher } from "./prefetch.js";
import type { Schedule } from "./schedule.js";
import { cut, cutBits, type Shape, type Size, uncut } from "./shapes.js";
import { GLOBAL_TAG, type NaiveTlb, numberIn, pageWord, sizeIn } from "./tlbs.js";
import type { Walker } from "./walk.js";

/** A core's prefetcher and its buffer. */
export interface Ahead {
  prefetcher: NaivePrefetcher;
  buffer: NaiveBuffer;
}

export function newAhead(config: PrefetchConfig): Ahead {
  return {
    prefetcher: new NaivePrefetcher(config),
    buffer: new NaiveBuffer(config.buffer),
  };
}

/** A lookup that all TLBs of its chain missed. */
export interface Miss {
  va: bigint;
  size: Size;
  word: bigint;
  /** The last TLB of the chain, and what its fill gave up: 0 is nothing. */
  last: NaiveTlb | undefined;
  evicted: bigint;
}

/** The prefetching of a machine. */
export class Prefetching {
  hits = 0;
  private issued = 0;
  private unmapped = 0;
  private evicted = 0;
  /** The address of the last instruction. */
  pc = 0n;
  private readonly shape: Shape;
  private readonly schedule: Schedule;
  private readonly walker: Walker;
  private readonly byWord: boolean;

  constructor(config: PrefetchConfig, shape: Shape, schedule: Schedule, walker: Walker) {
    this.shape = shape;
    this.schedule = schedule;
    this.walker = walker;
    this.byWord = config.policy === "recency";
  }

  /** Takes a page out of the buffer. Whether it was there. */
  take({ ahead }: Core, word: bigint): boolean {
    const found = (ahead?.buffer.take(word, 0n) ?? 0n) !== 0n;
    if (found) this.hits++;
    return found;
  }

  /** Learns a miss, and fetches what is expected next. */
  learn(core: Core, miss: Miss): void {
    if (!core.ahead) return;
    const { prefetcher } = core.ahead;
    const expected = prefetcher.miss(numberIn(miss.word), this.pc, miss.word);
    if (miss.evicted !== 0n) prefetcher.evicted(miss.evicted);
    for (const each of expected) this.expect(core, miss, this.byWord ? each : this.wordOf(miss, each));
  }

  stats(walks: number, reads: number, dropped: number, cores: readonly Core[]): PrefetchStats {
    const { issued, hits, unmapped, evicted } = this;
    return {
      issued,
      pteReads: reads,
      hits,
      unmapped,
      evicted,
      dropped,
      held: cores.reduce((all, { ahead }) => all + (ahead?.buffer.length ?? 0), 0),
      coverage: hits + walks > 0 ? hits / (hits + walks) : 0,
      accuracy: issued > 0 ? hits / issued : 0,
    };
  }

  /** The name of a page near a missed one; null where the address space has no such page there. */
  private wordOf({ va, size }: Miss, number: bigint): bigint | null {
    const bits = cutBits(this.shape) - size.bits;
    if (number < 0n || number >= 1n << bits) return null;
    const half = this.shape.space === "unsigned" ? bits : bits - 1n;
    const from = cut(this.shape, va) >> size.bits;
    if (number >> half !== from >> half) return null;
    return this.nameOf(number, size);
  }

  /** The name that the page of a number has now; null where pages are of another size. */
  private nameOf(number: bigint, size: Size): bigint | null {
    const { map } = this.schedule.space;
    const attributes = map.find(uncut(this.shape, number << size.bits));
    if (attributes.size !== size) return null;
    const tag = attributes.global ? GLOBAL_TAG : this.schedule.tag;
    return pageWord(number, tag, size.number);
  }

  private expect(core: Core, { size, last }: Miss, word: bigint | null): void {
    if (word === null || !core.ahead || sizeIn(word) !== size.number) return;
    const { buffer } = core.ahead;
    if (word !== this.nameOf(numberIn(word), size) || last?.holds(word) || buffer.holds(word, 0n)) return;
    this.issued++;
    const va = numberIn(word) << size.bits;
    const { space, global, tag } = this.schedule;
    const owner = space.map.find(uncut(this.shape, va)).global ? global : space;
    this.walker.walkAhead({ core, tag, owner, size, va });
    if (!owner.page(size, va)) this.unmapped++;
    else if (buffer.put(word) !== 0n) this.evicted++;
  }
}
