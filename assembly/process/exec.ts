// execve: another program. What it maps was said part by part (`segment`), or is what most programs have; nothing of it is in memory yet.
//
//   0x400000 text | data | bss | heap -->              <-- mappings |  gap | <-- stack |

import { Errno, failed } from "./errno";
import { Limit, Memory, pageShift, topPage } from "./memory";
import { put } from "./mmap";
import { pagesOf } from "./munmap";
import { FileObject, growTo } from "./files";
import { Segment, fileNamed, segmentsOf } from "./names";
import { leaveMemory, running } from "./process";
import { Protection, VmaFlag, vmaAt } from "./vma";

const MAY: u32 = <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute;
const TEXT: u32 = <u32>Protection.Read | <u32>Protection.Execute;
const DATA: u32 = <u32>Protection.Read | <u32>Protection.Write;
/** Pages of a program that nothing is said of: text, data, bss. */
const TEXT_PAGES: u64 = 256;
const DATA_PAGES: u64 = 16;
const BSS_PAGES: u64 = 16;
/** Bytes where it begins. */
const BASE: u64 = 0x400000;
/** Pages that a stack begins with, as on Linux. */
const STACK_PAGES: u64 = 33;

/** execve(2) of the program of a name: 0, or an errno negated. */
export function exec(program: u32): i64 {
  const old = running();
  if (!old || !leaveMemory(old)) return failed(Errno.ENOMEM);
  const memory = running();
  if (!memory) return failed(Errno.ENOMEM);
  const end = segmentsOf(program) ? mapSegments(memory, program) : mapUsual(memory, program);
  if (!end) return failed(Errno.ENOMEM);
  memory.brkStart = end << pageShift;
  memory.brk = memory.brkStart;
  return mapStack(memory) ? 0 : failed(Errno.ENOMEM);
}

/** Maps what was said of a program. The page behind the highest of its own parts; 0 where something could not be. */
function mapSegments(memory: Memory, program: u32): u64 {
  let end: u64 = 0;
  let at = changetype<usize>(segmentsOf(program));
  while (at) {
    const each = changetype<Segment>(at);
    at = each.next;
    const first = each.va >> pageShift;
    const pages = pagesOf(each.bytes + (each.va & (((<u64>1) << pageShift) - 1)));
    let file: FileObject | null = null;
    if (each.file) {
      file = fileNamed(each.file);
      if (!file) return 0;
      growTo(file, each.offset + each.bytes);
    }
    if (!pages || pages > topPage || first > topPage - pages) return 0;
    if (put(memory, first, pages, each.protection, MAY, file, each.offset >> pageShift) < 0) return 0;
    if (!each.file || each.file == program) end = max(end, first + pages);
  }
  return end;
}

/** Maps what most programs have. */
function mapUsual(memory: Memory, program: u32): u64 {
  const all = TEXT_PAGES + DATA_PAGES + BSS_PAGES;
  let first = BASE >> pageShift;
  if (first + all > topPage / 4) first = topPage / 16;
  const scale = min(TEXT_PAGES, topPage / 16);
  const file = fileNamed(program);
  if (!file || !scale) return 0;
  growTo(file, (scale + DATA_PAGES) << pageShift);
  if (put(memory, first, scale, TEXT, MAY, file, 0) < 0) return 0;
  first += scale;
  if (put(memory, first, DATA_PAGES, DATA, MAY, file, scale) < 0) return 0;
  first += DATA_PAGES;
  if (put(memory, first, BSS_PAGES, DATA, MAY, null, 0) < 0) return 0;
  return first + BSS_PAGES;
}

function mapStack(memory: Memory): bool {
  const limit = memory.limit(Limit.Stack) >> pageShift;
  const pages = max<u64>(1, min(STACK_PAGES, min(limit, topPage / 16)));
  const first = topPage - pages;
  if (vmaAt(memory, first)) return true;
  return put(memory, first, pages, DATA, MAY | <u32>VmaFlag.GrowsDown, null, 0) >= 0;
}
