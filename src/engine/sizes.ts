import { sizeBits } from "../config/formats.js";

/** Bytes of a cache's size: any number of K, M or G. */
export function bytesOf(size: string): number {
  const [, digits = "0", unit = ""] = /^(\d+)([KMG]?)$/.exec(size) ?? [];
  return Number(digits) * 2 ** (sizeBits(`1${unit}`) ?? 0);
}

/** Bits of a cache's set number that lie above the offset in a page: with `vipt`, the same line may stand in 2^these sets. */
export function aliasBits(
  { size, line, ways }: { size: string; line: number; ways: number },
  pageSize: string,
): number {
  const bytesOfWay = bytesOf(size) / ways;
  const sets = bytesOfWay / line;
  return sets > 1 ? Math.max(0, Math.ceil(Math.log2(bytesOfWay)) - (sizeBits(pageSize) ?? 0)) : 0;
}
