// Nested tables: what the guest takes for physical addresses is translated by a second table, the host's. Tables of the guest lie below 4 GiB of
// its memory, at the same addresses of the host's; its pages get other frames.
// AMD APM vol. 2, section 15.25 (nested paging); Intel SDM vol. 3C, section 29.3 (EPT).

import { Counter, Result, count, result } from "../base/counters";
import { Shortage } from "../base/status";
import { cpu, cpuAt, cpus } from "./cpu";
import { Flag } from "./format";
import { Step, log, logging } from "./log";
import { hostFormat } from "./pagetable";
import { physicalOf } from "./physical";
import { addReads, ahead, observed, readEntry, reads } from "./reads";
import { Index, Policy } from "./sets";
import { LOOSE, Tlb, entryKey, newTlb } from "./tlb";
import { addFlags, extend, findLeaf, hostTableCounts, writeLeaf } from "./tree";

export let nested: bool = false;
/** The host's memory is used up: a walk could not go on. */
export let hostExhausted: bool = false;

/** The size of the host's pages. */
let hostSize: u32 = 0;
/** Behind the last byte of the host's physical memory. */
let hostEnd: u64 = 0;
/** Where the host's root stands. */
const root: usize = memory.data(4, 4);
const FIRST_FRAME: u64 = 1 << 32;
let nextFrame: u64 = FIRST_FRAME;
/** Host entries carry one tag: there is one virtual machine. */
const TAG: u32 = 1;

export function openNested(size: u32, paBits: u32): void {
  nested = true;
  hostEnd = (<u64>1) << (<u64>paBits);
  hostSize = size;
}

/** Gives every core a TLB of guest-physical pages. False when memory is used up. */
export function openNestedTlb(sets: u32, ways: u32, policy: Policy, seedState: u64): bool {
  for (let number: u32 = 0; number < cpus; number++) {
    const tlb = newTlb(0, sets, ways, policy, Index.Mod, seedState);
    if (!tlb) return false;
    cpuAt(number).nestedTlb = changetype<usize>(tlb);
  }
  return true;
}

/** Translates a guest-physical address: what its page's TLB does not know is walked for. */
export function translateGuest(gpa: u64): void {
  const number = gpa >> hostFormat.sizeShift(hostSize);
  const tlb = changetype<Tlb | null>(cpu.nestedTlb);
  const key = entryKey(number, hostSize, TAG);
  if (tlb) {
    const hit = tlb.touch(tlb.setOf(number), key, LOOSE) != 0;
    count(hit ? Counter.NestedHits : Counter.NestedMisses);
    if (logging) log(Step.NestedTlb, 0, gpa, hit ? 1 : 0);
    if (hit) return;
  }
  walkHost(gpa);
  if (tlb) tlb.insert(tlb.setOf(number), key);
}

function walkHost(gpa: u64): void {
  const before = reads;
  const leaf = hostFormat.levelOf(hostSize);
  if (!findHost(gpa) && !mapHost(gpa)) {
    hostExhausted = true;
    return;
  }
  const start = cpu.hostCaches.start(hostFormat, gpa, TAG, leaf);
  if (!observed) addReads(start - leaf + 1);
  for (let level = start; ; level--) {
    const slot = hostFormat.pathAt(level);
    if (observed) readEntry(physicalOf(slot), level, hostFormat.loadEntry(slot), true);
    if (level == leaf) break;
    cpu.hostCaches.learn(hostFormat, gpa, TAG, level);
  }
  if (!ahead) count(Counter.HostReads, reads - before);
}

/** The host's leaf for an address, its path noted; 0: none yet. */
function findHost(gpa: u64): usize {
  return findLeaf(hostFormat, root, gpa, hostSize);
}

/** Maps a host page: below 4 GiB to the same address. False when memory is used up. */
function mapHost(gpa: u64): bool {
  const leaf = hostFormat.levelOf(hostSize);
  const bytes = (<u64>1) << hostFormat.sizeShift(hostSize);
  let pa = gpa & ~(bytes - 1);
  if (gpa >= FIRST_FRAME) pa = (nextFrame + bytes - 1) & ~(bytes - 1);
  if (gpa >> (<u64>hostFormat.vaBits - (hostFormat.signed ? 1 : 0)) || pa + bytes > hostEnd) {
    result(Result.Shortage, Shortage.Host);
    return false;
  }
  if (!extend(hostFormat, root, gpa, leaf, hostTableCounts)) return false;
  if (gpa >= FIRST_FRAME) nextFrame = pa + bytes;
  const flags = <u32>Flag.Read | <u32>Flag.Write | <u32>Flag.Execute | <u32>Flag.User | <u32>Flag.Accessed;
  writeLeaf(hostFormat, hostFormat.pathAt(leaf), hostSize, pa, flags);
  return true;
}

/** Bytes from a guest-physical address to the end of the host's page. */
export function leftInHostPage(gpa: u64): u64 {
  const bytes = (<u64>1) << hostFormat.sizeShift(hostSize);
  return bytes - (gpa & (bytes - 1));
}

/** A store has dirtied the guest's page at an address. */
export function dirtyHost(gpa: u64): void {
  const slot = findHost(gpa);
  if (slot) addFlags(hostFormat, slot, hostSize, Flag.Dirty);
}

/**
 * The physical address of a guest-physical one. A TLB's entry spans the guest's page, which may be of many of the host's: those that were
 * not walked to are mapped here, and that costs nothing. The address itself when memory is used up.
 */
export function hostPhysical(gpa: u64): u64 {
  if (!findHost(gpa) && !mapHost(gpa)) {
    hostExhausted = true;
    return gpa;
  }
  const slot = findHost(gpa);
  return hostFormat.physical(hostFormat.loadEntry(slot), hostSize, gpa);
}
