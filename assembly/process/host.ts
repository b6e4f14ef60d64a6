// What the host asks of the operating system, by numbers.

import { peek, writeFile } from "./data";
import { addressNamed, fileNamed, isBound } from "./names";
import { running } from "./process";

/** Puts bytes of the running process into the buffer, without an access: how many there are before what is not mapped. */
export function peekBytes(va: u64, bytes: u32): u32 {
  const memory = running();
  return memory ? peek(memory, va, bytes) : 0;
}

/** What a name stands for; all ones where it stands for nothing. */
export function addressOfName(name: u32): u64 {
  return isBound(name) ? addressNamed(name) : u64.MAX_VALUE;
}

/** Gives the file of a name the buffer's first bytes, from its beginning. False when memory is used up. */
export function fillFile(name: u32, bytes: u32): bool {
  const file = fileNamed(name);
  return file != null && writeFile(file, 0, bytes);
}
