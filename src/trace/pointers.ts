// Contents of memory that are an address: `&q+16`, `&$name-8` or `&0x5000`, in the text that an access says its bytes by.

import type { Address } from "./events.js";

/** What stands for an address. */
export function pointerText(address: Address): string {
  if (typeof address === "bigint") return `&0x${address.toString(16)}`;
  const { base, offset } = address;
  // Digits alone would be an address.
  if (offset === 0n && !/^[0-9]/.test(base)) return `&${base}`;
  return `&${base}${offset < 0n ? "-" : "+"}${offset < 0n ? -offset : offset}`;
}

/** The address that such text is; 0 of what is none. */
export function pointerOf(text: string): Address {
  const [, base = "0x0", sign, digits] = /^&([\w.$]+)(?:([+-])([0-9]+))?$/.exec(text) ?? [];
  if (digits === undefined && /^0x[0-9a-f]+$/i.test(base)) return BigInt(base);
  const offset = BigInt(digits ?? 0);
  return { base, offset: sign === "-" ? -offset : offset };
}

/** A number as so many bytes, the lowest first. */
export function littleEndian(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const word = BigInt.asUintN(64, value);
  for (let at = 0; at < Math.min(size, 8); at++) bytes[at] = Number((word >> BigInt(8 * at)) & 0xffn);
  return bytes;
}
