import { sizeName } from "../config/sizes.js";
import type { Address } from "./events.js";

/** log2 of the largest size: a page is smaller than the address space. */
const MAX_BITS = 63;

/**
 * Why no pages of 2^bits bytes can fill [address, address + length); undefined where they can. Where an address that only
 * the machine knows lies is left to the machine.
 */
export function pageSizeProblem(address: Address, length: bigint, bits: number): string | undefined {
  if (bits > MAX_BITS) return `there are no pages of 2^${bits} bytes`;
  const offset = (1n << BigInt(bits)) - 1n;
  const whole = `a multiple of ${sizeName(bits)}`;
  if (length === 0n) return "the length is 0; want at least a page";
  if (length & offset) return `the length ${length} is not ${whole}`;
  if (typeof address !== "bigint") return undefined;
  if (address & offset) return `the address 0x${address.toString(16)} is not ${whole}`;
  if (address + length > 1n << 64n) return "the range goes on behind the end of the 64 bits";
  return undefined;
}
