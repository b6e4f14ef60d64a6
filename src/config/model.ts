import type { HeapPolicy, HeapPreset } from "../heap/policy.js";
import { HEAP_PRESETS } from "../heap/presets.js";

/** The kinds of access that a TLB may serve. */
export const ACCESSES = ["instruction", "load", "store"] as const;
export type Access = (typeof ACCESSES)[number];

/** The kinds of record in a trace. */
export const KINDS = ["instruction", "load", "store", "modify"] as const;
export type Kind = (typeof KINDS)[number];

/** A size of page by its name: 4K, 2M, 64. Which ones there are hangs on the page table: `shapeOf`. */
export type PageSize = string;

/** Page tables that are a tree of one given shape. */
export const TREES = ["x86-64", "x86-64-la57", "sv32", "sv39", "sv48", "sv57"] as const;
export const GRANULES = ["aarch64-4k", "aarch64-16k", "aarch64-64k"] as const;
/** Tables that are no tree. */
export const FLAT = ["hashed", "inverted", "elastic-cuckoo"] as const;
export const FORMATS = [...TREES, ...GRANULES, "radix", ...FLAT] as const;

export interface RadixTable {
  format: "radix";
  /** Bits of a virtual address: those of the levels and of a page's offset. */
  vaBits: number;
  paBits: number;
  /** log2 of the bytes of a page. */
  pageBits: number;
  /** Bits that choose an entry, a level, the root first. The levels are named l1, l2 ... */
  levels: number[];
  /** Levels that may hold leaves, beside the last. */
  leaves: string[];
  pteBytes: 2 | 4 | 8;
}

export type TreeTable =
  | { format: (typeof TREES)[number] }
  /** `lpa`: physical addresses of 52 bits (LPA with 64K granules, LPA2 with 4K and 16K), and one larger block. */
  | { format: (typeof GRANULES)[number]; lpa: boolean }
  | RadixTable;

export type PageTableConfig =
  | TreeTable
  /** One hash table a process and page size; it doubles when it fills. */
  | { format: "hashed"; collisions: "open" | "chained"; slots: number }
  /** One entry a frame of physical memory, found through a hash table. */
  | { format: "inverted"; frames: number }
  /** `ways` hash tables that are read side by side, each of `slots` at first. */
  | { format: "elastic-cuckoo"; ways: number; slots: number };

export const TRANSLATIONS = ["paged", "none"] as const;

/** Policies of TLBs, walk caches and data caches. */
export const POLICIES = ["lru", "fifo", "plru", "nru", "random", "srrip", "brrip", "lfu"] as const;
export type Policy = (typeof POLICIES)[number];
export const INDEXES = ["mod", "xor"] as const;

/** One TLB. Sets = entries / ways; any whole number of sets. */
export interface TlbConfig {
  name: string;
  /** 1 is looked up first. */
  level: number;
  kinds: Access[];
  pageSizes: PageSize[];
  /** null: without bound, with the policy `ideal`. */
  entries: number | null;
  /** `ways` equal to `entries` is fully associative. */
  ways: number | null;
  policy: Policy | "ideal";
  /** The set of a page: its number mod sets, or of 2^k sets, (number ^ number >> k) mod sets. */
  index: (typeof INDEXES)[number];
  /** Cycles that a probe of this TLB costs, hit or miss. */
  latency: number;
}

/** A walk cache: entries of a level's table, or of several levels, that point to further tables. */
export interface WalkCacheConfig {
  /** Its level, or a name for one of several levels. */
  level: string;
  /** The levels whose entries it holds: without it, the one that `level` names. */
  levels: string[];
  entries: number;
  ways: number;
  policy: Policy;
  /** What the flush of a page drops: entries that led to a freed table, or all (Intel's rule). */
  invlpg: "freed" | "all";
}

/** A data cache, physically addressed. */
export interface CacheConfig {
  name: string;
  /** 1 is nearest. */
  level: number;
  kinds: Access[];
  /** Bytes: 32K, 48K, 2M. */
  size: string;
  /** Bytes of a line. */
  line: number;
  ways: number;
  policy: Policy;
  /** Cycles of an access that it serves. */
  latency: number;
  /** The set is chosen by the virtual address. */
  vipt: boolean;
}

