// What a policy may ask about pages and about the lookup that is made: one place, which whoever makes lookups keeps up to date.

/** A byte a page: two bits of whoever owns the frames, the others the policy's. */
export enum Page {
  /** It was stored to since it was last written out. */
  Dirty = 1,
  /** It is in a frame. */
  Resident = 2,
  /** The bits that a policy may use as it likes; of a page that it does not know they are zero. */
  Policy = 0xfc,
}

export let flags: usize = 0;

/** Lookups so far, with the one that is made: all, and those of the process that runs. */
export let now: u64 = 0;
export let processNow: u64 = 0;
/** The process that runs, numbered from 0. */
export let process: u32 = 0;
/** Processes that may run: numbers below this. */
export let processes: u32 = 1;

/** No further lookup. */
export const NEVER: u32 = u32.MAX_VALUE;
/** When the page that is looked up is looked up next; only times of one stream are compared. For policies that know the future. */
export let nextUse: u32 = NEVER;

/** Where the bytes of pages are. To be called when they moved, or others are meant. */
export function setFlags(at: usize): void {
  flags = at;
}

export function flagsOf(page: u32): u32 {
  return load<u8>(flags + <usize>page);
}

/** Gives a page some flags, and takes all others of `mask` from it. */
export function mark(page: u32, mask: u32, value: u32): void {
  const at = flags + <usize>page;
  store<u8>(at, (load<u8>(at) & ~mask) | value);
}

/** Goes to a moment: after so many lookups, and so many of a process. */
export function setMoment(lookups: u64, number: u32, ofProcess: u64): void {
  now = lookups;
  process = number;
  processNow = ofProcess;
}

/** There are so many processes now; policies are to be told (`ensure`). */
export function setProcesses(count: u32): void {
  processes = count;
}

/** Some lookups more by the process that runs. */
export function advance(lookups: u64): void {
  now += lookups;
  processNow += lookups;
}

export function setNextUse(at: u32): void {
  nextUse = at;
}
