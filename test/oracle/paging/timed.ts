// Policies that measure time, in lookups.

import { type NaivePolicy, type NaivePool, taken } from "./pool.js";

export class NaiveAging implements NaivePolicy {
  /** In the order of loading. */
  private readonly values = new Map<string, number>();
  private shifts = 0;
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  /** Shifts for the lookups before this one. */
  private shift(): void {
    for (; this.shifts < Math.trunc((this.pool.counts.lookups - 1) / 10_000); this.shifts++) {
      for (const [page, value] of this.values) this.values.set(page, value >> 1);
    }
  }

  hit(page: string): void {
    this.shift();
    this.values.set(page, (this.values.get(page) ?? 0) | 128);
  }

  evict(): string {
    this.shift();
    const lowest = Math.min(...this.values.values());
    const page = [...this.values.keys()].find((each) => this.values.get(each) === lowest) as string;
    this.values.delete(page);
    return page;
  }

  load(page: string): void {
    this.shift();
    this.values.set(page, 128);
  }

  drop(page: string): void {
    this.values.delete(page);
  }
}

export class NaiveWorkingSet implements NaivePolicy {
  /** From the least recently used on. */
  private readonly last = new Map<string, { process: number; time: number }>();
  private readonly pool: NaivePool;
  private readonly tau: number;

  constructor(pool: NaivePool, tau: number) {
    this.pool = pool;
    this.tau = tau;
  }

  hit(page: string): void {
    const { process, lookupsOf } = this.pool;
    this.last.delete(page);
    this.last.set(page, { process, time: lookupsOf.get(process) ?? 0 });
  }

  load(page: string): void {
    this.hit(page);
  }

  evict(): string {
    const [page] = this.last.keys();
    this.last.delete(page as string);
    return page as string;
  }

  drop(page: string): void {
    this.last.delete(page);
  }

  expired(): string[] {
    const gone = [...this.last].filter(
      ([, { process, time }]) => (this.pool.lookupsOf.get(process) ?? 0) - time >= this.tau,
    );
    for (const [page] of gone) this.last.delete(page);
    return gone.map(([page]) => page);
  }
}

export class NaiveWsClock implements NaivePolicy {
  private readonly ring: (string | undefined)[] = [];
  /** Places that became empty, in that order. */
  private readonly empty: number[] = [];
  private readonly used = new Set<string>();
  private readonly lastUse = new Map<string, number>();
  private hand = 0;
  private readonly pool: NaivePool;
  private readonly tau: number;

  constructor(pool: NaivePool, tau: number) {
    this.pool = pool;
    this.tau = tau;
  }

  hit(page: string): void {
    this.used.add(page);
  }

  evict(): string {
    const now = this.pool.counts.lookups;
    const turn = this.ring.map((_, i) => (this.hand + i) % this.ring.length);
    const old: number[] = [];
    for (const place of turn) {
      const page = this.ring[place];
      if (page === undefined) continue;
      if (this.used.delete(page)) {
        this.lastUse.set(page, now);
      } else if (now - (this.lastUse.get(page) ?? 0) > this.tau) {
        if (!this.pool.dirty.has(page)) return this.take(place);
        this.pool.write(page);
        old.push(place);
      }
    }
    const first = old[0];
    if (first !== undefined) return this.take(first);
    const uses = turn.map((place) => this.lastUse.get(this.ring[place] ?? "") ?? Number.POSITIVE_INFINITY);
    return this.take(turn[uses.indexOf(Math.min(...uses))] as number);
  }

  private take(place: number): string {
    const page = this.ring[place] as string;
    this.hand = (place + 1) % this.ring.length;
    this.drop(page);
    return page;
  }

  load(page: string): void {
    const place = this.empty.length > 0 ? taken(this.empty) : this.ring.length;
    this.ring[place] = page;
    this.used.add(page);
    this.lastUse.set(page, this.pool.counts.lookups);
  }

  drop(page: string): void {
    const place = this.ring.indexOf(page);
    if (place < 0) return;
    this.ring[place] = undefined;
    this.empty.push(place);
    this.used.delete(page);
    this.lastUse.delete(page);
  }
}
