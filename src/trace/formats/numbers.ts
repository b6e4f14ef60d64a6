import { quote } from "../../errors.js";
import { BadRecord } from "../output.js";

const LIMIT = 1n << 64n;
const NULLS = ["NULL", "nil", "(nil)"];

/** A number below 2^64: decimal, or hexadecimal with 0x; a null pointer is 0. @throws BadRecord */
export function numberOf(text: string | undefined, what: string): bigint {
  if (text !== undefined && /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text)) {
    const value = BigInt(text);
    if (value < LIMIT) return value;
  }
  if (text !== undefined && NULLS.includes(text)) return 0n;
  throw new BadRecord(`${described(text)} is no ${what}; want a number below 2^64`);
}

/** Hexadecimal digits without 0x. @throws BadRecord */
export function hexOf(text: string | undefined, what: string): bigint {
  if (text !== undefined && /^[0-9a-f]{1,16}$/i.test(text)) return BigInt(`0x${text}`);
  throw new BadRecord(`${described(text)} is no ${what}; want 1 to 16 hexadecimal digits`);
}

/** A block's name: the address that it had. */
export function idOf(address: bigint): string {
  return `0x${address.toString(16)}`;
}

function described(text: string | undefined): string {
  return text === undefined ? "nothing" : quote(text);
}
