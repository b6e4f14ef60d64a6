// Frames under a policy: which pages are resident and dirty, and what happened. The functions are compiled for each class of policies.

import { takeBlock } from "../base/blocks";
import { growArray, roomFor } from "../paging/arrays";
import {
  Page,
  advance,
  flags,
  flagsOf,
  mark,
  now,
  process,
  processNow,
  setFlags,
  setMoment,
  setNextUse,
} from "../paging/moment";
import { Needs, Policy, WRITE_ONLY } from "../paging/policy";
import { firstNow, firstProcess, firstProcessNow, runCount, runs, switches } from "./lookups";

/** log2 of the bytes that a pool has, and where the policy's state begins among them. */
const BITS: u32 = 9;
const POLICY: usize = 128;

/** u64 words of `PoolCount`. */
export enum PoolCount {
  Lookups,
  /** Lookups of pages that were not resident. */
  Faults,
  /** Pages that left, and those of them that were dirty; those that were written out and stayed. */
  Evictions,
  DirtyEvictions,
  EarlyWrites,
  /** Pages resident, and the most that were. */
  Resident,
  Peak,
  Length,
}

@unmanaged
export class Pool {
  lookups: u64;
  faults: u64;
  evictions: u64;
  dirtyEvictions: u64;
  earlyWrites: u64;
  resident: u64;
  peak: u64;
  frames: u64;
  /** A byte a page. */
  flags: usize;
  kind: u32;
  /** Pages may come that are below this. */
  pages: u32;

  /** Makes these frames those that policies speak of. */
  enter(): void {
    setFlags(this.flags);
  }
}

/** The state of a pool's policy. */
export function policyOf(pool: Pool): usize {
  return changetype<usize>(pool) + POLICY;
}

/** An empty pool, its policy not yet opened; null when memory is used up. */
export function newPool(kind: u32, frames: u32): Pool | null {
  const at = takeBlock(BITS);
  if (!at) return null;
  const pool = changetype<Pool>(at);
  pool.frames = frames;
  pool.kind = kind;
  return pool;
}

/** Readies a pool for pages below `pages`. False when memory is used up. */
export function ensure<P extends Policy>(pool: Pool, policy: P, pages: u32): bool {
  const bytes = growArray(pool.flags, roomFor(pages, <u32>pool.frames));
  if (!bytes) return false;
  pool.flags = bytes;
  pool.pages = pages;
  pool.enter();
  return policy.ensure(pages);
}

/** A page leaves its frame. */
function leave(pool: Pool, page: u32): void {
  const at = flags + <usize>page;
  const state = <u32>load<u8>(at);
  store<u8>(at, state & ~(<u32>Page.Dirty | Page.Resident));
  pool.evictions++;
  pool.dirtyEvictions += state & Page.Dirty;
  pool.resident--;
}

/** Evicts pages until `resident` are left at most. */
function shrink<P extends Policy>(pool: Pool, policy: P, resident: u64): void {
  while (pool.resident > resident) {
    const page = policy.evict();
    if (page & WRITE_ONLY) {
      mark(page & ~WRITE_ONLY, Page.Dirty, 0);
      pool.earlyWrites++;
    } else {
      leave(pool, page);
    }
  }
}

function expire<P extends Policy>(pool: Pool, policy: P): void {
  for (let page = policy.expired(); page; page = policy.expired()) leave(pool, page);
}

/** One lookup, a store if `dirty` is 1. The moment is set. */
function look<P extends Policy>(pool: Pool, policy: P, page: u32, dirty: u32): void {
  const at = flags + <usize>page;
  const state = <u32>load<u8>(at);
  if (state & Page.Resident) {
    store<u8>(at, state | dirty);
    policy.hit(page);
    if (policy.needs() & Needs.Expiry) expire(pool, policy);
    return;
  }
  pool.faults++;
  policy.admit(page);
  if (policy.needs() & Needs.Expiry) expire(pool, policy);
  if (pool.resident == pool.frames) shrink(pool, policy, pool.frames - 1);
  store<u8>(at, <u32>load<u8>(at) | Page.Resident | dirty);
  policy.insert(page);
  pool.peak = max(pool.peak, ++pool.resident);
}

/** Pages from which on what is known of them is more than a processor has near, and runs that are then read ahead. */
const MANY: u32 = 1 << 15;
const AHEAD: usize = 16;
/** What was read ahead, so that it is read. */
let read: u32 = 0;

/** Reads what lookups of some runs will need, all of it at once: one by one, each would wait for memory, for the next hangs on what comes of it. */
function readAhead<P extends Policy>(policy: P, from: usize, to: usize): void {
  let sum: u32 = 0;
  for (let at = from; at < to; at += 8) {
    const page = load<u32>(at);
    sum += flagsOf(page) + policy.read(page);
  }
  for (let at = from; at < to; at += 8) sum += policy.readMore(load<u32>(at));
  read = sum;
}

/** Makes the lookups of the column; with Needs.Future, `nexts` has the next use of each run's page. */
export function lookAll<P extends Policy>(pool: Pool, policy: P, nexts: usize): void {
  const end = runs + ((<usize>runCount) << 3);
  const step: usize = pool.pages < MANY ? end - runs : AHEAD << 3;
  pool.enter();
  setMoment(firstNow, firstProcess, firstProcessNow);
  for (let from = runs; from < end; from += step) {
    const to = min(from + step, end);
    if (pool.pages >= MANY) readAhead(policy, from, to);
    lookSome(pool, policy, nexts, from, to);
  }
}

/** The same of the runs [from, to). */
function lookSome<P extends Policy>(pool: Pool, policy: P, nexts: usize, from: usize, to: usize): void {
  const needs = policy.needs();
  let lookups: u64 = 0;
  for (let at = from; at < to; at += 8) {
    const run = load<u64>(at);
    const page = <u32>run;
    const more = run >> 33;
    if (!page) {
      const row = switches + ((<usize>more) << 4);
      setMoment(now, <u32>load<u64>(row), load<u64>(row, 8));
      continue;
    }
    lookups += more + 1;
    if (needs & Needs.Time) advance(1);
    if (needs & Needs.Future) setNextUse(load<u32>(nexts + ((at - runs) >> 1)));
    look(pool, policy, page, <u32>(run >> 32) & 1);
    if (!(needs & Needs.Repeats) || !more) continue;
    if (needs & Needs.Time) advance(more);
    for (let times = min(more, <u64>(needs & Needs.Repeats)); times; times--) policy.hit(page);
    if (needs & Needs.Expiry) expire(pool, policy);
  }
  pool.lookups += lookups;
}

/** A page ceases to exist: what it held is not written. */
export function dropPage<P extends Policy>(pool: Pool, policy: P, page: u32): void {
  pool.enter();
  policy.drop(page);
  if (load<u8>(flags + <usize>page) & Page.Resident) pool.resident--;
  store<u8>(flags + <usize>page, 0);
}

/** There are so many frames from now on. False when memory is used up. */
export function resizePool<P extends Policy>(pool: Pool, policy: P, frames: u32, pages: u32): bool {
  pool.enter();
  pool.frames = frames;
  policy.resize(frames);
  if (!ensure(pool, policy, pages)) return false;
  shrink(pool, policy, frames);
  return true;
}
