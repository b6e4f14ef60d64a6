// Whole configurations from a few parts.

import {
  type Config,
  DEFAULTS,
  REGION_DEFAULTS,
  type RegionConfig,
  TLB_DEFAULTS,
  type TlbConfig,
  WALK_CACHE_DEFAULTS,
  type WalkCacheConfig,
} from "../../src/config/model.js";

export function configOf(parts: Partial<Config>): Config {
  return { ...structuredClone(DEFAULTS), ...parts };
}

/** A TLB of every kind of access, fully associative. */
export function tlbOf(name: string, pageSizes: string[], entries: number, more: Partial<TlbConfig> = {}) {
  const { kinds, ...rest } = TLB_DEFAULTS;
  return { ...rest, kinds: [...kinds], name, level: 1, pageSizes, entries, ways: entries, ...more };
}

/** A walk cache, fully associative. */
export function walkCacheOf(level: string, entries: number, levels = [level]): WalkCacheConfig {
  return { ...WALK_CACHE_DEFAULTS, level, levels, entries, ways: entries };
}

export function regionOf(from: bigint, to: bigint, more: Partial<RegionConfig>): RegionConfig {
  return {
    ...REGION_DEFAULTS,
    from: `0x${from.toString(16)}`,
    to: `0x${to.toString(16)}`,
    pageSize: "4K",
    ...more,
  };
}
