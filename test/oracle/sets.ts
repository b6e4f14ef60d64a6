// Set-associative arrays and their policies, each as the literature tells it, on objects and lists.

import type { Policy } from "../../src/config/model.js";

export type SetsPolicy = Policy | "ideal";

/** What a policy does for one set of ways. */
interface Replacement {
  hit(way: number): void;
  fill(way: number): void;
  /** The way to empty; all are full. */
  victim(): number;
  /** The way was emptied. */
  forget(way: number): void;
}

/** Counts and draws that the sets of an array share. */
interface Shared {
  random: bigint;
  fills: number;
}

/** LRU and FIFO: the time of the last use, or of the fill. */
class Times implements Replacement {
  private readonly times: number[];
  private now = 0;
  private readonly hits: boolean;

  constructor(ways: number, hits: boolean) {
    this.times = Array(ways).fill(0);
    this.hits = hits;
  }

  hit(way: number): void {
    if (this.hits) this.fill(way);
  }

  fill(way: number): void {
    this.times[way] = ++this.now;
  }

  victim(): number {
    return this.times.indexOf(Math.min(...this.times));
  }

  forget(): void {}
}

/** A tree of halves; each remembers which of its two was used last. */
class Half {
  private readonly halves: [Half, Half] | null;
  private lowerIsNext = true;
  private readonly low: number;
  private readonly ways: number;

  /** `span` leaves from way `low` on. */
  constructor(low: number, span: number, ways: number) {
    this.low = low;
    this.ways = ways;
    this.halves =
      span === 1 ? null : [new Half(low, span / 2, ways), new Half(low + span / 2, span / 2, ways)];
  }

  use(way: number): void {
    if (!this.halves) return;
    const [lower, upper] = this.halves;
    const isLower = way < upper.low;
    (isLower ? lower : upper).use(way);
    this.lowerIsNext = !isLower;
  }

  victim(): number {
    if (!this.halves) return this.low;
    const [lower, upper] = this.halves;
    return (this.lowerIsNext || upper.low >= this.ways ? lower : upper).victim();
  }
}

class Tree implements Replacement {
  private readonly root: Half;

  constructor(ways: number) {
    this.root = new Half(0, 2 ** Math.ceil(Math.log2(ways)), ways);
  }

  hit(way: number): void {
    this.root.use(way);
  }

  fill(way: number): void {
    this.root.use(way);
  }

  victim(): number {
    return this.root.victim();
  }

  forget(): void {}
}

class NotRecentlyUsed implements Replacement {
  private used = new Set<number>();
  private readonly ways: number;

  constructor(ways: number) {
    this.ways = ways;
  }

  hit(way: number): void {
    this.used.add(way);
    if (this.used.size === this.ways) this.used = new Set([way]);
  }

  fill(way: number): void {
    this.hit(way);
  }

  victim(): number {
    for (let way = 0; way < this.ways; way++) if (!this.used.has(way)) return way;
    return 0;
  }

  forget(way: number): void {
    this.used.delete(way);
  }
}

class Random implements Replacement {
  private readonly shared: Shared;
  private readonly ways: number;

  constructor(ways: number, shared: Shared) {
    this.ways = ways;
    this.shared = shared;
  }

  hit(): void {}
  fill(): void {}

  victim(): number {
    let x = this.shared.random;
    x ^= BigInt.asUintN(64, x << 13n);
    x ^= x >> 7n;
    x ^= BigInt.asUintN(64, x << 17n);
    this.shared.random = x;
    return Number(x % BigInt(this.ways));
  }

  forget(): void {}
}

/** Re-reference prediction: `fillValue` of each fill; the victim is at `most`. */
class Predicted implements Replacement {
  private readonly values: number[];
  private readonly most: number;
  private readonly fillValue: () => number;

  constructor(ways: number, most: number, fillValue: () => number) {
    this.values = Array(ways).fill(most);
    this.most = most;
    this.fillValue = fillValue;
  }

  hit(way: number): void {
    this.values[way] = 0;
  }

  fill(way: number): void {
    this.values[way] = this.fillValue();
  }

  victim(): number {
    while (!this.values.includes(this.most)) {
      for (const [way, value] of this.values.entries()) this.values[way] = value + 1;
    }
    return this.values.indexOf(this.most);
  }

  forget(): void {}
}

class LeastFrequent implements Replacement {
  private readonly counts: number[];

  constructor(ways: number) {
    this.counts = Array(ways).fill(0);
  }

  hit(way: number): void {
    this.counts[way] = (this.counts[way] ?? 0) + 1;
  }

  fill(way: number): void {
    this.counts[way] = 1;
  }

