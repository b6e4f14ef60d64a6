// The methods of Prefetcher and of its Buffer by name.

import { Buffer, newBuffer } from "../mmu/prefetch/buffer";
import { Prefetch, Prefetcher, newPrefetcher, predictions } from "../mmu/prefetch/prefetcher";

/** A new prefetcher, or 0 when memory is used up. */
export function makePrefetcher(policy: Prefetch, degree: u32, entries: u32): usize {
  return changetype<usize>(newPrefetcher(policy, degree, entries));
}

export function missAt(at: usize, vpn: u64, pc: u64): u32 {
  return changetype<Prefetcher>(at).miss(vpn, pc);
}

export function predictionsAt(): usize {
  return predictions;
}

export function evictedAt(at: usize, vpn: u64): void {
  changetype<Prefetcher>(at).evicted(vpn);
}

/** A new buffer, or 0 when memory is used up. */
export function makeBuffer(entries: u32): usize {
  return changetype<usize>(newBuffer(entries));
}

export function takeAt(at: usize, key: u64, loose: u64): u64 {
  return changetype<Buffer>(at).take(key, loose);
}

export function holdsAt(at: usize, key: u64, loose: u64): bool {
  return changetype<Buffer>(at).holds(key, loose);
}

export function putAt(at: usize, word: u64): u64 {
  return changetype<Buffer>(at).put(word);
}

export function dropWhereAt(at: usize, mask: u64, value: u64): u32 {
  return changetype<Buffer>(at).dropWhere(mask, value);
}

export function lengthAt(at: usize): u32 {
  return changetype<Buffer>(at).length;
}
