// The same machine as an afternoon's work in JavaScript: Maps, whose order of insertion is the order of use.

import type { Columns } from "./columns.js";

const PAGE = 4096;

/** A set-associative LRU structure, a Map a set. */
class LruSets {
  private readonly sets: Map<number, boolean>[];
  private readonly ways: number;

  constructor(entries: number, ways: number) {
    this.sets = Array.from({ length: entries / ways }, () => new Map());
    this.ways = ways;
  }

  touch(key: number): boolean {
    const set = this.sets[key % this.sets.length];
    if (!set?.delete(key)) return false;
    set.set(key, true);
    return true;
  }

  insert(key: number): void {
    const set = this.sets[key % this.sets.length];
    if (!set) return;
    if (set.size === this.ways) set.delete(set.keys().next().value as number);
    set.set(key, true);
  }
}

export class MapSimulator {
  readonly misses = { l1i: 0, l1d: 0, stlb: 0 };
  readonly pages = new Map<number, { dirty: boolean }>();
  lookups = 0;
  pteReads = 0;
  private readonly l1i = new LruSets(128, 8);
  private readonly l1d = new LruSets(64, 4);
  private readonly stlb = new LruSets(1536, 12);
  private readonly walkCaches = [new LruSets(4, 4), new LruSets(8, 4), new LruSets(32, 8)];

  replay({ addresses, infos }: Columns): void {
    for (let i = 0; i < infos.length; i++) {
      const va = Number(addresses[i]);
      const info = infos[i] ?? 0;
      const last = va + (info >>> 12);
      const kind = (info >> 4) & 3;
      if (kind !== 3) this.access(va, last, kind);
      else {
        this.access(va, last, 1);
        this.access(va, last, 2);
      }
    }
  }

  private access(va: number, last: number, kind: number): void {
    const end = Math.floor(last / PAGE);
    for (let page = Math.floor(va / PAGE); page <= end; page++) this.lookup(page, kind);
  }

  private lookup(page: number, kind: number): void {
    this.lookups++;
    const first = kind === 0 ? this.l1i : this.l1d;
    if (!first.touch(page)) {
      this.misses[kind === 0 ? "l1i" : "l1d"]++;
      if (!this.stlb.touch(page)) {
        this.misses.stlb++;
        this.walk(page);
        this.stlb.insert(page);
      }
      first.insert(page);
    }
    if (kind !== 2) return;
    const entry = this.pages.get(page);
    if (entry) entry.dirty = true;
  }

  private walk(page: number): void {
    const keys = [Math.floor(page / 2 ** 27), Math.floor(page / 2 ** 18), Math.floor(page / 2 ** 9)];
    let start = 0;
    keys.forEach((key, level) => {
      if (this.walkCaches[level]?.touch(key)) start = level + 1;
    });
    this.pteReads += 4 - start;
    for (let level = start; level < 3; level++) this.walkCaches[level]?.insert(keys[level] ?? 0);
    if (!this.pages.has(page)) this.pages.set(page, { dirty: false });
  }
}
