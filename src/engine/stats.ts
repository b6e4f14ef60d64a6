import { type Shape, shapeOf } from "../config/formats.js";
import { ACCESSES, type Access, type Config, type PageSize } from "../config/model.js";
import { deepFreeze } from "../freeze.js";
import { sorted } from "./build.js";
import { accessNumber } from "./codes.js";
import type { Core } from "./core.js";
import type { HeapReport } from "./heap/report.js";
import type { Names } from "./names.js";
import type { MachineParts, Part } from "./parts.js";
import { nameOfRole } from "./process/maps.js";
import {
  type CallStats,
  type FileStats,
  type ProcessStats,
  readCalls,
  readFiles,
  readProcesses,
  readSystem,
} from "./processstats.js";

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
    /** `pagesize` events that could not be: misaligned, of a size that no TLB holds, over a global region. */
    refused: number;
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
    /** Of the page faults, those of pages that replacement had taken out of a frame: with frames enough there are none. */
    refaults: { minor: number; major: number };
    /** Pages in swap, and the most that were; accesses that ended for want of a frame or of room in swap. */
    swapUsed: number;
    swapPeak: number;
    outOfMemory: number;
    /** Tables in frames, the most that were, those that came back and that were written to swap; all among the other counts. Only with `pagedTables`. */
    tables?: { resident: number; peak: number; pageIns: number; pageOuts: number };
  };
  /** `data`: the data accesses; 0 where there are no caches to time them. */
  cycles: {
    total: Count;
    translation: Count;
    data: Count;
    faults: Count;
    perAccess: number;
    /** Cycles an access: without page faults, what they add, and both: the effective access time. Without caches an access of memory is `latency.memory`. */
    effective: { access: number; faults: number; total: number };
  };
  /** By number, also those that ended; named files; calls. Only where the machine has an operating system. */
  processes?: ProcessStats[];
  files?: FileStats[];
  calls?: CallStats;
  /** Only where allocations of named blocks were acted upon. */
  heap?: HeapReport;
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
  kind: "segv" | "protection" | "bus" | "oom";
  /** What the address lies in: a mapping's file, `[heap]`, `[stack]` or `anon`; the first byte, hexadecimal, of a configured region; null outside all. */
  region: string | null;
  access: Access;
}

/** Reads a machine's counts out of linear memory. @internal */
export function readStats(
  core: Core,
  config: Config,
  parts: MachineParts,
  names: Names,
  heap: HeapReport | undefined,
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
  const pages = readPages(core, parts.shape);
  const minor = at(Counter.MinorFaults);
  const segv = at(Counter.SegvFaults);
  const protection = at(Counter.ProtectionFaults);
  const accesses = sum(lookups);
  const tlb = Object.fromEntries(parts.tlbs.map(({ name, counts }) => [name, readTlb(core, counts)]));
  const reads = readReads(core, config, at);

  const { latency } = config;
  const probeCycles = config.tlb.map((part) => cost(tlb[part.name]?.accesses ?? 0, part.latency));
  const translation = [reads.cycles, ...probeCycles].reduce((sum, cycles) => sum + cycles, 0n);
  const major = at(Counter.MajorFaults);
  const cow = at(Counter.CowFaults);
  const system = readSystem(core);
  const faultCycles = cost(minor + cow, latency.minorFault) + cost(major, latency.majorFault);
  const dataCycles = core.exports.dataCycles.value;
  const total = translation + dataCycles + faultCycles;
  const memoryCycles = config.caches.length > 0 ? dataCycles : cost(accesses, latency.memory);
  const execution = translation + memoryCycles;

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
      pteReads: at(Counter.PteReads),
      dirtyAssists: at(Counter.DirtyAssists),
      cycles: count(reads.cycles),
      caches: readWalkCaches(core, parts.walkCaches),
      servedBy: reads.servedBy,
      ...(config.nested ? { nested: readNested(core, config, parts, at) } : {}),
    },
    pages: {
      ...pages,
      dirty: at(Counter.PagesDirty),
      promoted: at(Counter.Promoted),
      demoted: at(Counter.Demoted),
      refused: at(Counter.Refused),
    },
    context: { switches: at(Counter.ContextSwitches), recycled: at(Counter.Recycled) },
    flushes: {
      all: at(Counter.FlushesOfAll),
      asid: at(Counter.FlushesOfIds),
      page: at(Counter.FlushesOfPages),
      entries: at(Counter.FlushedEntries),
    },
    shootdowns: { sent: at(Counter.ShootdownsSent), received: at(Counter.ShootdownsReceived) },
    ...(parts.caches.length > 0 ? { caches: readCaches(core, parts.caches) } : {}),
    ...(config.prefetch ? { prefetch: readPrefetch(core, at, sum(walks)) } : {}),
    ...(config.validate
      ? { validation: { checked: at(Counter.Validated), failed: at(Counter.ValidationFailed) } }
      : {}),
    faults: {
      minor,
      major,
      cow,
      protection,
      segv,
      bus: at(Counter.BusFaults),
    },
    paging: {
      policy: config.memory.policy,
      frames: config.memory.frames,
      resident: system.managed ? system.resident : sum(pages.touched),
      pageIns: major,
      pageOuts: at(Counter.PageOuts),
      evictions: at(Counter.Evictions),
      refaults: { minor: at(Counter.Refaults) - at(Counter.DiskRefaults), major: at(Counter.DiskRefaults) },
      swapUsed: system.slotsUsed,
      swapPeak: system.peakSlots,
      outOfMemory: at(Counter.OutOfFrames),
      ...(config.memory.pagedTables ? { tables: readTables(core) } : {}),
    },
    cycles: {
      total: count(total),
      translation: count(translation),
      data: count(dataCycles),
      faults: count(faultCycles),
      perAccess: accesses > 0 ? Number(total) / accesses : 0,
      effective: effectiveTime(accesses, execution, faultCycles),
    },
    ...(system.managed
      ? { processes: readProcesses(core), files: readFiles(core, names), calls: readCalls(core) }
      : {}),
    ...(heap ? { heap } : {}),
    faultList: readFaults(core, config, names),
    faultListTotal: segv + protection + at(Counter.BusFaults) + at(Counter.OutOfFrames),
  });
}

