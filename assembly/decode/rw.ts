// An address and R or W, as operating-systems courses hand them out:
//
//     "0041f7a0 R"    "13f5e2c0 W"
//
// There are no sizes: each access counts as one byte.

import { after, hexNumber, isBlankAt, number, readOrWrite, skipBlanks, skipPrefix } from "./scan";
import { TextFault, emit, fail } from "./text";

export function rwLine(at: usize, stop: usize): bool {
  at = skipBlanks(at, stop);
  if (!hexNumber(skipPrefix(at, stop), stop)) return false;
  if (after < stop && !isBlankAt(after)) return fail(TextFault.Address);
  at = skipBlanks(after, stop);
  const kind = at < stop ? readOrWrite(load<u8>(at)) : u32.MAX_VALUE;
  if (kind == u32.MAX_VALUE) return fail(TextFault.Kind);
  if (skipBlanks(at + 1, stop) != stop) return fail(TextFault.Trailing);
  emit(number, kind, 1);
  return true;
}
