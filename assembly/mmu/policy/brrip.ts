// Bimodal RRIP of 3 bits: most fills are expected back last, one in 64 a little earlier.

export const BRRIP_MOST: u32 = 7;
const PERIOD: u64 = 64;

/** The value of fill number `fill` of an array, from 0: 6 for the first of every 64, else 7. */
export function fillBrrip(fill: u64): u32 {
  return fill % PERIOD ? BRRIP_MOST : BRRIP_MOST - 1;
}
