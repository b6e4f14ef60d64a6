// The replacement policy of the machine's frames.

import { allocate } from "../base/arena";
import { advance, now, setMoment, setProcesses } from "./moment";
import { Replacement } from "./policies";
import { Needs, Policy } from "./policy";
import { Aging } from "./policy/aging";
import { Arc } from "./policy/arc";
import { Clock } from "./policy/clock";
import { Fifo } from "./policy/fifo";
import { Lirs } from "./policy/lirs";
import { Lru } from "./policy/lru";
import { MultiGenLru } from "./policy/mglru";
import { Mru } from "./policy/mru";
import { Opt } from "./policy/opt";
import { Random } from "./policy/random";
import { S3Fifo } from "./policy/s3fifo";
import { SegmentedFifo } from "./policy/sfifo";
import { Sieve } from "./policy/sieve";
import { TwoQueue } from "./policy/twoqueue";
import { WorkingSet } from "./policy/ws";
import { WsClock } from "./policy/wsclock";

/** Frames are limited, or a policy lets pages go by itself: it is told of every lookup. */
export let replacing: bool = false;
let kind: Replacement = Replacement.Lru;
/** Frames there are; all ones: no limit. */
export let frames: u32 = u32.MAX_VALUE;
let needs: u32 = 0;
/** The policy's state. */
let state: usize = 0;
const STATE: u64 = 512;

/** What the policy is asked. */
enum Task {
  Open,
  Ensure,
  Resize,
  Hit,
  Admit,
  Evict,
  Insert,
  Drop,
  Expired,
  Needs,
}

/** Limits the machine's frames (all ones: no limit but the policy's). `parameter` as `addPool` has it. False when memory is used up. */
export function openReplacer(kind_: Replacement, frames_: u32, parameter: u64, seed: u64): bool {
  replacing = true;
  kind = kind_;
  frames = frames_;
  state = allocate(STATE, 8);
  if (!state || !ask(Task.Open, frames, parameter, seed)) return false;
  needs = ask(Task.Needs, 0);
  return true;
}

/** Pages below `pages`, and processes below `processes`, may come. False when memory is used up. */
export function ensure(pages: u32, processes: u32): bool {
  setProcesses(processes);
  return ask(Task.Ensure, pages) != 0;
}

/** There are so many frames from now on. */
export function resize(frames_: u32): void {
  frames = frames_;
  ask(Task.Resize, frames);
}

/** A lookup is made, by a process that has made so many with it. */
export function tick(process: u32, lookups: u64): void {
  if (!(needs & Needs.Time)) return;
  setMoment(now, process, lookups - 1);
  advance(1);
}

/** So many pages and one more are too many. */
export function isFull(resident: u32): bool {
  return resident >= frames;
}

export function hit(page: u32): void {
  ask(Task.Hit, page);
}

export function admit(page: u32): void {
  ask(Task.Admit, page);
}

export function insert(page: u32): void {
  ask(Task.Insert, page);
}

export function drop(page: u32): void {
  ask(Task.Drop, page);
}

/** A page that is to leave; with WRITE_ONLY one that is only to be written out. 0: there is none. */
export function evict(): u32 {
  return ask(Task.Evict, 0);
}

/** A page that leaves by itself, or 0. */
export function expired(): u32 {
  return needs & Needs.Expiry ? ask(Task.Expired, 0) : 0;
}

function ask(task: Task, value: u32, parameter_: u64 = 0, seed: u64 = 0): u32 {
  switch (<Replacement>kind) {
    case Replacement.Lru:
      return answer<Lru>(task, value, parameter_, seed);
    case Replacement.Fifo:
      return answer<Fifo>(task, value, parameter_, seed);
    case Replacement.Mru:
      return answer<Mru>(task, value, parameter_, seed);
    case Replacement.Random:
      return answer<Random>(task, value, parameter_, seed);
    case Replacement.Clock:
      return answer<Clock>(task, value, 1, seed);
    case Replacement.Clock0:
      return answer<Clock>(task, value, 0, seed);
    case Replacement.Aging:
      return answer<Aging>(task, value, parameter_, seed);
    case Replacement.Ws:
      return answer<WorkingSet>(task, value, parameter_, seed);
    case Replacement.WsClock:
      return answer<WsClock>(task, value, parameter_, seed);
    case Replacement.TwoQueue:
      return answer<TwoQueue>(task, value, parameter_, seed);
    case Replacement.Arc:
      return answer<Arc>(task, value, parameter_, seed);
    case Replacement.Lirs:
      return answer<Lirs>(task, value, parameter_, seed);
    case Replacement.S3Fifo:
      return answer<S3Fifo>(task, value, parameter_, seed);
    case Replacement.Sieve:
      return answer<Sieve>(task, value, parameter_, seed);
    case Replacement.MultiGenLru:
      return answer<MultiGenLru>(task, value, parameter_, seed);
    case Replacement.SegmentedFifo:
      return answer<SegmentedFifo>(task, value, parameter_, seed);
    default:
      return answer<Opt>(task, value, parameter_, seed);
  }
}

function answer<P extends Policy>(task: Task, value: u32, parameter: u64, seed: u64): u32 {
  const policy = changetype<P>(state);
  switch (task) {
    case Task.Hit:
      policy.hit(value);
      return 1;
    case Task.Admit:
      policy.admit(value);
      return 1;
    case Task.Evict:
      return policy.evict();
    case Task.Insert:
      policy.insert(value);
      return 1;
    case Task.Drop:
      policy.drop(value);
      return 1;
    case Task.Expired:
      return policy.expired();
    case Task.Needs:
      return policy.needs();
    case Task.Open:
      return u32(policy.open(value, parameter, seed));
    case Task.Ensure:
      return u32(policy.ensure(value));
    default:
      policy.resize(value);
      return 1;
  }
}
