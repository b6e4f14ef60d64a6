// TLB prefetchers and their buffer, as the literature tells them, on lists and Maps.

import type { PrefetchConfig } from "../../src/config/model.js";

const wrap = (number: bigint) => BigInt.asUintN(64, number);

/** Rows by key, at most `size` of them; the one used longest ago goes first. A Map is in the order of insertion. */
class Rows<Row> {
  private readonly rows = new Map<bigint, Row>();
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  /** The row of a key, as a use. */
  use(key: bigint): Row | undefined {
    const row = this.rows.get(key);
    if (row === undefined) return undefined;
    this.rows.delete(key);
    this.rows.set(key, row);
    return row;
  }

  set(key: bigint, row: Row): void {
    this.rows.delete(key);
    this.rows.set(key, row);
    const [oldest] = this.rows.keys();
    if (this.rows.size > this.size && oldest !== undefined) this.rows.delete(oldest);
  }
}

interface Predictor {
  miss(vpn: bigint, pc: bigint, key: bigint): bigint[];
  evicted?(key: bigint): void;
}

class Next implements Predictor {
  private readonly degree: number;

  constructor(degree: number) {
    this.degree = degree;
  }

  miss(vpn: bigint): bigint[] {
    return Array.from({ length: this.degree }, (_, i) => vpn + BigInt(i + 1));
  }
}

class Stride implements Predictor {
  private readonly rows: Rows<{ last: bigint; stride: bigint }>;
  private readonly degree: number;

  constructor(degree: number, entries: number) {
    this.degree = degree;
    this.rows = new Rows(entries);
  }

  miss(vpn: bigint, pc: bigint): bigint[] {
    const row = this.rows.use(pc);
    const stride = row ? wrap(vpn - row.last) : 0n;
    this.rows.set(pc, { last: vpn, stride });
    if (!row || stride === 0n || stride !== row.stride) return [];
    return Array.from({ length: this.degree }, (_, i) => vpn + stride * BigInt(i + 1));
  }
}

class Distance implements Predictor {
  private readonly rows: Rows<bigint[]>;
  private readonly degree: number;
  private vpn: bigint | null = null;
  private distance: bigint | null = null;

  constructor(degree: number, entries: number) {
    this.degree = degree;
    this.rows = new Rows(entries);
  }

  miss(vpn: bigint): bigint[] {
    const before = this.vpn;
    this.vpn = vpn;
    if (before === null) return [];
    const distance = wrap(vpn - before);
    if (this.distance !== null) {
      const others = (this.rows.use(this.distance) ?? []).filter((other) => other !== distance);
      this.rows.set(this.distance, [distance, ...others].slice(0, this.degree));
    }
    this.distance = distance;
    return (this.rows.use(distance) ?? []).map((successor) => vpn + successor);
  }
}

class Recency implements Predictor {
  /** The newest first. */
  private stack: bigint[] = [];
  private readonly degree: number;

  constructor(degree: number) {
    this.degree = degree;
  }

  miss(_vpn: bigint, _pc: bigint, key: bigint): bigint[] {
    const at = this.stack.indexOf(key);
    if (at < 0) return [];
    const neighbours = [...this.stack.slice(0, at).slice(-1), ...this.stack.slice(at + 1, at + 2)];
    this.stack = this.stack.filter((page) => page !== key);
    return neighbours.slice(0, this.degree);
  }

  evicted(key: bigint): void {
    this.stack = [key, ...this.stack.filter((page) => page !== key)];
  }
}

/** The naive twin of the core's `Prefetcher`. */
export class NaivePrefetcher {
  private readonly predictor: Predictor;

  constructor({ policy, degree, entries }: PrefetchConfig) {
    if (policy === "next") this.predictor = new Next(degree);
    else if (policy === "stride") this.predictor = new Stride(degree, entries);
    else if (policy === "distance") this.predictor = new Distance(degree, entries);
    else this.predictor = new Recency(degree);
  }

  /**
   * Learns the miss of page `vpn` by the instruction at `pc`. The pages now expected, in order, modulo 2^64: numbers, but under recency
   * keys. `key` names the page for recency.
   */
  miss(vpn: bigint, pc: bigint, key: bigint): bigint[] {
    return this.predictor.miss(vpn, pc, key).map(wrap);
  }

  /** Learns that the last TLB gave up a page. */
  evicted(key: bigint): void {
    this.predictor.evicted?.(key);
  }
}

/** The naive twin of the core's `Buffer`: words, the oldest first. `loose`: bits of a word that are not its name. */
export class NaiveBuffer {
  private words: bigint[] = [];
  private readonly entries: number;

  constructor(entries: number) {
    this.entries = entries;
  }

  get length(): number {
    return this.words.length;
  }

  holds(key: bigint, loose: bigint): boolean {
    return this.words.some((word) => (word | loose) === (key | loose));
  }

  /** Takes out the word that is `key`: it, or 0. */
  take(key: bigint, loose: bigint): bigint {
    const found = this.words.find((word) => (word | loose) === (key | loose)) ?? 0n;
    this.words = this.words.filter((word) => word !== found);
    return found;
  }

  /** Puts in a word that is not held: the one that had to go, or 0. */
  put(word: bigint): bigint {
    this.words.push(word);
    return (this.words.length > this.entries && this.words.shift()) || 0n;
  }

  /** How many words went. */
  dropWhere(matches: (word: bigint) => boolean): number {
    const before = this.words.length;
    this.words = this.words.filter((word) => !matches(word));
    return before - this.words.length;
  }
}
