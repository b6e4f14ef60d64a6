// execve: another program. It has what was said of it part by part (`segment`), a heap behind, and a stack; nothing of it is in memory yet.

import { Errno, failed } from "./errno";
import { layHeap } from "./layout";
import { grant } from "./limits";
import { Memory, pageShift, topPage } from "./memory";
import { put } from "./mmap";
import { pagesOf } from "./munmap";
import { Segment, fileNamed, isFile, segmentsOf } from "./names";
import { leaveMemory, running } from "./process";
import { NO_PLACE, Protection, VmaFlag } from "./vma";

const MAY: u32 = <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute;
/** execve(2) of the program of a name: 0, or an errno negated. */
export function exec(program: u32): i64 {
  const missing = missingOf(program);
  if (missing < 0) return missing;
  const old = running();
  if (!old || !leaveMemory(old)) return failed(Errno.ENOMEM);
  const memory = running();
  if (!memory) return failed(Errno.ENOMEM);
  grant(true);
  const end = mapSegments(memory, program);
  grant(false);
  memory.entry = entryOf(program);
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

/** Where a program begins: where the first of its parts that says so has it, else with the first that may be executed; 0: nowhere. */
function entryOf(program: u32): u64 {
  let first: u64 = 0;
  for (let at = changetype<usize>(segmentsOf(program)); at; at = changetype<Segment>(at).next) {
    const each = changetype<Segment>(at);
    if (each.entry) return each.entry;
    if (!first && each.protection & Protection.Execute) first = each.va;
  }
  return first;
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
