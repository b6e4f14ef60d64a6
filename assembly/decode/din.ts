// Dinero's din: a label and a hexadecimal address; what follows is a comment.
//
//     "0 1ffefff8d8"  a read    "1 ..."  a write    "2 408ed4"  a fetch
//
// There are no sizes: each access counts as one byte.

import { Kind } from "../base/batch";
import { after, hexNumber, isBlankAt, number, skipBlanks, skipPrefix } from "./scan";
import { TextFault, emit, fail } from "./text";

export function dinLine(at: usize, stop: usize): bool {
  at = skipBlanks(at, stop);
  const label = <u32>load<u8>(at) - 0x30;
  at++;
  if (label > 2 || at == stop || !isBlankAt(at)) return fail(TextFault.Kind);
  at = skipBlanks(at, stop);
  if (!hexNumber(skipPrefix(at, stop), stop)) return false;
  if (after < stop && !isBlankAt(after)) return fail(TextFault.Trailing);
  emit(number, label == 2 ? Kind.Instruction : label == 1 ? Kind.Store : Kind.Load, 1);
  return true;
}
