// The memory-mapping calls on one address space, by themselves. Its machine is opened before (mmu/setup.ts).

import { allocate } from "../base/arena";
import { pagesAlive } from "../paging/page";
import { brk } from "../process/brk";
import { Unmapped, setUnmapped } from "../process/fault";
import { FileObject, newFile } from "../process/files";
import { Advice, madvise } from "../process/madvise";
import { Memory, committed, openMemories, setOvercommit } from "../process/memory";
import { mlock, mlockAll, munlock, munlockAll } from "../process/mlock";
import { mmap } from "../process/mmap";
import { mprotect } from "../process/mprotect";
import { mremap } from "../process/mremap";
import { munmap } from "../process/munmap";
import { empty, running } from "../process/process";
import { growStack } from "../process/stack";
import { Limit, setLimit } from "../process/tally";
import { vmaAt, vmaFrom } from "../process/vma";

export { Errno } from "../process/errno";
export { Advice } from "../process/madvise";
export { Map, Open } from "../process/mmap";
export { Remap } from "../process/mremap";
export { Protection, VmaFlag } from "../process/vma";

/** u64 words of a VMA in the list: first, end, offset, file, protection, flags. */
const WORDS: usize = 6;
const LISTED: u32 = 1 << 17;

let its: Memory = changetype<Memory>(0);
/** The VMAs, as the last call of `osList` found them. */
export let osListed: usize = 0;

/** Empties the address space, and sets what holds for all: in pages, limits in bytes. */
export function osReset(top: u64, low: u64, base: u64, maxMaps: u32, ram: u64, swap: u64, mode: u32): bool {
  if (!changetype<usize>(its)) {
    const memory = running();
    if (!memory) return false;
    its = memory;
  }
  setUnmapped(Unmapped.Strict);
  empty(its);
  openMemories(12, top, low, maxMaps, ram, swap);
  setOvercommit(mode, 0);
  its.mmapBase = base;
  for (let limit: u32 = 0; limit < <u32>Limit.Length; limit++) setLimit(limit, u64.MAX_VALUE);
  if (!osListed) osListed = allocate(<u64>LISTED * WORDS * 8, 8);
  return osListed != 0;
}

export function osLimit(limit: u32, bytes: u64): void {
  setLimit(limit, bytes);
}

export function osBrkStart(at: u64): void {
  its.brkStart = at;
  its.brk = at;
}

/** A file of a size, that nobody lets go of; 0 when memory is used up. */
export function osFile(size: u64): usize {
  return changetype<usize>(newFile(size, false, 0));
}

export function osMmap(va: u64, bytes: u64, protection: u32, map: u32, file: usize, at: u64, open: u32): i64 {
  return mmap(its, va, bytes, protection, map, changetype<FileObject | null>(file), at, open);
}

export function osMunmap(va: u64, bytes: u64): i64 {
  return munmap(its, va, bytes);
}

export function osMprotect(va: u64, bytes: u64, protection: u32): i64 {
  return mprotect(its, va, bytes, protection);
}

export function osMremap(va: u64, old: u64, bytes: u64, flags: u32, to: u64): i64 {
  return mremap(its, va, old, bytes, flags, to);
}

export function osMadvise(va: u64, bytes: u64, advice: Advice): i64 {
  return madvise(its, va, bytes, advice);
}

export function osMlock(va: u64, bytes: u64): i64 {
  return mlock(its, va, bytes);
}

export function osMunlock(va: u64, bytes: u64): i64 {
  return munlock(its, va, bytes);
}

export function osMlockAll(current: bool, future: bool): i64 {
  return mlockAll(its, current, future);
}

export function osMunlockAll(): i64 {
  return munlockAll(its);
}

export function osBrk(to: u64): u64 {
  return brk(its, to);
}

/** An access of a page: whether it is mapped, or a stack grew to it. */
export function osReach(va: u64): bool {
  const page = va >> 12;
  return vmaAt(its, page) != null || growStack(its, page) != null;
}

/** Lists the VMAs, at most LISTED of them. How many there are. */
export function osList(): u32 {
  let at: u64 = 0;
  let listed: u32 = 0;
  while (listed < LISTED) {
    const vma = vmaFrom(its, at);
    if (!vma) break;
    at = vma.end;
    const row = osListed + <usize>listed * WORDS * 8;
    listed++;
    store<u64>(row, vma.first);
    store<u64>(row, vma.end, 8);
    store<u64>(row, vma.offset, 16);
    store<u64>(row, vma.file, 24);
    store<u64>(row, vma.protection, 32);
    store<u64>(row, vma.flags, 40);
  }
  return listed;
}

export function osVmas(): u32 {
  return its.vmaCount;
}

export function osMapped(): u64 {
  return its.mapped;
}

export function osData(): u64 {
  return its.data;
}

export function osAccounted(): u64 {
  return its.accounted;
}

export function osLocked(): u64 {
  return its.locked;
}

export function osCommitted(): u64 {
  return committed;
}

export function osResident(): u64 {
  return its.resident;
}

export function osPages(): u32 {
  return pagesAlive;
}