  victim(): number {
    return this.counts.indexOf(Math.min(...this.counts));
  }

  forget(): void {}
}

function replacement(policy: Policy, ways: number, shared: Shared): Replacement {
  switch (policy) {
    case "lru":
    case "fifo":
      return new Times(ways, policy === "lru");
    case "plru":
      return new Tree(ways);
    case "nru":
      return new NotRecentlyUsed(ways);
    case "random":
      return new Random(ways, shared);
    case "srrip":
      return new Predicted(ways, 3, () => 2);
    case "brrip":
      return new Predicted(ways, 7, () => (shared.fills++ % 64 === 0 ? 6 : 7));
    case "lfu":
      return new LeastFrequent(ways);
  }
}

/** One set: words (0 is none) and the policy. A set without bound never asks it. */
class NaiveSet {
  readonly words: bigint[];
  private readonly policy: Replacement | null;

  constructor(ways: number, policy: Replacement | null) {
    this.words = policy ? Array(ways).fill(0n) : [];
    this.policy = policy;
  }

  find(key: bigint, loose: bigint): number {
    return this.words.findIndex((word) => (word | loose) === (key | loose));
  }

  hit(way: number): void {
    this.policy?.hit(way);
  }

  insert(word: bigint): bigint {
    if (!this.policy) {
      this.words.push(word);
      return 0n;
    }
    const empty = this.words.indexOf(0n);
    const way = empty >= 0 ? empty : this.policy.victim();
    const gone = this.words[way] ?? 0n;
    this.words[way] = word;
    this.policy.fill(way);
    return gone;
  }

  drop(way: number): void {
    this.words[way] = 0n;
    this.policy?.forget(way);
  }
}

/** The naive twin of the core's `Sets`; words in place of places. */
export class NaiveSets {
  private readonly sets: NaiveSet[];
  private readonly index: "mod" | "xor";

  /** `random`: the first state of its generator. For `ideal` sets and ways mean nothing. */
  constructor(sets: number, ways: number, policy: SetsPolicy, index: "mod" | "xor" = "mod", random = 1n) {
    const shared: Shared = { random, fills: 0 };
    const count = policy === "ideal" ? 1 : sets;
    this.index = index;
    this.sets = Array.from(
      { length: count },
      () => new NaiveSet(ways, policy === "ideal" ? null : replacement(policy, ways, shared)),
    );
  }

  setOf(number: bigint): number {
    const sets = BigInt(this.sets.length);
    const upper = this.index === "xor" ? number / sets : 0n;
    return Number((number % sets) ^ (upper % sets));
  }

  /** The word that is `key` in all bits but the `loose` ones, or 0. */
  find(set: number, key: bigint, loose: bigint): bigint {
    return this.at(set).words[this.at(set).find(key, loose)] ?? 0n;
  }

  /** The same, as a use. */
  touch(set: number, key: bigint, loose: bigint): bigint {
    const way = this.at(set).find(key, loose);
    if (way >= 0) this.at(set).hit(way);
    return this.at(set).words[way] ?? 0n;
  }

  insert(set: number, word: bigint): bigint {
    return this.at(set).insert(word);
  }

  /** Other state bits for a word; no use. */
  replace(set: number, word: bigint, other: bigint): void {
    const { words } = this.at(set);
    words[words.indexOf(word)] = other;
  }

  drop(set: number, word: bigint): void {
    this.at(set).drop(this.at(set).words.indexOf(word));
  }

  dropWhere(matches: (word: bigint) => boolean): number {
    let dropped = 0;
    for (const set of this.sets) {
      for (const [way, word] of set.words.entries()) {
        if (word === 0n || !matches(word)) continue;
        set.drop(way);
        dropped++;
      }
    }
    return dropped;
  }

  dropAll(): number {
    return this.dropWhere(() => true);
  }

  /** The words of a set, in no order that means anything. */
  words(set: number): bigint[] {
    return this.at(set).words.filter((word) => word !== 0n);
  }

  private at(set: number): NaiveSet {
    const found = this.sets[set];
    if (!found) throw new RangeError(`set ${set} of ${this.sets.length}`);
    return found;
  }
}

/** The first state of array `number` under a seed: splitmix64, never 0. */
export function naiveSeedState(seed: bigint, number: bigint): bigint {
  return naiveSplitmix(seed * 4096n + number) || 1n;
}

/** The output of splitmix64 for a state. */
export function naiveSplitmix(state: bigint): bigint {
  const wrap = (x: bigint) => BigInt.asUintN(64, x);
  let z = wrap(state + 0x9e3779b97f4a7c15n);
  z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}
