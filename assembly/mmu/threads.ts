// Processes and threads by number: two hash tables with linear probing, which double when they are three quarters full.
//
//   process   | number u64, used | space u32 |            thread   | number + process, used | Thread |

import { allocate } from "../base/arena";
import { Space, Thread, newSpace } from "./space";

const ENTRY: usize = 24;
const FIRST_CAPACITY: u32 = 64;

@unmanaged
class Table {
  entries: usize;
  capacity: u32;
  used: u32;

  /** The place of a pair of numbers, or of the empty entry where it belongs. Its value is behind them. */
  find(a: u64, b: u64): usize {
    const mask = this.capacity - 1;
    let index = Table.hash(a, b) & mask;
    while (true) {
      const at = this.entries + <usize>index * ENTRY;
      if (!load<usize>(at + 16)) return at;
      if (load<u64>(at) == a && load<u64>(at + 8) == b) return at;
      index = (index + 1) & mask;
    }
  }

  put(a: u64, b: u64, value: usize): bool {
    if (this.used * 4 >= this.capacity * 3 && !this.grow()) return false;
    const at = this.find(a, b);
    if (!load<usize>(at + 16)) this.used++;
    store<u64>(at, a);
    store<u64>(at + 8, b);
    store<usize>(at + 16, value);
    return true;
  }

  /** Takes a pair of numbers out: those behind it that were put off move up. */
  remove(a: u64, b: u64): void {
    if (!this.capacity) return;
    let hole = this.find(a, b);
    if (!load<usize>(hole + 16)) return;
    this.used--;
    const mask = this.capacity - 1;
    let index = <u32>((hole - this.entries) / ENTRY);
    while (true) {
      store<usize>(hole + 16, 0);
      let at: usize = 0;
      do {
        index = (index + 1) & mask;
        at = this.entries + <usize>index * ENTRY;
        if (!load<usize>(at + 16)) return;
      } while (!this.mayMove(at, hole, mask));
      memory.copy(hole, at, ENTRY);
      hole = at;
    }
  }

  /** Whether an entry is found when it stands in a hole before it. */
  private mayMove(at: usize, hole: usize, mask: u32): bool {
    const home = Table.hash(load<u64>(at), load<u64>(at + 8)) & mask;
    const index = <u32>((at - this.entries) / ENTRY);
    const to = <u32>((hole - this.entries) / ENTRY);
    return ((index - home) & mask) >= ((index - to) & mask);
  }

  private static hash(a: u64, b: u64): u32 {
    return <u32>(((a * 0x9e3779b97f4a7c15) ^ (b * 0xbf58476d1ce4e5b9)) >> 32);
  }

  clear(): void {
    memory.fill(this.entries, 0, <usize>this.capacity * ENTRY);
    this.used = 0;
  }

  get(a: u64, b: u64): usize {
    return this.capacity ? load<usize>(this.find(a, b) + 16) : 0;
  }

  private grow(): bool {
    const old = this.entries;
    const count = this.capacity;
    const capacity = max(count * 2, FIRST_CAPACITY);
    const entries = allocate(<u64>capacity * ENTRY, 8);
    if (!entries) return false;
    this.entries = entries;
    this.capacity = capacity;
    this.used = 0;
    for (let i: u32 = 0; i < count; i++) {
      const at = old + <usize>i * ENTRY;
      if (load<usize>(at + 16)) this.put(load<u64>(at), load<u64>(at + 8), load<usize>(at + 16));
    }
    return true;
  }
}

const tables: usize = memory.data(64, 8);
const processes: Table = changetype<Table>(tables);
const threads: Table = changetype<Table>(tables + 32);

/** Threads seen. */
export let threadCount: u32 = 0;

/** The address space of a process, made if it has none; null when memory is used up. */
export function spaceOf(process: u64): Space | null {
  const found = processes.get(process, 0);
  if (found) return changetype<Space>(found);
  const space = newSpace();
  if (!space || !processes.put(process, 0, changetype<usize>(space))) return null;
  return space;
}

/** Gives the only thread there is, and its process, other numbers. False when memory is used up. */
export function rename(thread: Thread, process: u64, number: u64): bool {
  processes.clear();
  threads.clear();
  thread.process = process;
  thread.number = number;
  return (
    processes.put(process, 0, changetype<usize>(thread.space)) &&
    threads.put(process, number, changetype<usize>(thread))
  );
}

/** Gives a process the space of another. False when memory is used up. */
export function shareSpace(process: u64, space: Space): bool {
  return processes.put(process, 0, changetype<usize>(space));
}

/** The space of a process, or null where nothing is known of it. */
export function knownSpace(process: u64): Space | null {
  return changetype<Space | null>(processes.get(process, 0));
}

/** Processes that have a space. */
export function usersOf(space: Space): u32 {
  let users: u32 = 0;
  for (let i: u32 = 0; i < processes.capacity; i++) {
    if (load<usize>(processes.entries + <usize>i * ENTRY + 16) == changetype<usize>(space)) users++;
  }
  return users;
}

/** Processes that are known. */
export function processCount(): u32 {
  return processes.used;
}

/** Nothing is known of a process any more, nor of a thread of it. */
export function forgetProcess(process: u64, thread: u64): void {
  processes.remove(process, 0);
  threads.remove(process, thread);
}

/** A thread by its numbers, new ones on the cores in turn; null when memory is used up. */
export function threadOf(process: u64, number: u64, cores: u32): Thread | null {
  const found = threads.get(process, number);
  if (found) return changetype<Thread>(found);
  const space = spaceOf(process);
  const at = allocate(offsetof<Thread>(), 8);
  if (!space || !at || !threads.put(process, number, at)) return null;
  const thread = changetype<Thread>(at);
  thread.process = process;
  thread.number = number;
  thread.space = space;
  thread.core = threadCount++ % cores;
  return thread;
}