/** (1 - p) of the accesses take the time of an access, and p that and a fault's: as the sum is counted, without rounding p. */
function effectiveTime(
  accesses: number,
  execution: bigint,
  faults: bigint,
): MachineStats["cycles"]["effective"] {
  const each = (cycles: bigint) => (accesses > 0 ? Number(cycles) / accesses : 0);
  return { access: each(execution), faults: each(faults), total: each(execution + faults) };
}

function readTlb(core: Core, addresses: readonly number[]): TlbStats {
  const { TlbCount } = core.enums;
  const counts = summed(core, addresses, TlbCount.Length);
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

/** The sum over cores of `length` counts at each of some addresses. */
function summed(core: Core, addresses: readonly number[], length: number): number[] {
  const each = addresses.map((address) => core.numbers(address, length));
  return Array.from({ length }, (_, i) => each.reduce((all, counts) => all + (counts[i] ?? 0), 0));
}

/** Who served the reads of entries, and the cycles of those that lookups waited for. */
function readReads(
  core: Core,
  config: Config,
  at: (slot: number) => number,
): { servedBy: MachineStats["walk"]["servedBy"]; cycles: bigint } {
  const { Counter } = core.enums;
  if (config.caches.length === 0) {
    const memory = at(Counter.PteReads) + at(Counter.PrefetchReads);
    return {
      servedBy: { l1: 0, l2: 0, l3: 0, memory },
      cycles: cost(at(Counter.PteReads), config.latency.memory),
    };
  }
  const servedBy = {
    l1: at(Counter.ServedByL1),
    l2: at(Counter.ServedByL2),
    l3: at(Counter.ServedByL3),
    memory: at(Counter.ServedByMemory),
  };
  return { servedBy, cycles: BigInt(at(Counter.WalkCycles)) };
}

function readWalkCaches(
  core: Core,
  caches: readonly Part[],
): Record<string, { hits: number; misses: number }> {
  const { WalkCacheCount } = core.enums;
  return Object.fromEntries(
    caches.map(({ name, counts: addresses }) => {
      const counts = summed(core, addresses, WalkCacheCount.Length);
      return [name, { hits: counts[WalkCacheCount.Hits] ?? 0, misses: counts[WalkCacheCount.Misses] ?? 0 }];
    }),
  );
}

/** Mapped pages and the tables that map them. */
function readPages(
  core: Core,
  shape: Shape,
): Omit<MachineStats["pages"], "dirty" | "promoted" | "demoted" | "refused"> {
  const { exports } = core;
  const counts = core.numbers(exports.pageCounts.value, shape.leaves.length);
  const touched = Object.fromEntries(shape.leaves.map(({ size }, i) => [size, counts[i] ?? 0]));
  const byLevel =
    shape.levels.length > 0 ? treeTables(core, shape, exports.tableCounts.value) : flatTables(core);
  const all = Object.values(byLevel);
  const halves = shape.canonical === "halves" ? 1 : 0;
  const flat = BigInt(shape.pteBytes) << BigInt(shape.vaBits + halves - shape.pageBits);
  return {
    touched,
    tables: all.reduce((sum, { tables }) => sum + tables, 0),
    tableBytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    byLevel,
    flatBytes: count(flat),
  };
}

function treeTables(core: Core, shape: Shape, address: number): MachineStats["pages"]["byLevel"] {
  const counts = core.u32(address, shape.levels.length);
  return Object.fromEntries(
    shape.levels.map(({ name, bits }, i) => {
      const tables = counts[shape.levels.length - 1 - i] ?? 0;
      return [name, { tables, bytes: tables * 2 ** bits * shape.pteBytes }];
    }),
  );
}

function flatTables(core: Core): MachineStats["pages"]["byLevel"] {
  const [bytes = 0, tables = 0] = core.numbers(core.exports.hashedTables(), 2);
  return { table: { tables, bytes } };
}

function readNested(
  core: Core,
  config: Config,
  parts: MachineParts,
  at: (slot: number) => number,
): NonNullable<MachineStats["walk"]["nested"]> {
  const { Counter } = core.enums;
  const hostReads = at(Counter.HostReads);
  const table = config.nested?.pageTable;
  const levels = table ? treeTables(core, shapeOf(table), core.exports.hostTableCounts.value) : {};
  const all = Object.values(levels);
  return {
    guestReads: at(Counter.PteReads) - hostReads,
    hostReads,
    tlb: config.nested?.tlb ? { hits: at(Counter.NestedHits), misses: at(Counter.NestedMisses) } : null,
    caches: readWalkCaches(core, parts.hostCaches),
    tables: all.reduce((sum, { tables }) => sum + tables, 0),
    tableBytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function readCaches(core: Core, caches: readonly Part[]): Record<string, CacheStats> {
  return Object.fromEntries(caches.map(({ name, counts }) => [name, readCache(core, counts[0] ?? 0)]));
}

function readCache(core: Core, address: number): CacheStats {
  const { CacheCount } = core.enums;
  const counts = core.numbers(address, CacheCount.Length);
  const at = (slot: number): number => counts[slot] ?? 0;
  const byKind = {
    instruction: at(CacheCount.InstructionHits) + at(CacheCount.InstructionMisses),
    load: at(CacheCount.LoadHits) + at(CacheCount.LoadMisses),
    store: at(CacheCount.StoreHits) + at(CacheCount.StoreMisses),
    walk: at(CacheCount.WalkHits) + at(CacheCount.WalkMisses),
  };
  const hits =
    at(CacheCount.InstructionHits) +
    at(CacheCount.LoadHits) +
    at(CacheCount.StoreHits) +
    at(CacheCount.WalkHits);
  const accesses = sum(byKind);
  return { accesses, hits, misses: accesses - hits, writebacks: at(CacheCount.Writebacks), byKind };
}

function readPrefetch(core: Core, at: (slot: number) => number, walks: number): PrefetchStats {
  const { Counter } = core.enums;
  const issued = at(Counter.PrefetchIssued);
  const hits = at(Counter.PrefetchHits);
  return {
    issued,
    pteReads: at(Counter.PrefetchReads),
    hits,
    unmapped: at(Counter.PrefetchUnmapped),
    evicted: at(Counter.PrefetchEvicted),
    dropped: at(Counter.PrefetchDropped),
    held: core.exports.prefetchHeld(),
    coverage: hits + walks > 0 ? hits / (hits + walks) : 0,
    accuracy: issued > 0 ? hits / issued : 0,
  };
}

function readTables({ exports }: Core): NonNullable<MachineStats["paging"]["tables"]> {
  return {
    resident: exports.tablesResident.value,
    peak: exports.tablesPeak.value,
    pageIns: Number(exports.tableIns.value),
    pageOuts: Number(exports.tableOuts.value),
  };
}

function readFaults(core: Core, config: Config, names: Names): FaultEntry[] {
  const { exports, enums } = core;
  const words = core.u64(exports.faults.value, exports.faultsListed.value * enums.FaultList.Words);
  const regions = sorted(config.regions);
  const { Fault, Mapped } = enums;
  const regionOf = (word: bigint): string | null => {
    const [region, mapping] = [Number(word & 0xffff_ffffn), Number(word >> 32n)];
    if (mapping === Mapped.File) return names.text(region);
    if (mapping === Mapped.Anonymous) return nameOfRole(core, region) || "anon";
    return regions[region - 1]?.from ?? null;
  };
  const kinds: Record<number, FaultEntry["kind"]> = {
    [Fault.Segv]: "segv",
    [Fault.Protection]: "protection",
    [Fault.Bus]: "bus",
    [Fault.OutOfFrames]: "oom",
  };
  return Array.from({ length: exports.faultsListed.value }, (_, i) => {
    const [record = 0n, va = 0n, process = 0n, what = 0n, region = 0n] = words.subarray(
      i * enums.FaultList.Words,
    );
    const access = Number(what & 0xffff_ffffn);
    return {
      record: record === 0n ? null : Number(record),
      pid: Number(process),
      va: `0x${va.toString(16)}`,
      kind: kinds[Number(what >> 32n)] ?? "protection",
      region: regionOf(region),
      access: ACCESSES.find((kind) => accessNumber(core, kind) === access) ?? "store",
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
