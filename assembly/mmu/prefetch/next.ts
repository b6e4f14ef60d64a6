// Sequential prefetching: the pages behind the one that missed.
// Kandiraju, Sivasubramaniam, Going the Distance for TLB Prefetching, ISCA 2002.

import { predict } from "./predictions";

export function missNext(vpn: u64, degree: u32): u32 {
  for (let i: u32 = 0; i < degree; i++) predict(i, vpn + i + 1);
  return degree;
}
