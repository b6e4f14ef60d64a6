// What a machine's TLBs cost: entries, and bits.

import { shapeOf } from "../config/formats.js";
import type { Config, TlbConfig } from "../config/model.js";
import { sizeBits } from "../config/sizes.js";

export const COSTS = ["entries", "bits"] as const;
export type Cost = (typeof COSTS)[number];

/** Valid, dirty, global, user, and what may be done: r, w, x. */
const FLAG_BITS = 7;

/** Entries, or bits, of all TLBs of a core; undefined where one is ideal, and has no bound. */
export function costOf(config: Config, cost: Cost): number | undefined {
  let sum = 0;
  for (const tlb of config.tlb) {
    if (tlb.entries === null || tlb.ways === null) return undefined;
    sum += cost === "entries" ? tlb.entries : tlb.entries * entryBits(config, tlb, tlb.entries / tlb.ways);
  }
  return sum;
}

/**
 * Bits of an entry, wide enough for the smallest page that the TLB holds:
 *
 *   | tag: page number above the set's | physical page number | flags | size | asid |
 *
 * The tag is the quotient of the page number by the sets. What replacement remembers is not counted.
 */
function entryBits({ pageTable, asids }: Config, { pageSizes }: TlbConfig, sets: number): number {
  const { vaBits, paBits, pageBits, canonical } = shapeOf(pageTable);
  const page = Math.min(...pageSizes.map((size) => sizeBits(size) ?? pageBits));
  // One bit more tells two halves of the space apart.
  const number = vaBits + (canonical === "halves" ? 1 : 0) - page;
  const tag = Math.max(0, number - Math.floor(Math.log2(sets)));
  const size = Math.ceil(Math.log2(pageSizes.length));
  const asid = asids === null ? 0 : Math.ceil(Math.log2(asids));
  return tag + (paBits - page) + FLAG_BITS + size + asid;
}
