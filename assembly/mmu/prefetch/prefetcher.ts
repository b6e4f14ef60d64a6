export enum Prefetch {
  None,
  Next,
  Stride,
  Distance,
  Recency,
}
export const predictions: usize = memory.data(512, 8);
@unmanaged
export class Prefetcher {
  degree: u32;
  miss(vpn: u64, pc: u64): u32 {
    return 0;
  }
  evicted(vpn: u64): void {}
}
export function newPrefetcher(policy: Prefetch, degree: u32, entries: u32): Prefetcher | null {
  return null;
}