/** A part of the address space, of every process, that differs from the rest. */
export interface RegionConfig {
  /** Its first byte, and the one behind its last: hexadecimal. */
  from: string;
  to: string;
  pageSize: PageSize;
  /** What may be done there: r, w, x, and - for what may not. */
  access: string;
  /** Whether user mode may. */
  user: boolean;
  /** Its TLB entries serve every process, and outlast switches. */
  global: boolean;
}

export const PREFETCHERS = ["next", "stride", "distance", "recency"] as const;

/** A TLB prefetcher: it learns from misses of the last TLB, and walks ahead into a buffer. */
export interface PrefetchConfig {
  policy: (typeof PREFETCHERS)[number];
  /** Pages that a miss prefetches at most. */
  degree: number;
  /** Entries of the buffer. */
  buffer: number;
  /** Rows that stride and distance remember, least recently used first out. */
  entries: number;
}

/** A virtual machine's second table, from guest-physical to physical addresses. */
export interface NestedConfig {
  pageTable: TreeTable;
  pageSize: PageSize;
  walkCache: WalkCacheConfig[];
  /** The TLB of guest-physical pages. */
  tlb: { entries: number; ways: number; policy: Policy } | null;
}

/** Physical memory and the operating system over it. */
export interface MemoryConfig {
  /** Pages that may be in memory at once; null: no limit. */
  frames: number | null;
  /** Who leaves: a policy as `readReplacement` reads it. */
  policy: string;
  /** Pages of swap; null: as many as are asked for. */
  swap: number | null;
  /** Pages keep their bytes, so that loads and stores may carry some. */
  contents: boolean;
  /**
   * An access of an address that nothing maps: it gets a page (`demand`), or is a segv (`strict`); `auto` is `strict` in a scenario, for
   * processes that have mapped something.
   */
  unmapped: "auto" | "demand" | "strict";
  /** Mappings that a process may have, and processes there may be. */
  maxMaps: number;
  maxProcesses: number | null;
  /** Pages that a stack begins with. */
  stackPages: number;
  /** Tables below the root take frames, and may leave them. */
  pagedTables: boolean;
}

/** The policy of the heaps of processes: all of it, over the one that is named. */
export interface HeapConfig extends HeapPolicy {
  policy: HeapPreset;
}

/** Contents to start from. Numbers are hexadecimal texts, with or without 0x. */
export interface StateConfig {
  pageTable: { vpn: string; ppn: string; access?: string; user?: boolean; dirty?: boolean }[];
  /** By the TLB's name. */
  tlb: Record<string, { set: number; tag: string; ppn: string }[]>;
  /** By the cache's name: the bytes of a line, from its first. */
  caches: Record<string, { set: number; tag: string; bytes: string }[]>;
}

/** A whole machine. Every field is present; `resolveConfig` fills in what a caller leaves out. */
export interface Config {
  /** `none`: addresses are physical, and nothing stands between a program and memory but the data caches. */
  translation: (typeof TRANSLATIONS)[number];
  pageTable: PageTableConfig;
  /** The size of every page outside `regions`. */
  pageSize: PageSize;
  regions: RegionConfig[];
  tlb: TlbConfig[];
  walkCache: WalkCacheConfig[];
  prefetch: PrefetchConfig | null;
  nested: NestedConfig | null;
  caches: CacheConfig[];
  /** Cores, with TLBs and walk caches of their own; threads take them in turn. */
  cores: number;
  /** Address-space ids that TLB entries carry; null: none, and a switch flushes. */
  asids: number | null;
  /** Whether accesses are those of a program or of its kernel, until an event says otherwise. */
  mode: "user" | "supervisor";
  memory: MemoryConfig;
  /** Costs in cycles. */
  latency: { memory: number; minorFault: number; majorFault: number };
  count: {
    /** A modify record is a load's lookup and a store's, or once, as a store. */
    modify: "twice" | "once";
    /** A record that crosses pages looks up each, or the first only. */
    crossing: "split" | "first";
  };
  /** What a fault that ends an access does to the replay. */
  onFault: "continue" | "stop";
  /** Every TLB hit is held against the page table. */
  validate: boolean;
  /** What the policy `random` hangs on. */
  seed: number;
  state: StateConfig | null;
  /** How the heaps of processes allocate; null: what a trace says of named blocks is not acted upon. */
  heap: HeapConfig | null;
}

