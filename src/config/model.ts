/** The kinds of access that a TLB may serve. */
export const ACCESSES = ["instruction", "load", "store"] as const;
export type Access = (typeof ACCESSES)[number];

/** The kinds of record in a trace. */
export const KINDS = ["instruction", "load", "store", "modify"] as const;
export type Kind = (typeof KINDS)[number];

/** Leaves of the x86-64 page table: size name, bytes, and the level of table they stand in. */
export const PAGE_SIZES = { "4K": 2 ** 12, "2M": 2 ** 21, "1G": 2 ** 30 } as const;
export type PageSize = keyof typeof PAGE_SIZES;
export const PAGE_SIZE_NAMES = Object.keys(PAGE_SIZES) as PageSize[];

/** Tables above the leaves, from the root: the levels that may have a walk cache. */
export const WALK_CACHE_LEVELS = ["pml4", "pdpt", "pd"] as const;
export type WalkCacheLevel = (typeof WALK_CACHE_LEVELS)[number];

/** One TLB. Sets = entries / ways; any whole number of sets. */
export interface TlbConfig {
  name: string;
  /** 1 is looked up first. */
  level: number;
  kinds: Access[];
  pageSizes: PageSize[];
  entries: number;
  /** `ways` equal to `entries` is fully associative. */
  ways: number;
  policy: "lru";
  /** The set of a page: its number mod sets. */
  index: "mod";
  /** Cycles that a probe of this TLB costs, hit or miss. */
  latency: number;
}

/** One walk cache: entries of a level's table that point to further tables. */
export interface WalkCacheConfig {
  level: WalkCacheLevel;
  entries: number;
  ways: number;
  policy: "lru";
}

/** A whole machine. Every field is present; `resolveConfig` fills in what a caller leaves out. */
export interface Config {
  pageTable: { format: "x86-64" };
  /** The size of every page that the trace touches. */
  pageSize: PageSize;
  tlb: TlbConfig[];
  walkCache: WalkCacheConfig[];
  /** Data caches: none, in this version. */
  caches: [];
  memory: { frames: null; policy: "lru"; swap: null };
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

/** What a caller may write: every key optional, and those of each TLB that have a default. */
export type ConfigInput = About & {
  [K in keyof Omit<Config, "tlb" | "walkCache">]?: Config[K] extends readonly unknown[]
    ? Config[K]
    : Config[K] extends object
      ? Partial<Config[K]>
      : Config[K];
} & {
  tlb?: (Pick<TlbConfig, "name" | "level" | "pageSizes" | "entries" | "ways"> & Partial<TlbConfig>)[];
  walkCache?: (Omit<WalkCacheConfig, "policy"> & Partial<WalkCacheConfig>)[];
};

/** What holds where no layer says otherwise. The machine itself comes from a preset. */
export const DEFAULTS = {
  pageTable: { format: "x86-64" },
  pageSize: "4K",
  tlb: [],
  walkCache: [],
  caches: [],
  memory: { frames: null, policy: "lru", swap: null },
  latency: { memory: 200, minorFault: 1000, majorFault: 1_000_000 },
  count: { modify: "twice", crossing: "split" },
  onFault: "continue",
} as const satisfies Config;

/** What a TLB's entry may leave out. */
export const TLB_DEFAULTS = { kinds: [...ACCESSES], policy: "lru", index: "mod", latency: 0 } as const;
export const WALK_CACHE_DEFAULTS = { policy: "lru" } as const;

export const DEFAULT_PRESET = "intel-skylake";
