// Events of a trace that an operating system acts upon. A call that fails changes nothing but what it says, and is counted.

import { shortages } from "../base/arena";
import { Counter, count } from "../base/counters";
import { EventKind, EventRow, longOf, wordOf } from "../base/events";
import { begin, cloneTo } from "../mmu/schedule";
import { holdAgainst, noteBreak } from "./answers";
import { brk } from "./brk";
import { Errno, failed } from "./errno";
import { exec } from "./exec";
import { isStrict } from "./fault";
import { FileObject, growTo, truncate } from "./files";
import { Advice, madvise } from "./madvise";
import { Memory, limitMaps, noteMapping, pageShift, setOvercommit, topPage } from "./memory";
import { mlock, munlock } from "./mlock";
import { Map, Open, mmap } from "./mmap";
import { mprotect } from "./mprotect";
import { mremap } from "./mremap";
import { isAligned, munmap } from "./munmap";
import {
  addSegment,
  addressNamed,
  bind,
  createFile,
  fileNamed,
  isBound,
  isFile,
  openOf,
  setOpen,
} from "./names";
import { limitFrames } from "./system";
import { exit, fork, gone, manage, managed, running, share } from "./process";
import { Limit, setLimit } from "./tally";

/** Bits of an event's flags, as the host lays them out (eventcodec.ts). */
const MAP_SHIFT: u32 = 8;
const NEITHER: u32 = 1 << 9;
const MAPS: u32 = (1 << 9) - 1;
const PROTECTION: u32 = 7;
const READ_ONLY: u32 = 1;
const WRITE_ONLY: u32 = 2;
const MAYMOVE: u32 = 1;
/** The most bytes of a file (loff_t). */
const FILE_BYTES: u64 = u64.MAX_VALUE >> 1;
/** Resources of `limit` beyond those of a memory: mappings. */
const LIMIT_MAPS: u32 = 4;

/** The errno of the last call; 0: it did not fail. */
export let lastErrno: u32 = 0;
/** A break was moved less far than was asked for. */
let short: bool = false;
/** What the last call answered. */
export let lastResult: u64 = 0;

/** Whether an event is a call, or another thing that an operating system does. */
export function isCall(kind: EventKind): bool {
  switch (kind) {
    case EventKind.Mmap:
    case EventKind.Munmap:
    case EventKind.Mprotect:
    case EventKind.Mremap:
    case EventKind.Madvise:
    case EventKind.Brk:
    case EventKind.Sbrk:
    case EventKind.Fork:
    case EventKind.Vfork:
    case EventKind.Clone:
    case EventKind.Exec:
    case EventKind.Exit:
    case EventKind.File:
    case EventKind.Truncate:
    case EventKind.Frames:
    case EventKind.Mlock:
    case EventKind.Munlock:
    case EventKind.Limit:
    case EventKind.Overcommit:
    case EventKind.Open:
    case EventKind.Close:
    case EventKind.Segment:
      return true;
    default:
      return false;
  }
}

/** Whether an event tells that its trace says what is mapped. */
function isOfMappings(kind: EventKind): bool {
  if (kind == EventKind.Fork || kind == EventKind.Vfork || kind == EventKind.Clone) return false;
  return kind != EventKind.Exit && kind != EventKind.Frames;
}

/** Whether an event is about the machine, whichever process tells of it. */
function isOfMachine(kind: EventKind): bool {
  switch (kind) {
    case EventKind.File:
    case EventKind.Truncate:
    case EventKind.Open:
    case EventKind.Close:
    case EventKind.Segment:
    case EventKind.Frames:
    case EventKind.Overcommit:
      return true;
    default:
      return false;
  }
}

/** Calls acted upon, by kind, and those of them that failed. */
export const callsMade: usize = memory.data(<i32>EventKind.Length * 8, 8);
export const callsFailed: usize = memory.data(<i32>EventKind.Length * 8, 8);

