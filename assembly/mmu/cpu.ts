// Cores: each has TLBs, walk caches and a prefetcher of its own, over the same page tables. The state of the one that runs
// is in globals, for lookups; `select` changes it.
//
//   chains:  for each page size, for each kind of access, the TLBs that serve it, by level, and a 0

import { allocate } from "../base/arena";
import { Most } from "./format";
import { Buffer, newBuffer } from "./prefetch/buffer";
import { Prefetch, Prefetcher, newPrefetcher } from "./prefetch/prefetcher";
import { Thread } from "./space";
import { Access, Tlb } from "./tlb";
import { WalkCaches, newWalkCaches } from "./walkcache";

/** Levels of TLB, and a 0 behind them. */
const CHAIN: u32 = 65;
const CHAIN_BYTES: usize = 4 * 65;
const MAX_TLBS: u32 = 256;

@unmanaged
export class Cpu {
  number: u32;
  tlbs: u32;
  /** The thread that is loaded; 0: none yet. */
  thread: usize;
  walkCaches: WalkCaches;
  hostCaches: WalkCaches;
  /** The TLB of guest-physical pages, or 0. */
  nestedTlb: usize;
  prefetcher: usize;
  buffer: usize;

  private list(): usize {
    return changetype<usize>(this) + offsetof<Cpu>();
  }

  chains(): usize {
    return this.list() + 4 * <usize>MAX_TLBS;
  }

  chain(size: u32, access: u32): usize {
    return this.chains() + <usize>(size * <u32>Access.Length + access) * CHAIN_BYTES;
  }

  tlb(place: u32): Tlb {
    return changetype<Tlb>(load<usize>(this.list() + ((<usize>place) << 2)));
  }

  /** Puts a TLB at the end of the chain of each kind and size that it serves. False: there are too many. */
  add(tlb: Tlb, kinds: u32, sizes: u32): bool {
    if (this.tlbs == MAX_TLBS) return false;
    store<usize>(this.list() + ((<usize>this.tlbs) << 2), changetype<usize>(tlb));
    this.tlbs++;
    for (let size: u32 = 0; size < <u32>Most.Sizes; size++) {
      for (let access: u32 = 0; access < <u32>Access.Length; access++) {
        if (!((sizes >> size) & (kinds >> access) & 1)) continue;
        let link = this.chain(size, access);
        while (load<usize>(link)) link += 4;
        store<usize>(link, changetype<usize>(tlb));
      }
    }
    return true;
  }
}

export let cpus: u32 = 0;
let firstCpu: usize = 0;
const CPU_BYTES: usize =
  offsetof<Cpu>() + 4 * <usize>MAX_TLBS + <usize>Most.Sizes * <usize>Access.Length * CHAIN_BYTES;

/** The core that runs, and its chains. */
export let cpu: Cpu = changetype<Cpu>(0);
let chains: usize = 0;

/** Makes the cores. False when memory is used up. */
export function openCpus(count: u32): bool {
  firstCpu = allocate(<u64>count * CPU_BYTES, 64);
  if (!firstCpu) return false;
  cpus = count;
  for (let number: u32 = 0; number < count; number++) {
    const at = cpuAt(number);
    const walkCaches = newWalkCaches();
    const hostCaches = newWalkCaches();
    if (!walkCaches || !hostCaches) return false;
    at.number = number;
    at.walkCaches = walkCaches;
    at.hostCaches = hostCaches;
    hostCaches.host = true;
  }
  selectCpu(0);
  return true;
}

/** Gives every core a prefetcher and its buffer. False when memory is used up. */
export function openPrefetch(policy: Prefetch, degree: u32, entries: u32, buffer: u32): bool {
  for (let number: u32 = 0; number < cpus; number++) {
    const prefetcher = newPrefetcher(policy, degree, entries);
    const buffer_ = newBuffer(buffer);
    if (!prefetcher || !buffer_) return false;
    cpuAt(number).prefetcher = changetype<usize>(prefetcher);
    cpuAt(number).buffer = changetype<usize>(buffer_);
  }
  return true;
}

export function cpuAt(number: u32): Cpu {
  return changetype<Cpu>(firstCpu + <usize>number * CPU_BYTES);
}

export function selectCpu(number: u32): void {
  cpu = cpuAt(number);
  chains = cpu.chains();
}

/** The chain for pages of a size and a kind of access: addresses of TLBs, by level, and 0. */
export function chainOf(size: u32, access: u32): usize {
  return chains + <usize>(size * <u32>Access.Length + access) * CHAIN_BYTES;
}

/** The first of a chain, or null. */
export function firstTlb(size: u32, access: u32): Tlb | null {
  return changetype<Tlb | null>(load<usize>(chainOf(size, access)));
}