/** What a configuration file may say of itself; a resolved configuration drops it. */
export interface About {
  /** For editors: the path or URL of config.schema.json. */
  $schema?: string;
  name?: string;
  description?: string;
  /** Where its numbers come from, a source a path. */
  sources?: Record<string, string>;
}

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type Defaulted =
  | "tlb"
  | "walkCache"
  | "caches"
  | "regions"
  | "pageTable"
  | "prefetch"
  | "nested"
  | "state"
  | "heap";

/** A page table with those of its options that have no default, and any others. */
export type PageTableInput = { format: PageTableConfig["format"] } & Partial<
  Omit<RadixTable, "format"> & {
    lpa: boolean;
    collisions: "open" | "chained";
    slots: number;
    frames: number;
    ways: number;
  }
>;

/** What a caller may write: every key optional, and those of each part that have a default. */
export type ConfigInput = About & {
  [K in keyof Omit<Config, Defaulted>]?: Config[K] extends object ? Partial<Config[K]> : Config[K];
} & {
  pageTable?: PageTableInput;
  tlb?: (Pick<TlbConfig, "name" | "level" | "pageSizes"> & Partial<TlbConfig>)[];
  walkCache?: Optional<WalkCacheConfig, "levels" | "policy" | "invlpg">[];
  caches?: Optional<CacheConfig, "level" | "kinds" | "policy" | "vipt">[];
  regions?: Optional<RegionConfig, "pageSize" | "access" | "user" | "global">[];
  prefetch?: (Pick<PrefetchConfig, "policy"> & Partial<PrefetchConfig>) | null;
  nested?:
    | ({ pageTable: PageTableInput } & Partial<Omit<NestedConfig, "pageTable" | "walkCache">> & {
          walkCache?: Optional<WalkCacheConfig, "levels" | "policy" | "invlpg">[];
        })
    | null;
  state?: Partial<StateConfig> | null;
  /** A policy's name, or what differs from it. */
  heap?: HeapPreset | Partial<HeapConfig> | null;
};

/** What holds where no layer says otherwise. The machine itself comes from a preset. */
export const DEFAULTS = {
  translation: "paged",
  pageTable: { format: "x86-64" },
  pageSize: "4K",
  regions: [],
  tlb: [],
  walkCache: [],
  prefetch: null,
  nested: null,
  caches: [],
  cores: 1,
  asids: null,
  mode: "user",
  memory: {
    frames: null,
    policy: "lru",
    swap: null,
    contents: false,
    unmapped: "auto",
    maxMaps: 65530,
    maxProcesses: null,
    stackPages: 33,
    pagedTables: false,
  },
  latency: { memory: 200, minorFault: 1000, majorFault: 1_000_000 },
  count: { modify: "twice", crossing: "split" },
  onFault: "continue",
  validate: false,
  seed: 0,
  state: null,
  heap: { policy: "dl", ...HEAP_PRESETS.dl },
} as const satisfies Config;

/** What each part may leave out. */
export const TLB_DEFAULTS = { kinds: [...ACCESSES], policy: "lru", index: "mod", latency: 0 } as const;
export const WALK_CACHE_DEFAULTS = { policy: "lru", invlpg: "freed" } as const;
export const CACHE_DEFAULTS = { kinds: [...ACCESSES], policy: "lru", vipt: false } as const;
export const REGION_DEFAULTS = { access: "rwx", user: true, global: false } as const;
export const PREFETCH_DEFAULTS = { degree: 1, buffer: 16, entries: 64 } as const;
export const TABLE_DEFAULTS = { lpa: false, collisions: "open", slots: 1024, ways: 3 } as const;
export const RADIX_DEFAULTS = { leaves: [], pteBytes: 8 } as const;

export const DEFAULT_PRESET = "intel-skylake";