function countIn(counts: usize, kind: EventKind): void {
  const at = counts + ((<usize>kind) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** What the last call came to, where it is the host's. */
export function setErrno(errno: u32): void {
  lastErrno = errno;
}

/** What the last call gave is forgotten. */
export function forgetResult(): void {
  lastErrno = 0;
  lastResult = 0;
}

/** Acts upon a call; `own`: that no trace tells of. False when memory is used up, which is not the memory that the machine has. */
export function act(kind: EventKind, row: usize, own: bool): bool {
  const before = shortages;
  return answer(kind, row, own) && shortages == before;
}

function answer(kind: EventKind, row: usize, own: bool): bool {
  // A thread of its own, to a machine without an operating system.
  if (kind == EventKind.Clone && !managed) return cloneTo(longOf(row, EventRow.A));
  if (!manage()) return false;
  if (!own && isOfMappings(kind)) noteMapping();
  if (!isOfMachine(kind)) begin();
  let result = failed(Errno.ESRCH);
  let va: u64 = 0;
  const memory: Memory | null = gone ? null : running();
  if (!gone) {
    if (!memory) return false;
    va = placeOf(row);
    noteBreak(memory);
    result = call(kind, row, memory, va);
  }
  lastErrno = result < 0 ? <u32>-result : short ? <u32>Errno.ENOMEM : 0;
  lastResult = result < 0 ? 0 : <u64>result;
  short = false;
  countIn(callsMade, kind);
  if (lastErrno) countIn(callsFailed, kind);
  holdAgainst(row, kind, va, lastErrno, lastResult, memory);
  return true;
}

/** An address, or an offset from a named one; a name that stands for nothing is 0. */
export function placeOf(row: usize): u64 {
  const base = wordOf(row, EventRow.Base);
  const va = longOf(row, EventRow.A);
  if (!base) return va;
  return isBound(base) ? addressNamed(base) + va : va;
}

function call(kind: EventKind, row: usize, memory: Memory, va: u64): i64 {
  const b = longOf(row, EventRow.B);
  const flags = wordOf(row, EventRow.Flags);
  const name = wordOf(row, EventRow.Name);
  switch (kind) {
    case EventKind.Mmap:
      return named(row, map(memory, row, va, b, flags));
    case EventKind.Munmap:
      return munmap(memory, va, b);
    case EventKind.Mprotect:
      return mprotect(memory, va, b, flags & PROTECTION);
    case EventKind.Mremap:
      return named(row, remap(memory, row, va, b, flags));
    case EventKind.Madvise:
      return madvise(memory, va, b, <Advice>name);
    case EventKind.Mlock:
      return mlock(memory, va, b);
    case EventKind.Munlock:
      return munlock(memory, va, b);
    case EventKind.Brk:
      return named(row, moveBreak(memory, va));
    case EventKind.Sbrk:
      return named(row, addBreak(memory, <i64>longOf(row, EventRow.A)));
    case EventKind.Fork:
      return fork(longOf(row, EventRow.A));
    case EventKind.Vfork:
    case EventKind.Clone:
      return share(longOf(row, EventRow.A));
    case EventKind.Exec:
      return exec(name);
    case EventKind.Frames:
      return limitFrames(longOf(row, EventRow.A));
    case EventKind.Exit:
      return exit() ? 0 : failed(Errno.ENOMEM);
    case EventKind.Segment:
      if (!isAligned(va) || !isAligned(longOf(row, EventRow.C))) return failed(Errno.EINVAL);
      return segment(row, name, va, b, flags & PROTECTION);
    case EventKind.Limit:
      return limit(flags & 255, longOf(row, EventRow.A));
    case EventKind.Overcommit:
      setOvercommit(flags & 255, longOf(row, EventRow.A));
      return 0;
    default:
      return onFile(kind, row, name, flags);
  }
}

/** What `as` names stands for what a call answered. */
function named(row: usize, result: i64): i64 {
  const name = wordOf(row, EventRow.Text);
  if (name && result >= 0) bind(name, <u64>result);
  return result;
}

function map(memory: Memory, row: usize, va: u64, bytes: u64, flags: u32): i64 {
  const maps = flags >> MAP_SHIFT;
  let kinds = maps & MAPS;
  if (!(maps & NEITHER) && !(kinds & Map.Shared)) kinds |= Map.Private;
  const name = wordOf(row, EventRow.Name);
  if (!name || kinds & Map.Anonymous) return mmap(memory, va, bytes, flags & PROTECTION, kinds, null, 0, 0);
  if (!isAligned(longOf(row, EventRow.C))) return failed(Errno.EINVAL);
  if (!isFile(name) && isStrict()) return failed(Errno.EBADF);
  const file = fileNamed(name);
  if (!file) return failed(Errno.ENOMEM);
  const open = openOf(name);
  if (!open) return failed(Errno.EBADF);
  const offset = longOf(row, EventRow.C);
  const result = mmap(memory, va, bytes, flags & PROTECTION, kinds, file, offset, open);
  if (result >= 0) growTo(file, offset + bytes);
  return result;
}

function remap(memory: Memory, row: usize, va: u64, old: u64, flags: u32): i64 {
  const to = longOf(row, EventRow.D);
  const kinds = (flags & MAYMOVE) | (to ? 2 : 0);
  return mremap(memory, va, old, longOf(row, EventRow.C), kinds, to);
}

/** The break that is now, the kernel's answer. One that is less than was asked for counts as a failure. */
function moveBreak(memory: Memory, to: u64): i64 {
  // The heap of a real program begins where its first answer says.
  const isFirst = !memory.heapTold && memory.brk == memory.brkStart;
  if (to && to >> pageShift < topPage && !isStrict() && isFirst) {
    memory.brkStart = to;
    memory.brk = to;
  }
  if (to) memory.heapTold = true;
  const now = brk(memory, to);
  short = now < to;
  return <i64>now;
}

/** The old break, as sbrk(3) gives it. */
function addBreak(memory: Memory, by: i64): i64 {
  const old = memory.brk;
  if (!by) return <i64>old;
  const to = old + by;
  if (by < 0 ? to > old : to < old) return failed(Errno.ENOMEM);
  return brk(memory, to) < to ? failed(Errno.ENOMEM) : <i64>old;
}

function segment(row: usize, program: u32, va: u64, bytes: u64, protection: u32): i64 {
  const file = wordOf(row, EventRow.Text);
  const offset = longOf(row, EventRow.C);
  const entry = longOf(row, EventRow.D);
  return addSegment(program, va, bytes, protection, file, offset, entry) ? 0 : failed(Errno.ENOMEM);
}

function limit(resource: u32, value: u64): i64 {
  if (resource == LIMIT_MAPS) limitMaps(value);
  else setLimit(<Limit>resource, value);
  return 0;
}

function openFrom(flags: u32): u32 {
  if (flags & WRITE_ONLY) return Open.Write;
  return flags & READ_ONLY ? Open.Read : <u32>Open.Read | <u32>Open.Write;
}

function onFile(kind: EventKind, row: usize, name: u32, flags: u32): i64 {
  const size = longOf(row, EventRow.A);
  if (kind == EventKind.File) {
    if (isFile(name)) return failed(Errno.EEXIST);
    if (size > FILE_BYTES) return failed(Errno.EFBIG);
  } else if (!isFile(name)) {
    return failed(Errno.ENOENT);
  }
  switch (kind) {
    case EventKind.File: {
      const made: FileObject | null = createFile(name, size, openFrom(flags));
      return made ? 0 : failed(Errno.ENOMEM);
    }
    case EventKind.Truncate: {
      if (size > FILE_BYTES) return failed(Errno.EINVAL);
      const file = fileNamed(name);
      if (!file) return failed(Errno.ENOMEM);
      truncate(file, size);
      return 0;
    }
    case EventKind.Open:
      return setOpen(name, openFrom(flags)) ? 0 : failed(Errno.ENOMEM);
    default:
      if (!openOf(name)) return failed(Errno.EBADF);
      return setOpen(name, 0) ? 0 : failed(Errno.ENOMEM);
  }
}
