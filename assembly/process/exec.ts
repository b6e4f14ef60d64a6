// execve: another program. It has what was said of it part by part (`segment`), a heap behind, and a stack; nothing of it is in memory yet.

import { Errno, failed } from "./errno";
import { layHeap } from "./layout";
import { Limit, Memory, overcommit, pageShift, setMode, topPage } from "./memory";
import { put } from "./mmap";
import { pagesOf } from "./munmap";
import { Segment, fileNamed, isFile, segmentsOf } from "./names";
import { leaveMemory, running } from "./process";
import { NO_PLACE, VmaFlag } from "./vma";

const MAY: u32 = <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute;
/** execve(2) of the program of a name: 0, or an errno negated. */
export function exec(program: u32): i64 {
  const missing = missingOf(program);
  if (missing < 0) return missing;
  const old = running();
  if (!old || !leaveMemory(old)) return failed(Errno.ENOMEM);
  const memory = running();
  if (!memory) return failed(Errno.ENOMEM);
  const end = mapUnlimited(memory, program);
  if (end == NO_PLACE) return failed(Errno.ENOMEM);
  if (end) layHeap(memory, end);
  return 0;
}

/** ENOENT, negated, where a file of a program's parts is not there; else 0. */
function missingOf(program: u32): i64 {
  for (let at = changetype<usize>(segmentsOf(program)); at; at = changetype<Segment>(at).next) {
    const file = changetype<Segment>(at).file;
    if (file && !isFile(file)) return failed(Errno.ENOENT);
  }
  return 0;
}

/** Maps a program, whatever its process may have besides. */
function mapUnlimited(memory: Memory, program: u32): u64 {
  const addresses = memory.limit(Limit.AddressSpace);
  const data = memory.limit(Limit.Data);
  const mode = overcommit;
  memory.setLimit(Limit.AddressSpace, u64.MAX_VALUE);
  memory.setLimit(Limit.Data, u64.MAX_VALUE);
  setMode(1);
  const end = mapSegments(memory, program);
  setMode(mode);
  memory.setLimit(Limit.AddressSpace, addresses);
  memory.setLimit(Limit.Data, data);
  return end;
}

/** Maps what was said of a program. The page behind the last anonymous part, or part of its own file; 0: there is none, NO_PLACE: something could not be. */
function mapSegments(memory: Memory, program: u32): u64 {
  let end: u64 = 0;
  let at = changetype<usize>(segmentsOf(program));
  while (at) {
    const each = changetype<Segment>(at);
    at = each.next;
    const first = each.va >> pageShift;
    const pages = pagesOf(each.bytes);
    const file = each.file ? fileNamed(each.file) : null;
    if (!pages || pages > topPage || first > topPage - pages) return NO_PLACE;
    if (put(memory, first, pages, each.protection, MAY, file, each.offset >> pageShift) < 0) return NO_PLACE;
    if (!each.file || each.file == program) end = max(end, first + pages);
  }
  return end;
}
