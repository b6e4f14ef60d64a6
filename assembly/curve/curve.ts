// Pools of frames side by side, each with its policy and size, that are given the same lookups.

import { Status } from "../base/status";
import { growArray } from "../paging/arrays";
import { setProcesses } from "../paging/moment";
import { Replacement } from "../paging/policies";
import { Aging } from "../paging/policy/aging";
import { Arc } from "../paging/policy/arc";
import { Clock } from "../paging/policy/clock";
import { Fifo } from "../paging/policy/fifo";
import { Lirs } from "../paging/policy/lirs";
import { Lru } from "../paging/policy/lru";
import { MultiGenLru } from "../paging/policy/mglru";
import { Mru } from "../paging/policy/mru";
import { Opt } from "../paging/policy/opt";
import { Random } from "../paging/policy/random";
import { S3Fifo } from "../paging/policy/s3fifo";
import { SegmentedFifo } from "../paging/policy/sfifo";
import { Sieve } from "../paging/policy/sieve";
import { TwoQueue } from "../paging/policy/twoqueue";
import { WorkingSet } from "../paging/policy/ws";
import { WsClock } from "../paging/policy/wsclock";
import { Policy } from "../paging/policy";
import { pageCount, processCount } from "./lookups";
import { Pool, dropPage, ensure, lookAll, newPool, policyOf, resizePool } from "./pool";

/** What a pool may be asked to do. */
enum Task {
  Open,
  Ensure,
  Look,
  Drop,
  Resize,
}

let pools: usize = 0;
let poolCount: u32 = 0;

function poolAt(number: u32): Pool {
  return changetype<Pool>(load<usize>(pools + ((<usize>number) << 2)));
}

/**
 * Adds a pool. `parameter` is the policy's: TAU in lookups (ws, wsclock), percent (sfifo), and 1 of clock, 0 of clock0. The pool's
 * counts, or 0 when memory is used up.
 */
export function addPool(kind: Replacement, frames: u32, parameter: u64, seed: u64): usize {
  const grown = growArray(pools, (<u64>poolCount + 1) << 2);
  const pool = newPool(kind, frames);
  if (!grown || !pool) return 0;
  pools = grown;
  store<usize>(pools + ((<usize>poolCount) << 2), changetype<usize>(pool));
  if (!perform(pool, Task.Open, frames, parameter, seed)) return 0;
  poolCount++;
  return changetype<usize>(pool);
}

/** Makes all pools ready for the pages and processes seen. */
export function readyPools(): Status {
  setProcesses(processCount);
  for (let number: u32 = 0; number < poolCount; number++) {
    if (!perform(poolAt(number), Task.Ensure, pageCount + 1)) return Status.OutOfMemory;
  }
  return Status.Ok;
}

/** Gives a pool the runs of the column, and with each, where its policy wants that, the time of the page's next run (u32 each). */
export function lookPool(number: u32, nexts: usize): void {
  perform(poolAt(number), Task.Look, <u32>nexts);
}

/** A page of a pool ceases to exist. */
export function dropFromPool(number: u32, page: u32): void {
  perform(poolAt(number), Task.Drop, page);
}

/** A pool has so many frames from now on. */
export function resizePoolTo(number: u32, frames: u32): Status {
  return perform(poolAt(number), Task.Resize, frames) ? Status.Ok : Status.OutOfMemory;
}

/** The flags of a pool's pages. */
export function poolFlags(number: u32): usize {
  return poolAt(number).flags;
}

function perform(pool: Pool, task: Task, value: u32, parameter: u64 = 0, seed: u64 = 0): bool {
  switch (<Replacement>pool.kind) {
    case Replacement.Lru:
      return performWith<Lru>(pool, task, value, parameter, seed);
    case Replacement.Fifo:
      return performWith<Fifo>(pool, task, value, parameter, seed);
    case Replacement.Mru:
      return performWith<Mru>(pool, task, value, parameter, seed);
    case Replacement.Random:
      return performWith<Random>(pool, task, value, parameter, seed);
    case Replacement.Clock:
      return performWith<Clock>(pool, task, value, 1, seed);
    case Replacement.Clock0:
      return performWith<Clock>(pool, task, value, 0, seed);
    case Replacement.Aging:
      return performWith<Aging>(pool, task, value, parameter, seed);
    case Replacement.Ws:
      return performWith<WorkingSet>(pool, task, value, parameter, seed);
    case Replacement.WsClock:
      return performWith<WsClock>(pool, task, value, parameter, seed);
    case Replacement.TwoQueue:
      return performWith<TwoQueue>(pool, task, value, parameter, seed);
    case Replacement.Arc:
      return performWith<Arc>(pool, task, value, parameter, seed);
    case Replacement.Lirs:
      return performWith<Lirs>(pool, task, value, parameter, seed);
    case Replacement.S3Fifo:
      return performWith<S3Fifo>(pool, task, value, parameter, seed);
    case Replacement.Sieve:
      return performWith<Sieve>(pool, task, value, parameter, seed);
    case Replacement.MultiGenLru:
      return performWith<MultiGenLru>(pool, task, value, parameter, seed);
    case Replacement.SegmentedFifo:
      return performWith<SegmentedFifo>(pool, task, value, parameter, seed);
    default:
      return performWith<Opt>(pool, task, value, parameter, seed);
  }
}

function performWith<P extends Policy>(pool: Pool, task: Task, value: u32, parameter: u64, seed: u64): bool {
  const policy = changetype<P>(policyOf(pool));
  switch (task) {
    case Task.Open:
      return policy.open(value, parameter, seed);
    case Task.Ensure:
      return ensure(pool, policy, value);
    case Task.Look:
      lookAll(pool, policy, <usize>value);
      return true;
    case Task.Drop:
      dropPage(pool, policy, value);
      return true;
    default:
      return resizePool(pool, policy, value, pageCount + 1);
  }
}
