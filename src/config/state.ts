// How the contents typed in as `state` are numbered.

import type { CacheConfig, TlbConfig } from "./model.js";
import { cacheBytes } from "./sizes.js";

/** A number as states write it: hexadecimal, with or without 0x. */
export function hex(text: string): bigint {
  return BigInt(`0x${text.replace(/^0x/i, "")}`);
}

/** The page number of a set and a tag of a TLB. */
export function vpnOf({ entries, ways, index }: TlbConfig, set: number, tag: bigint): bigint {
  const sets = BigInt((entries ?? 1) / (ways ?? 1));
  const low = index === "xor" ? BigInt(set) ^ (tag & (sets - 1n)) : BigInt(set);
  return tag * sets + low;
}

/** The physical address of a line's first byte, by its set and tag. */
export function lineAddress({ size, line, ways }: CacheConfig, set: number, tag: bigint): bigint {
  const sets = BigInt(cacheBytes(size) / line / ways);
  return (tag * sets + BigInt(set)) * BigInt(line);
}
