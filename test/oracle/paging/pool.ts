// Frames under a replacement policy, from sections 1 and 5 of the model: sets and arrays, nothing clever.

import type { Replacement } from "../../../src/config/replacement.js";
import { NaiveArc } from "./arc.js";
import { NaiveClock, NaiveSieve } from "./clocks.js";
import { NaiveLirs } from "./lirs.js";
import { NaiveMglru } from "./mglru.js";
import { NaiveOpt } from "./opt.js";
import { NaiveFifo, NaiveLru, NaiveMru, NaiveS3Fifo, NaiveSegmented, NaiveTwoQueue } from "./queues.js";
import { NaiveRandom } from "./random.js";
import { NaiveAging, NaiveWorkingSet, NaiveWsClock } from "./timed.js";

/** What is decided about pages that are resident. */
export interface NaivePolicy {
  /** A lookup of a resident page. */
  hit(page: string): void;
  /** A page will be loaded; nothing has been evicted for it. */
  admit?(page: string): void;
  /** Which page leaves for the one that is coming, if any is. */
  evict(coming: string | undefined): string;
  load(page: string): void;
  /** A page ceases to exist. */
  drop(page: string): void;
  resize?(frames: number): void;
  /** Pages that leave by themselves, after a lookup. */
  expired?(): string[];
}

export interface NaiveLookup {
  page: string;
  store: boolean;
  process: number;
}

export class NaivePool {
  frames: number;
  readonly resident = new Set<string>();
  readonly dirty = new Set<string>();
  readonly counts = { lookups: 0, faults: 0, evictions: 0, writes: 0, peak: 0 };
  /** Lookups of each process, and the one that runs. */
  readonly lookupsOf = new Map<number, number>();
  process = 1;
  /** All lookups, for the policy that knows them. */
  readonly future: readonly NaiveLookup[];
  readonly policy: NaivePolicy;

  constructor(
    policy: Replacement,
    frames: number,
    parameter: number,
    seed: bigint,
    future: readonly NaiveLookup[] = [],
  ) {
    this.frames = frames;
    this.future = future;
    this.policy = policyOf(this, policy, parameter, seed);
  }

  lookup({ page, store, process }: NaiveLookup): void {
    const { policy, resident, dirty, counts } = this;
    counts.lookups++;
    this.process = process;
    this.lookupsOf.set(process, (this.lookupsOf.get(process) ?? 0) + 1);
    if (resident.has(page)) {
      if (store) dirty.add(page);
      policy.hit(page);
      this.expire();
    } else {
      counts.faults++;
      policy.admit?.(page);
      this.expire();
      while (resident.size + 1 > this.frames) this.leave(policy.evict(page));
      resident.add(page);
      if (store) dirty.add(page);
      policy.load(page);
    }
    counts.peak = Math.max(counts.peak, resident.size);
  }

  drop(page: string): void {
    this.policy.drop(page);
    this.resident.delete(page);
    this.dirty.delete(page);
  }

  resize(frames: number): void {
    this.frames = frames;
    this.policy.resize?.(frames);
    while (this.resident.size > frames) this.leave(this.policy.evict(undefined));
  }

  /** A dirty page is written, and stays. */
  write(page: string): void {
    this.dirty.delete(page);
    this.counts.writes++;
  }

  private expire(): void {
    for (const page of this.policy.expired?.() ?? []) this.leave(page);
  }

  private leave(page: string): void {
    this.counts.evictions++;
    if (this.dirty.delete(page)) this.counts.writes++;
    this.resident.delete(page);
  }
}

function policyOf(pool: NaivePool, policy: Replacement, parameter: number, seed: bigint): NaivePolicy {
  switch (policy) {
    case "lru":
      return new NaiveLru();
    case "fifo":
      return new NaiveFifo();
    case "mru":
      return new NaiveMru();
    case "random":
      return new NaiveRandom(seed);
    case "opt":
      return new NaiveOpt(pool);
    case "clock":
      return new NaiveClock(true);
    case "clock0":
      return new NaiveClock(false);
    case "aging":
      return new NaiveAging(pool);
    case "ws":
      return new NaiveWorkingSet(pool, parameter);
    case "wsclock":
      return new NaiveWsClock(pool, parameter);
    case "2q":
      return new NaiveTwoQueue(pool);
    case "arc":
      return new NaiveArc(pool);
    case "lirs":
      return new NaiveLirs(pool);
    case "s3fifo":
      return new NaiveS3Fifo(pool);
    case "sieve":
      return new NaiveSieve();
    case "mglru":
      return new NaiveMglru();
    case "sfifo":
      return new NaiveSegmented(pool, parameter);
  }
}

/** Takes an element out of an array. Whether it was there. */
export function without<T>(array: T[], element: T): boolean {
  const at = array.indexOf(element);
  if (at >= 0) array.splice(at, 1);
  return at >= 0;
}

/** Takes the last element, which must exist. */
export function taken<T>(array: T[]): T {
  if (array.length === 0) throw new RangeError("nothing to take");
  return array.pop() as T;
}
