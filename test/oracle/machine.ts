// The model of docs/model.md in Maps and arrays: slow, and obviously right. It shares no code with the core.

import type { Access, Config, Kind, TlbConfig, WalkCacheConfig } from "../../src/config/model.js";
import type { FaultEntry, MachineStats, TlbStats } from "../../src/engine/stats.js";

export interface OracleRecord {
  va: bigint;
  size: number;
  kind: Kind;
}

const TOP = 1n << 64n;
const SHIFTS = { "4K": 12n, "2M": 21n, "1G": 30n } as const;
/** Levels above the leaves, from the root, and what they shift an address by. */
const LEVELS = [
  { name: "pml4", shift: 39n },
  { name: "pdpt", shift: 30n },
  { name: "pd", shift: 21n },
  { name: "pt", shift: 12n },
] as const;

const ACCESSES: readonly Access[] = ["instruction", "load", "store"];

/** A set-associative structure: each set a list of keys, the most recent first. */
class Sets {
  private readonly lists = new Map<bigint, bigint[]>();
  private readonly sets: bigint;
  private readonly ways: number;

  constructor({ entries, ways }: { entries: number; ways: number }) {
    this.sets = BigInt(entries / ways);
    this.ways = ways;
  }

  private list(key: bigint): bigint[] {
    const index = key % this.sets;
    const list = this.lists.get(index) ?? [];
    this.lists.set(index, list);
    return list;
  }

  /** Whether the key is held; it becomes the most recent. */
  touch(key: bigint): boolean {
    const list = this.list(key);
    const at = list.indexOf(key);
    if (at < 0) return false;
    list.splice(at, 1);
    list.unshift(key);
    return true;
  }

  insert(key: bigint): void {
    const list = this.list(key);
    list.unshift(key);
    if (list.length > this.ways) list.pop();
  }
}

type Tally = Record<Access, { hits: number; misses: number }>;

const tally = (): Tally => ({
  instruction: { hits: 0, misses: 0 },
  load: { hits: 0, misses: 0 },
  store: { hits: 0, misses: 0 },
});

export class Oracle {
  private readonly config: Config;
  private readonly shift: bigint;
  private readonly tlbs: { config: TlbConfig; sets: Sets; tally: Tally }[];
  private readonly caches: { config: WalkCacheConfig; sets: Sets; hits: number; misses: number }[];
  private readonly pages = new Map<bigint, { dirty: boolean }>();
  private readonly tables = new Set<string>();
  private readonly kinds: Record<Kind, number> = { instruction: 0, load: 0, store: 0, modify: 0 };
  private readonly walks: Record<Access, number> = { instruction: 0, load: 0, store: 0 };
  private readonly faults: FaultEntry[] = [];
  private accesses = 0;
  private pageCrossings = 0;
  private pteReads = 0;
  private dirtyAssists = 0;
  private segv = 0;
  private stopped = false;
  private records = 0;

  constructor(config: Config) {
    this.config = config;
    this.shift = SHIFTS[config.pageSize];
    this.tlbs = config.tlb.map((config) => ({ config, sets: new Sets(config), tally: tally() }));
    this.caches = config.walkCache.map((config) => ({ config, sets: new Sets(config), hits: 0, misses: 0 }));
  }

  replay(records: readonly OracleRecord[]): void {
    for (const record of records) {
      if (this.stopped) return;
      this.record(record);
    }
  }

  private record({ va, size, kind }: OracleRecord): void {
    this.records++;
    this.kinds[kind]++;
    const once = this.config.count.modify === "once";
    const accesses: Access[] = kind === "modify" ? (once ? ["store"] : ["load", "store"]) : [kind];
    for (const access of accesses) {
      if (!this.access(va, Math.max(size, 1), access)) return;
    }
  }

  /** False if it faulted. */
  private access(va: bigint, size: number, access: Access): boolean {
    const first = va >> this.shift;
    const last = this.config.count.crossing === "first" ? first : (va + BigInt(size) - 1n) >> this.shift;
    for (let page = first; page <= last; page++) {
      const at = page === first ? va : page << this.shift;
      if (at >= TOP || !isCanonical(at)) {
        // Behind the last address there is none to name: the access's own stands for it.
        this.fault(at >= TOP ? va : at, access);
        return false;
      }
      if (page !== first) this.pageCrossings++;
      this.lookup(at, access);
    }
    return true;
  }

  private fault(va: bigint, access: Access): void {
    this.segv++;
    this.stopped = this.config.onFault === "stop";
    if (this.faults.length >= 100) return;
    this.faults.push({
      record: this.records,
      pid: 1,
      va: `0x${va.toString(16)}`,
      kind: "segv",
      region: null,
      access,
    });
  }

