import { ACCESSES, type Access, type Config, type PageSize } from "../config/model.js";
import { deepFreeze } from "../freeze.js";
import { accessNumber } from "./codes.js";
import type { Core } from "./core.js";

/** A whole number: a decimal string where it is above 2^53, and a number cannot be exact. */
export type Count = number | string;

/** Lookups of one TLB. `hits + misses` is `accesses`. */
export interface TlbStats {
  accesses: number;
  hits: number;
  misses: number;
  /** The same, of each kind of access that reached this TLB. */
  byKind: Partial<Record<Access, { accesses: number; hits: number; misses: number }>>;
}

/** One data cache: an access is of one line. */
export interface CacheStats {
  accesses: number;
  hits: number;
  misses: number;
  /** Dirty lines that it gave up. */
  writebacks: number;
  /** Accesses by what asked: kinds of access, and walks. */
  byKind: { instruction: number; load: number; store: number; walk: number };
}

/** A TLB prefetcher. `issued` = `hits` + `unmapped` + `evicted` + `dropped` + `held`. */
export interface PrefetchStats {
  /** Walks ahead of need, and the entries they read. */
  issued: number;
  pteReads: number;
  /** Misses that the buffer answered. */
  hits: number;
  /** Walks that found nothing mapped; pages that left the buffer unused; that were flushed from it; that are there still. */
  unmapped: number;
  evicted: number;
  dropped: number;
  held: number;
  /** hits / (hits + walks), and hits / issued; 0 of none. */
  coverage: number;
  accuracy: number;
}

/** Everything that a machine counts. `docs/model.md` says what each count means. */
export interface MachineStats {
  /** Lookups at the first TLB level, and those of them that page crossings added. */
  accesses: number;
  pageCrossings: number;
  /** Records replayed, by kind. */
  kinds: { instruction: number; load: number; store: number; modify: number };
  /** By name, in the order of their levels. */
  tlb: Record<string, TlbStats>;
  walk: {
    walks: number;
    byKind: Record<Access, number>;
    pteReads: number;
    dirtyAssists: number;
    /** Cycles of the page-table reads. */
    cycles: Count;
    caches: Record<string, { hits: number; misses: number }>;
    servedBy: { l1: number; l2: number; l3: number; memory: number };
    /** Reads of both tables, and the TLB of guest-physical pages. Only of nested tables. */
    nested?: {
      guestReads: number;
      hostReads: number;
      tlb: { hits: number; misses: number } | null;
      caches: Record<string, { hits: number; misses: number }>;
      tables: number;
      tableBytes: number;
    };
  };
  pages: {
    /** Mapped leaves by size. */
    touched: Record<PageSize, number>;
    dirty: number;
    tables: number;
    tableBytes: number;
    /** Tables and their bytes by the level's name; `table` of a table that is no tree. */
    byLevel: Record<string, { tables: number; bytes: number }>;
    /** What one table of all pages of the smallest size would take, for each process. */
    flatBytes: Count;
    /** Pages that were made larger, and smaller. */
    promoted: number;
    demoted: number;
  };
  /** Context switches on a core, address-space ids taken from one process for another, flushes and the entries that they dropped. */
  context: { switches: number; recycled: number };
  flushes: { all: number; asid: number; page: number; entries: number };
  /** Invalidations that other cores had to be told of, and how many were told. */
  shootdowns: { sent: number; received: number };
  /** By name. Only where there are data caches. */
  caches?: Record<string, CacheStats>;
  prefetch?: PrefetchStats;
  /** TLB hits that were held against the tables, and those that differed. Only with `validate`. */
  validation?: { checked: number; failed: number };
  faults: { minor: number; major: number; cow: number; protection: number; segv: number; bus: number };
  paging: {
    policy: string;
    /** null: no limit. */
    frames: number | null;
    resident: number;
    pageIns: number;
    pageOuts: number;
    evictions: number;
  };
  /** `data`: the data accesses; 0 where there are no caches to time them. */
  cycles: { total: Count; translation: Count; data: Count; faults: Count; perAccess: number };
  /** The first faults that ended an access, at most 100, and how many there were in all. */
  faultList: FaultEntry[];
  faultListTotal: number;
}

export interface FaultEntry {
  /** The record's number in its trace, from 1; null for an access by `translate`. */
  record: number | null;
  pid: number;
  /** Hexadecimal. */
  va: string;
  kind: "segv" | "protection";
  /** The configured region's first byte, hexadecimal; null outside all. */
  region: string | null;
  access: Access;
}

/** Where a configured part keeps its counts in linear memory. @internal */
export interface Part {
  name: string;
  counts: number;
}

const TABLE_BYTES = 4096;

