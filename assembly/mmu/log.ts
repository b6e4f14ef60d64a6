// What one translation did, step by step, for an explanation. Nothing is logged unless asked for.
//
//   step   | what u32 | which u32 | a u64 | b u64 | c u64 |

export enum Step {
  /** A TLB was asked: its place; the set; the word found there, or 0; the word wanted. */
  Tlb,
  /** A walk cache was asked for a level: that; the part of the address; 1 if it knew; 1 if it is the nested table's. */
  WalkCache,
  /** An entry was read: the level; its physical address; its value. */
  Read,
  /** The same of a nested table. */
  HostRead,
  /** The TLB of guest-physical pages was asked: 0; the address; 1 if it knew. */
  NestedTlb,
  /** The page was not mapped, and is now: the level of the first entry that was not present. */
  Missing,
  /** A data access: the level that served it, 0 memory; its physical address. */
  Data,
  /** The prefetch buffer was asked: 0; 1 if it held the page. */
  Buffer,
  Length,
}

export enum Log {
  Capacity = 256,
  /** Bytes of a step. */
  Bytes = 32,
}

export const steps: usize = memory.data(<i32>Log.Capacity * <i32>Log.Bytes, 8);
export let stepsLogged: u32 = 0;
export let logging: bool = false;

/** Begins a log, or ends the logging. */
export function setLogging(on: bool): void {
  logging = on;
  if (on) stepsLogged = 0;
}

export function log(what: Step, which: u32, a: u64 = 0, b: u64 = 0, c: u64 = 0): void {
  if (stepsLogged == Log.Capacity) return;
  const at = steps + <usize>stepsLogged * Log.Bytes;
  stepsLogged++;
  store<u32>(at, what);
  store<u32>(at + 4, which);
  store<u64>(at + 8, a);
  store<u64>(at + 16, b);
  store<u64>(at + 24, c);
}