  private lookup(va: bigint, access: Access): void {
    this.accesses++;
    const key = (va % (1n << 48n)) >> this.shift;
    const missed: typeof this.tlbs = [];
    for (const tlb of this.tlbs) {
      const { kinds, pageSizes } = tlb.config;
      if (!kinds.includes(access) || !pageSizes.includes(this.config.pageSize)) continue;
      if (tlb.sets.touch(key)) {
        tlb.tally[access].hits++;
        const page = this.pages.get(key);
        if (access === "store" && page && !page.dirty) {
          page.dirty = true;
          this.dirtyAssists++;
        }
        for (const above of missed) above.sets.insert(key);
        return;
      }
      tlb.tally[access].misses++;
      missed.push(tlb);
    }
    this.walk(va, key, access);
    for (const above of missed) above.sets.insert(key);
  }

  private walk(va: bigint, key: bigint, access: Access): void {
    this.walks[access]++;
    const space = va % (1n << 48n);
    const levels = LEVELS.filter(({ shift }) => shift >= this.shift);
    const upper = levels.slice(0, -1);
    let start = 0;
    let served: { hits: number } | undefined;
    for (const cache of this.caches) {
      const depth = upper.findIndex(({ name }) => name === cache.config.level);
      const found = depth >= 0 && cache.sets.touch(space >> LEVELS[depth as 0].shift);
      if (!found) cache.misses++;
      else if (depth + 1 > start) {
        start = depth + 1;
        served = cache;
      }
    }
    if (served) served.hits++;
    this.pteReads += levels.length - start;
    for (const { name, shift } of upper.slice(start)) {
      this.caches.find(({ config }) => config.level === name)?.sets.insert(space >> shift);
    }
    levels.forEach(({ name }, depth) => {
      const above = LEVELS[(depth - 1) as 0];
      this.tables.add(`${name} ${depth === 0 ? 0n : space >> above.shift}`);
    });
    const page = this.pages.get(key) ?? { dirty: false };
    if (access === "store") page.dirty = true;
    this.pages.set(key, page);
  }

  stats(): MachineStats {
    const { config } = this;
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
    const touched = { "4K": 0, "2M": 0, "1G": 0, [config.pageSize]: this.pages.size };
    const tlb = Object.fromEntries(this.tlbs.map(({ config, tally }) => [config.name, tlbStats(tally)]));
    const probes = config.tlb.reduce(
      (all, { name, latency }) => all + (tlb[name]?.accesses ?? 0) * latency,
      0,
    );
    const walkCycles = this.pteReads * config.latency.memory;
    const faultCycles = this.pages.size * config.latency.minorFault;
    const total = probes + walkCycles + faultCycles;
    return {
      accesses: this.accesses,
      pageCrossings: this.pageCrossings,
      kinds: this.kinds,
      tlb,
      walk: {
        walks: sum(this.walks),
        byKind: this.walks,
        pteReads: this.pteReads,
        dirtyAssists: this.dirtyAssists,
        cycles: walkCycles,
        caches: Object.fromEntries(
          this.caches.map(({ config, hits, misses }) => [config.level, { hits, misses }]),
        ),
        servedBy: { l1: 0, l2: 0, l3: 0, memory: this.pteReads },
      },
      pages: {
        touched,
        dirty: [...this.pages.values()].filter(({ dirty }) => dirty).length,
        tables: this.tables.size,
        tableBytes: this.tables.size * 4096,
      },
      faults: { minor: this.pages.size, major: 0, cow: 0, protection: 0, segv: this.segv, bus: 0 },
      paging: {
        policy: "lru",
        frames: null,
        resident: this.pages.size,
        pageIns: 0,
        pageOuts: 0,
        evictions: 0,
      },
      cycles: {
        total,
        translation: probes + walkCycles,
        faults: faultCycles,
        perAccess: this.accesses > 0 ? total / this.accesses : 0,
      },
      faultList: this.faults,
      faultListTotal: this.segv,
    };
  }
}

function tlbStats(counts: Tally): TlbStats {
  const used = ACCESSES.map((kind) => [kind, counts[kind]] as const).map(
    ([kind, { hits, misses }]) => [kind, { accesses: hits + misses, hits, misses }] as const,
  );
  const total = (field: "accesses" | "hits" | "misses") =>
    used.reduce((all, [, part]) => all + part[field], 0);
  return {
    accesses: total("accesses"),
    hits: total("hits"),
    misses: total("misses"),
    byKind: Object.fromEntries(used.filter(([, part]) => part.accesses > 0)),
  };
}

/** Bits 63 to 47 are all alike. */
function isCanonical(va: bigint): boolean {
  return va < 1n << 47n || va >= TOP - (1n << 47n);
}
