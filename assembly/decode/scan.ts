// Numbers and blanks of a line. Each scan starts at `at` and leaves the place behind what it took in `after`.

import { Batch, Kind } from "../base/batch";
import { hexDigit } from "./hex";
import { TextFault, fail } from "./text";

/** Where the last scan ended, and the number it read. */
export let after: usize = 0;
export let number: u64 = 0;

/** One to sixteen hexadecimal digits. False: `textFault` says why. */
export function hexNumber(at: usize, stop: usize): bool {
  const start = at;
  let value: u64 = 0;
  for (; at < stop; at++) {
    const digit = hexDigit(load<u8>(at));
    if (digit > 15) break;
    if (at - start == 16) return fail(TextFault.AddressTooLong);
    value = (value << 4) | <u64>digit;
  }
  after = at;
  number = value;
  return at > start || fail(TextFault.Address);
}

/** A decimal address, below 2^64. */
export function decimalAddress(at: usize, stop: usize): bool {
  const start = at;
  let value: u64 = 0;
  for (; at < stop; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9) break;
    if (value > (u64.MAX_VALUE - digit) / 10) return fail(TextFault.AddressTooLong);
    value = value * 10 + digit;
  }
  after = at;
  number = value;
  return at > start || fail(TextFault.Address);
}

/** A decimal size, up to the largest of a record. */
export function size(at: usize, stop: usize): bool {
  const start = at;
  let value: u64 = 0;
  for (; at < stop; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
    if (value > <u64>Batch.MaxSize) return fail(TextFault.SizeTooLarge);
  }
  after = at;
  number = value;
  return at > start || fail(TextFault.Size);
}

/** The first byte from `at` on that is no space and no tab. */
export function skipBlanks(at: usize, stop: usize): usize {
  while (at < stop && isBlankAt(at)) at++;
  return at;
}

export function isBlankAt(at: usize): bool {
  const character = load<u8>(at);
  return character == 0x20 || character == 0x09;
}

/** Behind "0x" or "0X", if it stands here; else here. */
export function skipPrefix(at: usize, stop: usize): usize {
  if (stop - at < 2 || load<u8>(at) != 0x30) return at;
  return (load<u8>(at + 1) | 0x20) == 0x78 ? at + 2 : at;
}

/** R or W, of either case, as the kind of a record; above the kinds if it is neither. */
export function readOrWrite(character: u32): u32 {
  const letter = character | 0x20;
  if (letter == 0x72) return Kind.Load;
  return letter == 0x77 ? <u32>Kind.Store : u32.MAX_VALUE;
}
