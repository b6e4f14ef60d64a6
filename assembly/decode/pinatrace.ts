// Pin's pinatrace: the instruction, the kind, and the address of a data access; or the kind and a decimal address.
//
//     "0x7f3e1c2a1090: R 0x7ffd5b8a0f78"    "W 3212859348"
//
// Lines that begin with # are comments. There are no sizes (each access counts as one byte), and no fetches: the
// instruction's address says where a data access came from.

import {
  after,
  decimalAddress,
  hexNumber,
  isBlankAt,
  number,
  readOrWrite,
  skipBlanks,
  skipPrefix,
} from "./scan";
import { TextFault, emit, fail } from "./text";

const HASH: u32 = 0x23;
const COLON: u32 = 0x3a;

export function pinatraceLine(at: usize, stop: usize): bool {
  at = skipBlanks(at, stop);
  if (load<u8>(at) == HASH) return true;
  const bare = readOrWrite(load<u8>(at));
  if (bare == u32.MAX_VALUE) {
    if (!hexNumber(skipPrefix(at, stop), stop)) return false;
    if (after == stop || load<u8>(after) != COLON) return fail(TextFault.Kind);
    at = skipBlanks(after + 1, stop);
  }
  const kind = at < stop ? readOrWrite(load<u8>(at)) : u32.MAX_VALUE;
  if (kind == u32.MAX_VALUE || at + 1 == stop || !isBlankAt(at + 1)) return fail(TextFault.Kind);
  at = skipBlanks(at + 1, stop);
  const digits = skipPrefix(at, stop);
  if (!(digits == at ? decimalAddress(at, stop) : hexNumber(digits, stop))) return false;
  if (skipBlanks(after, stop) != stop) return fail(TextFault.Trailing);
  emit(number, kind, 1);
  return true;
}
