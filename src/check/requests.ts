import type { Session } from "./session.js";

/** From here on a size can be no block's: user addresses have 47 bits. */
const LARGEST = 1n << 47n;
const NEGATIVE = 1n << 63n;
/** Sizes this far below 2^64 are small negative numbers that were taken for sizes. */
const SMALL = 1n << 32n;
const MOST = (1n << 64n) - 1n;

/** Whether a block may be so large. What cannot be meant is reported. @internal */
export function isPossible(session: Session, size: bigint): boolean {
  const { SizeConfusion, SizeOverflow } = session.checker.core.enums.FindingKind;
  if (size < LARGEST) return size <= BigInt(session.options.limit);
  const isOverflow = size >= NEGATIVE && size < MOST - SMALL;
  session.reportSize(isOverflow ? SizeOverflow : SizeConfusion, size);
  return false;
}

/** The bytes that a calloc is of; undefined, and reported, where no size has so many. @internal */
export function productOf(session: Session, count: bigint, size: bigint): bigint | undefined {
  const bytes = count * size;
  if (bytes < NEGATIVE) return bytes;
  const { SizeOverflow } = session.checker.core.enums.FindingKind;
  session.reportSize(SizeOverflow, bytes > MOST ? MOST : bytes, [count, size]);
  return undefined;
}
