// Flushes of TLBs, walk caches and prefetch buffers: all, of an id, of a page; and what other cores are told.

import { Counter, count } from "../base/counters";
import { Cpu, cpu, cpuAt, cpus } from "./cpu";
import { Flag } from "./format";
import { Buffer } from "./prefetch/buffer";
import { GLOBAL_TAG, Space } from "./space";
import { LOOSE, TAG, TAG_SHIFT, entryKey } from "./tlb";

/** A switch without ids: all entries but those of global pages go. */
export function flushAll(at: Cpu): void {
  count(Counter.FlushesOfAll);
  flushTag_(at, 1);
  at.walkCaches.dropAll();
}

/** All entries of an id go. */
export function flushTag(at: Cpu, tag: u32): void {
  count(Counter.FlushesOfIds);
  flushTag_(at, tag);
  at.walkCaches.dropTag(tag);
}

function flushTag_(at: Cpu, tag: u32): void {
  const value = (<u64>tag) << TAG_SHIFT;
  let dropped: u64 = 0;
  for (let place: u32 = 0; place < at.tlbs; place++) dropped += at.tlb(place).dropWhere(TAG, value);
  count(Counter.FlushedEntries, dropped);
  if (at.buffer) count(Counter.PrefetchDropped, changetype<Buffer>(at.buffer).dropWhere(TAG, value));
}

/** The core that runs drops a page, and tells every other that may hold it. */
export function invalidate(space: Space, number: u64, size: u32, global: bool): void {
  const key = entryKey(number, size, global ? GLOBAL_TAG : space.tag);
  let told: u32 = 0;
  flushPage(cpu, key, number, space.tag);
  for (let other: u32 = 0; other < cpus; other++) {
    if (other == cpu.number || !((space.held >> <u64>other) & 1)) continue;
    flushPage(cpuAt(other), key, number, space.tag);
    told++;
  }
  tell(told);
}

function flushPage(at: Cpu, key: u64, number: u64, tag: u32): void {
  count(Counter.FlushesOfPages);
  count(Counter.FlushedEntries, forgetPage(at, key, number));
  at.walkCaches.flushPage(tag);
}

/** Drops a page that may not be used as an entry says, wherever it may be held; that is no flush. */
export function forgetEverywhere(space: Space, number: u64, key: u64): void {
  const global = (key & TAG) >> TAG_SHIFT == GLOBAL_TAG;
  for (let each: u32 = 0; each < cpus; each++) {
    if (global || (space.held >> <u64>each) & 1) forgetPage(cpuAt(each), key, number);
  }
}

/** Entries of a page that the TLBs of a core held. */
function forgetPage(at: Cpu, key: u64, number: u64): u32 {
  let dropped: u32 = 0;
  for (let place: u32 = 0; place < at.tlbs; place++) {
    if (at.tlb(place).forget(number, key)) dropped++;
  }
  if (at.buffer && changetype<Buffer>(at.buffer).take(key, LOOSE)) count(Counter.PrefetchDropped);
  return dropped;
}

/** The operating system changed the leaf of a page: every core that may hold it drops it, and is told. */
export function invalidatePage(space: Space, number: u64, size: u32): void {
  const key = entryKey(number, size, space.tag);
  let told: u32 = 0;
  for (let each: u32 = 0; each < cpus; each++) {
    if (!((space.held >> <u64>each) & 1)) continue;
    flushPage(cpuAt(each), key, number, space.tag);
    if (each != cpu.number) told++;
  }
  tell(told);
}

/** The operating system changed many leaves of a space: every core that may hold some drops all of its id, and is told. */
export function invalidateSpace(space: Space): void {
  let told: u32 = 0;
  for (let each: u32 = 0; each < cpus; each++) {
    if (!((space.held >> <u64>each) & 1)) continue;
    flushTag(cpuAt(each), space.tag);
    if (each != cpu.number) told++;
  }
  tell(told);
}

function tell(cores: u32): void {
  if (!cores) return;
  count(Counter.ShootdownsSent);
  count(Counter.ShootdownsReceived, cores);
}
