import { sizeBits } from "../config/formats.js";

/** Bytes of a cache's size: any number of K, M or G. */
export function bytesOf(size: string): number {
  const [, digits = "0", unit = ""] = /^(\d+)([KMG]?)$/.exec(size) ?? [];
  return Number(digits) * 2 ** (sizeBits(`1${unit}`) ?? 0);
}
