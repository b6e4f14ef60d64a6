import type { Shape } from "../formats.js";
import type { CacheConfig, Config, RegionConfig, TlbConfig, WalkCacheConfig } from "../model.js";

/** A problem of a configuration: where it lies, what stands there, and what is allowed. */
export interface Problem {
  path: string;
  found: string;
  allowed: string;
}

export type Placed<T> = T & { at: number };

/** The parts of a configuration whose own shape is right, each list's with its place in it. */
export interface Parts extends Partial<Omit<Config, "tlb" | "walkCache" | "caches" | "regions">> {
  tlb: Placed<TlbConfig>[];
  walkCache: Placed<WalkCacheConfig>[];
  caches: Placed<CacheConfig>[];
  regions: Placed<RegionConfig>[];
  /** All TLBs are right, so that what none of them has is missing. */
  allTlbs: boolean;
  /** Of the page table, if that is right. */
  shape?: Shape;
}

export type Rule = (parts: Parts) => Problem[];

export function quoted(value: unknown): string {
  return JSON.stringify(value);
}

export function listed(values: readonly string[]): string {
  return values.map(quoted).join(" or ");
}
