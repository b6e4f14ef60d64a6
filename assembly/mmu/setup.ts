// Making a machine: the calls of the host, in this order.
//
//   openFormat, addLevel ..., addSize ...   the page table's entries; and of a nested one
//   openTable                               the table and physical memory
//   addRegion ...                           by rising address
//   openMachine                             cores, and process 1
//   addTlb, addWalkCache ...                on every core; openHost, openPrefetcher
//   addCache ...                            from the nearest
//   openReplay

import { allocate } from "../base/arena";
import { AddressMap, SIZE, newMap, setEverywhere } from "./attributes";
import { cpuAt, cpus, openCpus, openPrefetch } from "./cpu";
import { setValidating } from "./mmu";
import { openNested, openNestedTlb } from "./nested";
import { format } from "./pagetable";
import { seedState } from "./policy/random";
import { openAhead } from "./prefetch/ahead";
import { Buffer } from "./prefetch/buffer";
import { Prefetch } from "./prefetch/prefetcher";
import { openResize } from "./resize";
import { openSchedule } from "./schedule";
import { Index, Policy } from "./sets";
import { newTlb } from "./tlb";
import { WalkCaches } from "./walkcache";

export { Access } from "./tlb";

/** What the policy `random` hangs on. */
let seed: u64 = 0;
/** Arrays of the same kind on two cores have numbers that far apart. */
const CORE: u64 = 64;

let regions: usize = 0;
let regionCount: u32 = 0;

function map(): AddressMap {
  if (!regions) regions = changetype<usize>(newMap());
  return changetype<AddressMap>(regions);
}

/** Adds a region, by rising address: its first and last byte. False when memory is used up. */
export function addRegion(first: u64, last: u64, attributes: u32): bool {
  return map().append(first, last, attributes, ++regionCount);
}

/**
 * Makes the cores, and process 1. `attributes` are those of pages outside regions; `heldSizes` those that some TLB holds; `ids` 0: none.
 * False when memory is used up.
 */
export function openMachine(
  cores: u32,
  ids: u32,
  user: bool,
  attributes: u32,
  heldSizes: u32,
  validating: bool,
  seed_: u64,
): bool {
  seed = seed_;
  setEverywhere(attributes, format.sizeShift(attributes & SIZE));
  setValidating(validating);
  openResize(heldSizes);
  return openCpus(cores) && openSchedule(ids, user, map());
}

/** The state of random's generator in the array of a number. */
export function seedOf(number: u64): u64 {
  return seedState(seed, number);
}

let added: u32 = 0;

/**
 * Adds a TLB to every core, levels in rising order, and puts it at the end of the chain of each kind and size it serves. `number` is its
 * place in the configuration. The addresses of its counts (`TlbCount`), one a core; 0 when memory is used up.
 */
export function addTlb(
  kinds: u32,
  sizes: u32,
  sets: u32,
  ways: u32,
  policy: Policy,
  index: Index,
  number: u32,
): usize {
  const counts = allocate((<u64>cpus) << 2, 4);
  if (!counts) return 0;
  for (let each: u32 = 0; each < cpus; each++) {
    const state = seedOf(<u64>each * CORE + number);
    const tlb = newTlb(added, sets, ways, policy, index, state);
    if (!tlb || !cpuAt(each).add(tlb, kinds, sizes)) return 0;
    store<usize>(counts + ((<usize>each) << 2), tlb.counts);
  }
  added++;
  return counts;
}

/** Adds a walk cache to every core, for the levels of a mask, of the machine's table or of a nested one (`host`). Its place from 1; 0 when memory is used up. */
export function addWalkCache(
  host: bool,
  levels: u32,
  sets: u32,
  ways: u32,
  policy: Policy,
  dropsAll: bool,
  number: u32,
): u32 {
  let place: u32 = 0;
  for (let each: u32 = 0; each < cpus; each++) {
    const state = seedOf(<u64>each * CORE + number);
    const caches = cachesOf(each, host);
    if (!caches.add(levels, sets, ways, policy, dropsAll, state)) return 0;
    place = caches.count;
  }
  return place;
}

function cachesOf(core: u32, host: bool): WalkCaches {
  return host ? cpuAt(core).hostCaches : cpuAt(core).walkCaches;
}

/** The address of a walk cache's counts (`WalkCacheCount`) on a core, by its place from 1. */
export function walkCacheCounts(core: u32, host: bool, place: u32): usize {
  return cachesOf(core, host).counts(place - 1);
}

/** Nests the table in the host's, whose pages are of `size`, in `paBits` of physical address; `sets` 0: no TLB of guest-physical pages. False when memory is used up. */
export function openHost(size: u32, paBits: u32, sets: u32, ways: u32, policy: Policy, number: u32): bool {
  openNested(size, paBits);
  return sets == 0 || openNestedTlb(sets, ways, policy, seedOf(number));
}

/** Gives every core a TLB prefetcher. False when memory is used up. */
export function openPrefetcher(policy: Prefetch, degree: u32, entries: u32, buffer: u32): bool {
  openAhead(policy == Prefetch.Recency);
  return openPrefetch(policy, degree, entries, buffer);
}

/** Entries in the prefetch buffers of all cores. */
export function prefetchHeld(): u32 {
  let held: u32 = 0;
  for (let each: u32 = 0; each < cpus; each++) {
    const buffer = changetype<Buffer | null>(cpuAt(each).buffer);
    if (buffer) held += buffer.length;
  }
  return held;
}