/** Reads a machine's counts out of linear memory. @internal */
export function readStats(
  core: Core,
  config: Config,
  tlbs: readonly Part[],
  walkCaches: readonly Part[],
): MachineStats {
  const { Counter } = core.enums;
  const counters = core.counters();
  const at = (slot: number): number => counters[slot] ?? 0;
  const byAccess = (first: number): Record<Access, number> => ({
    instruction: at(first + accessNumber(core, "instruction")),
    load: at(first + accessNumber(core, "load")),
    store: at(first + accessNumber(core, "store")),
  });

  const lookups = byAccess(Counter.InstructionLookups);
  const walks = byAccess(Counter.InstructionWalks);
  const touched = { "4K": at(Counter.Pages4K), "2M": at(Counter.Pages2M), "1G": at(Counter.Pages1G) };
  const tables = at(Counter.TablePages);
  const pteReads = at(Counter.PteReads);
  const minor = at(Counter.MinorFaults);
  const segv = at(Counter.SegvFaults);
  const accesses = sum(lookups);
  const tlb = Object.fromEntries(tlbs.map(({ name, counts }) => [name, readTlb(core, counts)]));

  const { latency } = config;
  const walkCycles = cost(pteReads, latency.memory);
  const probeCycles = config.tlb.map((part) => cost(tlb[part.name]?.accesses ?? 0, part.latency));
  const translation = [walkCycles, ...probeCycles].reduce((sum, cycles) => sum + cycles, 0n);
  const faultCycles = cost(minor, latency.minorFault);
  const total = translation + faultCycles;

  return deepFreeze({
    accesses,
    pageCrossings: at(Counter.PageCrossings),
    kinds: {
      instruction: at(Counter.InstructionRecords),
      load: at(Counter.LoadRecords),
      store: at(Counter.StoreRecords),
      modify: at(Counter.ModifyRecords),
    },
    tlb,
    walk: {
      walks: sum(walks),
      byKind: walks,
      pteReads,
      dirtyAssists: at(Counter.DirtyAssists),
      cycles: count(walkCycles),
      caches: Object.fromEntries(walkCaches.map(({ name, counts }) => [name, readWalkCache(core, counts)])),
      servedBy: { l1: 0, l2: 0, l3: 0, memory: pteReads },
    },
    pages: { touched, dirty: at(Counter.PagesDirty), tables, tableBytes: tables * TABLE_BYTES },
    faults: { minor, major: 0, cow: 0, protection: 0, segv, bus: 0 },
    paging: {
      policy: config.memory.policy,
      frames: config.memory.frames,
      resident: touched[config.pageSize],
      pageIns: 0,
      pageOuts: 0,
      evictions: 0,
    },
    cycles: {
      total: count(total),
      translation: count(translation),
      faults: count(faultCycles),
      perAccess: accesses > 0 ? Number(total) / accesses : 0,
    },
    faultList: readFaults(core),
    faultListTotal: segv,
  });
}

function readTlb(core: Core, address: number): TlbStats {
  const { TlbCount } = core.enums;
  const counts = core.numbers(address, TlbCount.Length);
  const kinds = ACCESSES.map((kind) => {
    const number = accessNumber(core, kind);
    const hits = counts[TlbCount.InstructionHits + number] ?? 0;
    const misses = counts[TlbCount.InstructionMisses + number] ?? 0;
    return [kind, { accesses: hits + misses, hits, misses }] as const;
  });
  const total = (field: "accesses" | "hits" | "misses") =>
    kinds.reduce((all, [, counted]) => all + counted[field], 0);
  return {
    accesses: total("accesses"),
    hits: total("hits"),
    misses: total("misses"),
    byKind: Object.fromEntries(kinds.filter(([, counted]) => counted.accesses > 0)),
  };
}

function readWalkCache(core: Core, address: number): { hits: number; misses: number } {
  const { WalkCacheCount } = core.enums;
  const counts = core.numbers(address, WalkCacheCount.Length);
  return { hits: counts[WalkCacheCount.Hits] ?? 0, misses: counts[WalkCacheCount.Misses] ?? 0 };
}

function readFaults(core: Core): FaultEntry[] {
  const { exports, enums } = core;
  const words = core.u64(exports.faults.value, exports.faultsListed.value * enums.FaultList.Words);
  return Array.from({ length: exports.faultsListed.value }, (_, i) => {
    const [record = 0n, va = 0n, access = 0n] = words.subarray(i * enums.FaultList.Words);
    const number = Number(record);
    return {
      record: number === 0 ? null : number,
      pid: 1,
      va: `0x${va.toString(16)}`,
      kind: "segv" as const,
      region: null,
      access: ACCESSES.find((kind) => accessNumber(core, kind) === Number(access)) ?? "store",
    };
  });
}

/** Cycles of a number of events, exactly. */
function cost(events: number, cycles: number): bigint {
  return BigInt(events) * BigInt(cycles);
}

function count(value: bigint): Count {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
