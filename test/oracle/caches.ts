// Data caches as lists of lines, level after level.

import type { Access, CacheConfig } from "../../src/config/model.js";
import type { CacheStats } from "../../src/engine/stats.js";
import { NaiveSets, naiveSeedState } from "./sets.js";

type Asker = Access | "walk";

const UNITS = { "": 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 } as const;

/** Bytes of a size: 64, 48K, 2M. */
export function bytesOfSize(size: string): number {
  const [, number, unit] = /^(\d+)([KMG]?)$/.exec(size) ?? [];
  return Number(number) * UNITS[(unit ?? "") as keyof typeof UNITS];
}

/** One cache. A word is the line's number, a one, and whether it is dirty. */
class NaiveCache {
  readonly config: CacheConfig;
  readonly stats: CacheStats = {
    accesses: 0,
    hits: 0,
    misses: 0,
    writebacks: 0,
    byKind: { instruction: 0, load: 0, store: 0, walk: 0 },
  };
  private readonly sets: NaiveSets;

  constructor(config: CacheConfig, random: bigint) {
    this.config = config;
    const sets = bytesOfSize(config.size) / config.line / config.ways;
    this.sets = new NaiveSets(sets, config.ways, config.policy, "mod", random);
  }

  /** Whether the line of `pa` is here, as a use. */
  has(va: bigint, pa: bigint, asker: Asker): boolean {
    const found = this.sets.touch(this.setOf(va, pa), this.clean(pa), 1n) !== 0n;
    this.stats.accesses++;
    this.stats.byKind[asker]++;
    if (found) this.stats.hits++;
    else this.stats.misses++;
    return found;
  }

  /** Puts the line of `pa` in. The first byte of a dirty line that had to go, or null. */
  fill(va: bigint, pa: bigint): bigint | null {
    const gone = this.sets.insert(this.setOf(va, pa), this.clean(pa));
    if (gone % 2n === 0n) return null;
    this.stats.writebacks++;
    return (gone / 4n) * BigInt(this.config.line);
  }

  /** The line of `pa`, if it is here, is dirty from now on; no use. Whether it is here. */
  dirty(va: bigint, pa: bigint): boolean {
    const set = this.setOf(va, pa);
    const word = this.sets.find(set, this.clean(pa), 1n);
    if (word === 0n) return false;
    this.sets.replace(set, word, word | 1n);
    return true;
  }

  private setOf(va: bigint, pa: bigint): number {
    return this.sets.setOf((this.config.vipt ? va : pa) / BigInt(this.config.line));
  }

  private clean(pa: bigint): bigint {
    return (pa / BigInt(this.config.line)) * 4n + 2n;
  }
}

/** All data caches of a machine. */
export class NaiveCaches {
  /** Cycles of the data accesses. */
  dataCycles = 0n;
  private readonly caches: NaiveCache[];
  private readonly memory: number;

  constructor(configs: readonly CacheConfig[], memory: number, seed: number) {
    this.memory = memory;
    this.caches = configs.map(
      (config, i) => new NaiveCache(config, naiveSeedState(BigInt(seed), 2048n + BigInt(i))),
    );
  }

  /** A data access within one page. */
  access(va: bigint, pa: bigint, bytes: number, kind: Access): void {
    if (this.caches.length === 0) return;
    for (const at of this.firstBytes(pa, bytes, kind)) {
      const server = this.read(va + (at - pa), at, kind);
      this.dataCycles += BigInt(server ? server.config.latency : this.memory);
      if (kind === "store") this.chain(kind)[0]?.dirty(va + (at - pa), at);
    }
  }

  /** The read of a page-table entry: the level that served it, 0 for memory, and its cycles. */
  walkRead(pa: bigint): { level: number; cycles: number } {
    const server = this.read(pa, pa, "walk");
    return { level: server?.config.level ?? 0, cycles: server?.config.latency ?? this.memory };
  }

  /** By name, in the order of their levels. */
  stats(): Record<string, CacheStats> {
    return Object.fromEntries(
      [...this.caches].sort(byLevel).map(({ config, stats }) => [config.name, structuredClone(stats)]),
    );
  }

  private chain(asker: Asker): NaiveCache[] {
    const kind = asker === "walk" ? "load" : asker;
    return this.caches.filter(({ config }) => config.kinds.includes(kind)).sort(byLevel);
  }

  /** The first byte that is touched of each line of the nearest cache. */
  private firstBytes(pa: bigint, bytes: number, kind: Access): bigint[] {
    const line = BigInt(this.chain(kind)[0]?.config.line ?? 0);
    const all = Array.from({ length: bytes }, (_, i) => pa + BigInt(i));
    return all.filter((at) => at === pa || (line !== 0n && at % line === 0n));
  }

  /** The cache that had the line, after those before it were filled, the farthest first. */
  private read(va: bigint, pa: bigint, asker: Asker): NaiveCache | undefined {
    const chain = this.chain(asker);
    const server = chain.findIndex((cache) => cache.has(va, pa, asker));
    const missed = server < 0 ? chain.length : server;
    for (let i = missed - 1; i >= 0; i--) this.writeBack(chain, i + 1, chain[i]?.fill(va, pa) ?? null);
    return chain[server];
  }

  /** A dirty line reaches the cache at `place`, and perhaps drives out another. */
  private writeBack(chain: readonly NaiveCache[], place: number, pa: bigint | null): void {
    const cache = chain[place];
    if (!cache || pa === null || cache.dirty(pa, pa)) return;
    const gone = cache.fill(pa, pa);
    cache.dirty(pa, pa);
    this.writeBack(chain, place + 1, gone);
  }
}

function byLevel(one: NaiveCache, other: NaiveCache): number {
  return one.config.level - other.config.level;
}
