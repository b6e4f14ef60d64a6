// Where a program's heap and stack lie: as Linux has them, without chance.
//
//   ... | heap -->            <-- mappings |  gap  | <-- stack |

import { grant } from "./limits";
import { Memory, pageShift, topPage } from "./memory";
import { put } from "./mmap";
import { Protection, VmaFlag } from "./vma";
import { Limit, limitOf } from "./tally";

const FLAGS: u32 =
  <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute | <u32>VmaFlag.GrowsDown;
/** Pages that a stack begins with. */
let stackPages: u64 = 33;

export function setStackPages(pages: u32): void {
  stackPages = pages;
}

/** Pages of a small program, behind two thirds of the address space, before its heap. */
const PROGRAM_PAGES: u64 = 5;

/** The heap begins at two thirds of the address space, empty; the stack at its top. False when there is no room. */
export function layOut(memory: Memory): bool {
  return layHeap(memory, (topPage / 3) * 2 + PROGRAM_PAGES) && layStack(memory);
}

export function layHeap(memory: Memory, first: u64): bool {
  memory.brkStart = first << pageShift;
  memory.brk = memory.brkStart;
  return true;
}

export function layStack(memory: Memory): bool {
  const limit = limitOf(Limit.Stack) >> pageShift;
  const pages = max<u64>(1, min(stackPages, min(limit, topPage / 16)));
  const protection = <u32>Protection.Read | <u32>Protection.Write;
  grant(true);
  const place = put(memory, topPage - pages, pages, protection, FLAGS, null, 0);
  grant(false);
  return place >= 0;
}
