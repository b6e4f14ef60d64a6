// What callers hand in, checked.

import { PagewalkError, quote } from "../../errors.js";
import type { Protection } from "../../trace/events.js";

/** A number of bytes or of anything else: a whole one, not below 0. */
export type Whole = number | bigint;

const LETTERS: Readonly<Record<string, Protection>> = { r: "read", w: "write", x: "execute" };

/** @throws PagewalkError `E_OPTION` for what is no whole number from 0 to 2^64 - 1 */
export function wholeOf(what: string, value: Whole): bigint {
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  const whole = isWhole ? BigInt(value) : -1n;
  if (whole >= 0n && whole < 1n << 64n) return whole;
  throw new PagewalkError(
    "E_OPTION",
    `${what}: ${quote(String(value))} is no whole number from 0 to 2 ** 64 - 1`,
  );
}

/** @throws PagewalkError `E_OPTION` for anything but a bigint of 64 bits */
export function addressOf(what: string, value: bigint): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 1n << 64n) return value;
  throw new PagewalkError(
    "E_OPTION",
    `${what}: ${quote(String(value))} is no address; want a bigint from 0n to 2n ** 64n - 1n`,
  );
}

/** `rw`, `r-x`; nothing, or dashes: no access at all. @throws PagewalkError `E_OPTION` */
export function protectionOf(what: string, text: string): Protection[] {
  if (typeof text !== "string" || !/^[r-]?[w-]?[x-]?$/.test(text)) {
    throw new PagewalkError(
      "E_OPTION",
      `${what}: no protection ${quote(String(text))}; want some of rwx, or nothing`,
    );
  }
  return [...text].flatMap((letter) => LETTERS[letter] ?? []);
}

/** @throws PagewalkError `E_OPTION` for the empty name, which stands for none */
export function nameOf(what: string, name: string): string {
  if (typeof name === "string" && name !== "") return name;
  throw new PagewalkError("E_OPTION", `${what}: ${quote(String(name))} is no name`);
}

/** @throws PagewalkError `E_OPTION` for anything but bytes */
export function bytesOf(what: string, bytes: Uint8Array): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  throw new PagewalkError("E_OPTION", `${what}: ${quote(String(bytes))} are no bytes; want a Uint8Array`);
}
