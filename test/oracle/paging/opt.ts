import type { NaivePolicy, NaivePool } from "./pool.js";

/** Looks ahead in the lookups themselves. Pages are named `process:page`. */
export class NaiveOpt implements NaivePolicy {
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  hit(): void {}

  evict(): string {
    const { pool } = this;
    const key = (page: string) => [
      this.nextOf(page),
      pool.dirty.has(page) ? 1 : 0,
      ...page.split(":").map(Number),
    ];
    const order = [...pool.resident].sort((a, b) => {
      const [nextA = 0, ...restA] = key(a);
      const [nextB = 0, ...restB] = key(b);
      if (nextA !== nextB) return nextB - nextA;
      const place = restA.findIndex((word, i) => word !== restB[i]);
      return (restA[place] ?? 0) - (restB[place] ?? 0);
    });
    return order[0] as string;
  }

  private nextOf(page: string): number {
    const { future, counts } = this.pool;
    const next = future.findIndex((lookup, at) => at >= counts.lookups && lookup.page === page);
    return next < 0 ? Number.MAX_SAFE_INTEGER : next;
  }

  load(): void {}

  drop(): void {}
}
