// The data caches, one set of them for all cores. For each asker there is a chain: the caches, by
// level, that serve it; memory is behind the last.

import { Policy } from "../mmu/sets";
import { Step, log, logging } from "../mmu/log";
import { forgetLine, linesKept, noteLine, openLines } from "./filter";
import { Asker, Cache, CacheCount, DIRTY_LINE, newCache } from "./level";

/** Three levels, each split by kind at most. */
const MAX_CACHES: u32 = 9;

/** There are data caches. */
export let caching: bool = false;

/** Cycles of the data accesses so far. */
export let dataCycles: u64 = 0;

/** The first cache of each asker's chain, or null. */
const heads: usize = memory.data(<i32>Asker.Length * sizeof<usize>(), 8);

/** The caches, as they were added. */
const all: usize = memory.data(<i32>MAX_CACHES * sizeof<usize>(), 4);
let caches: u32 = 0;

let memoryLatency: u32 = 0;

/** Cycles of an access that no cache serves. */
export function setMemoryLatency(cycles: u32): void {
  memoryLatency = cycles;
}

/**
 * Adds a cache for the kinds of access whose bits are set in `kinds`, levels in rising order; one
 * that serves loads serves walks too. The address of its counts (`CacheCount`), or 0 when memory is
 * used up.
 */
export function addCache(
  level: u32,
  kinds: u32,
  lineShift: u32,
  sets: u32,
  ways: u32,
  policy: Policy,
  vipt: bool,
  seedState: u64,
  latency: u32,
): usize {
  if (caches == MAX_CACHES) return 0;
  const cache = newCache(sets, ways, policy, seedState);
  if (!cache) return 0;
  cache.level = level;
  cache.lineShift = lineShift;
  cache.vipt = vipt;
  cache.latency = latency;
  for (let kind: Asker = Asker.Instruction; kind <= Asker.Store; kind++) {
    if ((kinds >> kind) & 1) append(kind, cache);
  }
  if ((kinds >> Asker.Load) & 1) append(Asker.Walk, cache);
  caching = true;
  store<usize>(all + ((<usize>caches) << 2), changetype<usize>(cache));
  caches++;
  return cache.counts;
}

/**
 * A data access of at least one byte within one page, of a kind of `Access`: every line of the
 * nearest cache that it touches, low first. A cache farther away is asked for the line that holds
 * the first byte touched of the nearer one's.
 */
export function accessCaches(va: u64, pa: u64, bytes: u64, access: u32): void {
  const nearest = first(access);
  if (!nearest) {
    dataCycles += <u64>memoryLatency;
    return;
  }
  const dirty = access == Asker.Store ? DIRTY_LINE : 0;
  const line = (<u64>1) << (<u64>nearest.lineShift);
  const end = pa + bytes;
  for (let at = pa; at < end; at = (at | (line - 1)) + 1) {
    if (linesKept) noteLine(va + (at - pa), access);
    const server = nearest.access(va + (at - pa), at, access, dirty);
    dataCycles += <u64>latencyOf(server);
    if (logging) log(Step.Data, server ? server.level : 0, at);
  }
}

/** Readies the filter, after the last cache. `pageShift`: log2 of the bytes of the smallest page in use. */
export function openFilter(pageShift: u32, modifyOnce: bool): void {
  if (!caching) return;
  let alone = true;
  for (let asker: Asker = Asker.Instruction; asker <= Asker.Walk; asker++) {
    let cache = first(asker);
    while (cache) {
      cache = cache.next(asker);
      if (cache && isFirst(cache)) alone = false;
    }
  }
  openLines(first(Asker.Instruction), first(Asker.Load), first(Asker.Store), pageShift, alone, modifyOnce);
}

function isFirst(cache: Cache): bool {
  return cache == first(Asker.Instruction) || cache == first(Asker.Load) || cache == first(Asker.Store);
}

/** Charges accesses of a kind that passed the filter to its first cache. */
export function chargeCache(access: u32, hits: u64): void {
  const cache = first(access);
  if (!cache) return;
  const at = cache.counts + ((<usize>CacheCount.InstructionHits + access) << 3);
  store<u64>(at, load<u64>(at) + hits);
  dataCycles += hits * <u64>cache.latency;
}

/** Puts the line of a physical address into a cache, by its place among those added. */
export function putLine(place: u32, pa: u64): void {
  changetype<Cache>(load<usize>(all + ((<usize>place) << 2))).fillWith(pa);
}

/** The read of a page-table entry: of the line that holds its first byte. The level that served it, 0: memory. */
export function readThrough(pa: u64): u32 {
  const nearest = first(Asker.Walk);
  forgetLine(pa);
  const server = nearest ? nearest.access(pa, pa, Asker.Walk, 0) : null;
  return server ? server.level : 0;
}

/** Cycles of a read of a page-table entry that a level served, 0: memory. */
export function readLatency(level: u32): u32 {
  let cache = first(Asker.Walk);
  while (cache && cache.level != level) cache = cache.next(Asker.Walk);
  return latencyOf(cache);
}

function latencyOf(server: Cache | null): u32 {
  return server ? server.latency : memoryLatency;
}

function first(asker: Asker): Cache | null {
  return changetype<Cache | null>(load<usize>(heads + <usize>asker * sizeof<usize>()));
}

function append(asker: Asker, cache: Cache): void {
  let last = first(asker);
  if (!last) {
    store<usize>(heads + <usize>asker * sizeof<usize>(), changetype<usize>(cache));
    return;
  }
  for (let next = last.next(asker); next; next = last.next(asker)) last = next;
  last.setNext(asker, cache);
}
