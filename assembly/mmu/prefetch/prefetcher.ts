// What a core expects to miss next, from the misses of its last TLB, under one of the policies.

import { allocate } from "../../base/arena";
import { Distances, newDistances } from "./distance";
import { missNext } from "./next";
import { openPredictions } from "./predictions";
import { missRecency, newRecency, pushRecency } from "./recency";
import { Stack } from "./stack";
import { missStride, newStrides } from "./stride";

export { predictions } from "./predictions";

export enum Prefetch {
  None,
  Next,
  Stride,
  Distance,
  Recency,
}

@unmanaged
export class Prefetcher {
  policy: Prefetch;
  degree: u32;
  entries: u32;
  /** What the policy knows: a `Stack` (stride, recency) or `Distances`. */
  private known: usize;
  /** Memory was used up: a page was not remembered. Of recency alone. */
  short: bool;

  /** Takes memory; false when it is used up. */
  open(policy: Prefetch, degree: u32, entries: u32): bool {
    this.policy = policy;
    this.degree = degree;
    this.entries = entries;
    if (!openPredictions(degree)) return false;
    if (policy == Prefetch.Stride) this.known = changetype<usize>(newStrides(entries));
    else if (policy == Prefetch.Distance) this.known = changetype<usize>(newDistances(entries, degree));
    else if (policy == Prefetch.Recency) this.known = changetype<usize>(newRecency());
    else return true;
    return this.known != 0;
  }

  /**
   * Learns the miss of page `vpn` by the instruction at `pc`. How many pages are now expected, at most `degree`: they stand at
   * `predictions`, modulo 2^64 and not held against any address space. For recency, `vpn` is whatever names a page.
   */
  miss(vpn: u64, pc: u64): u32 {
    switch (this.policy) {
      case Prefetch.Next:
        return missNext(vpn, this.degree);
      case Prefetch.Stride:
        return missStride(changetype<Stack>(this.known), this.entries, vpn, pc, this.degree);
      case Prefetch.Distance:
        return changetype<Distances>(this.known).miss(vpn);
      case Prefetch.Recency:
        return missRecency(changetype<Stack>(this.known), vpn, this.degree);
      default:
        return 0;
    }
  }

  /** Learns that the last TLB gave up a page: recency alone. */
  evicted(vpn: u64): void {
    if (this.policy != Prefetch.Recency) return;
    if (!pushRecency(changetype<Stack>(this.known), vpn)) this.short = true;
  }
}

/** `degree` and `entries` are at least 1. Null when memory is used up. */
export function newPrefetcher(policy: Prefetch, degree: u32, entries: u32): Prefetcher | null {
  const at = allocate(offsetof<Prefetcher>(), 8);
  return at && changetype<Prefetcher>(at).open(policy, degree, entries) ? changetype<Prefetcher>(at) : null;
}
