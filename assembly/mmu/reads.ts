// Reads of page-table entries, which walks make: counted, sent through the data caches, and logged for an explanation.

import { Counter, count } from "../base/counters";
import { caching, readLatency, readThrough } from "../cache/cache";
import { Step, log, logging } from "./log";

/** Entries that the walk under way has read. */
export let reads: u32 = 0;
/** Each read is looked at by itself: there are data caches, or an explanation is wanted. */
export let observed: bool = false;
/** Reads of the walk under way are a prefetcher's: their cycles are not on the way of a lookup. */
export let ahead: bool = false;

export function beginReads(ahead_: bool): void {
  reads = 0;
  ahead = ahead_;
  observed = caching || logging;
}

/** Reads of entries that need not be looked at one by one. */
export function addReads(entries: u32): void {
  reads += entries;
}

/** A read of the entry at a physical address. `level` and `value` are for the log. */
export function readEntry(pa: u64, level: u32 = 0, value: u64 = 0, host: bool = false): void {
  reads++;
  if (!observed) return;
  const served = caching ? readThrough(pa) : 0;
  serve(served);
  if (logging) log(host ? Step.HostRead : Step.Read, level, pa, value, served);
}

/** A read of an entry whose table does not exist: no cache can have it. */
export function readNothing(): void {
  reads++;
  if (observed) serve(0);
}

function serve(level: u32): void {
  if (!caching) return;
  count(<Counter>(<u32>Counter.ServedByMemory + level));
  if (!ahead) count(Counter.WalkCycles, readLatency(level));
}
