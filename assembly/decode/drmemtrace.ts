// DynamoRIO's memory traces (clients/drcachesim/common/trace_entry.h): records of 12 bytes, little-endian and packed.
//
//     0          2          4             12
//    | type u16 | size u16 | address u64 |
//
// The type says what the rest means: a marker has its kind for a size, a bundle the lengths of instructions for an address.
// Whatever is no access is counted, by type or by kind of marker.

import { Kind, info, windowStart } from "../base/batch";
import { allocate } from "../base/arena";
import { Status } from "../base/status";
import { accesses, emit, emitSwitch, endCall, hasRoom } from "./columns";

const BYTES: usize = 12;
const READ: u32 = 0;
const WRITE: u32 = 1;
const BUNDLE: u32 = 17;
const THREAD: u32 = 22;
const PROCESS: u32 = 24;
const HEADER: u32 = 25;
const FOOTER: u32 = 26;
const MARKER: u32 = 28;
const NO_FETCH: u32 = 29;
const MAYBE_FETCH: u32 = 30;
const LAST_TYPE: u32 = 49;
/** Instructions that are fetched, a bit a type: 10 to 16, 30 (perhaps), 31, 48, 49. */
const FETCHES: u64 = (0x7f << 10) | (3 << 30) | (3 << 48);
/** Kinds of marker. */
const TIMESTAMP: u32 = 2;
const CPU: u32 = 3;
const RECORD_ORDINAL: u32 = 22;
/** Instructions that one bundle may hold. */
const MOST: u32 = 8;

/** Slots of `drmemCounts`. The first are types of record. */
export enum DrmemCount {
  /** Instructions of size 0, which only say where the data behind them is accessed from. */
  SizeZero = 62,
  /** Markers that stand again at the start of a chunk. */
  Repeated = 63,
  /** The first kind of marker; the last slot has all kinds from there on. */
  Marker = 64,
  Length = 192,
}

/** Why decoding stopped. */
export enum DrmemStop {
  /** The bytes or the columns are used up, or the record is bad. */
  Space,
  /** Behind a record that names another thread: `drmemThread`; its process is to be given by `setDrmemProcess`. */
  Thread,
  /** Behind a record that names the thread's process: `drmemProcess`. */
  Process,
  /** Before a timestamp that is not yet due. */
  Time,
  /** Behind the footer. */
  Footer,
}

/** What is wrong with a bad record. */
export enum DrmemFault {
  NoHeader,
  SecondHeader,
  AfterFooter,
  Type,
  Bundle,
}

export enum DrmemFiles {
  /** Files that may be read side by side. */
  Capacity = 4096,
}

/** Where decoding stands in a file. */
@unmanaged
class File {
  /** The last instruction's address, and the address behind it; a bundle goes on there. */
  last: u64;
  next: u64;
  thread: u64;
  process: u64;
  begun: bool;
  ended: bool;
  anyInstruction: bool;
  /** A chunk has begun, which repeats the last timestamp, or cpu. */
  repeatsTime: bool;
  repeatsCpu: bool;
}

export const drmemCounts: usize = memory.data(<i32>DrmemCount.Length * 8, 8);
export let drmemStop: DrmemStop = DrmemStop.Space;
export let drmemFault: DrmemFault = DrmemFault.Type;
export let drmemThread: u64 = 0;
export let drmemProcess: u64 = 0;

let files: usize = 0;
/** Address spaces are threads' rather than processes'. */
let byThread: bool = false;
/** The process and thread of the access before. */
let process: u64 = 0;
let thread: u64 = 0;

/** Readies the decoder for so many files. False: no memory. */
export function openDrmemtrace(count: u32, asidIsThread: bool): bool {
  if (!files) files = allocate(<u64>DrmemFiles.Capacity * offsetof<File>(), 64);
  if (!files) return false;
  memory.fill(files, 0, <usize>count * offsetof<File>());
  memory.fill(drmemCounts, 0, DrmemCount.Length * 8);
  byThread = asidIsThread;
  process = 0;
  thread = 0;
  return true;
}

/** The process of a file's present thread. */
export function setDrmemProcess(file: u32, process: u64): void {
  fileOf(file).process = process;
}

/** Goes on behind a bad record, even in the header's place. */
export function passOverDrmem(file: u32): void {
  fileOf(file).begun = true;
}

/**
 * Decodes records of the window's bytes [start, length), which are a file's, into the columns, behind what they hold, until
 * there are `limit` accesses, or up to the first timestamp above `until`. `drmemStop` says why it stopped, and
 * with `BadRecord` `drmemFault` what is wrong.
 */
export function decodeDrmemtrace(file: u32, start: u32, length: u32, limit: u32, until: u64): Status {
  const state = fileOf(file);
  const end = windowStart + length;
  let at = windowStart + start;
  let status = Status.Ok;
  drmemStop = DrmemStop.Space;
  while (at + BYTES <= end && hasRoom(MOST) && accesses() < limit) {
    const type = <u32>load<u16>(at);
    const size = <u32>load<u16>(at, 2);
    const address = load<u64>(at, 4);
    if (state.begun && !state.ended && type <= LAST_TYPE) {
      if (type <= WRITE) access(state, address, info(type == READ ? Kind.Load : Kind.Store, max(size, 1)));
      else if ((FETCHES >> type) & 1) instruction(state, type, size, address);
      else if (type == MARKER && size == TIMESTAMP && !state.repeatsTime && address > until)
        drmemStop = DrmemStop.Time;
      else if (!other(state, type, size, address)) status = Status.BadRecord;
    } else if (!begin(state, type)) status = Status.BadRecord;
    if (status != Status.Ok || drmemStop == DrmemStop.Time) break;
    at += BYTES;
    if (drmemStop != DrmemStop.Space) break;
  }
  endCall(at - windowStart);
  return status;
}

function fileOf(file: u32): File {
  return changetype<File>(files + <usize>file * offsetof<File>());
}

/** The first record; any other that comes here is a bad one. */
function begin(state: File, type: u32): bool {
  if (state.ended) return fail(DrmemFault.AfterFooter);
  if (state.begun) return fail(DrmemFault.Type);
  if (type != HEADER) return fail(DrmemFault.NoHeader);
  state.begun = true;
  count(type);
  return true;
}

function access(state: File, va: u64, info: u32): void {
  if (state.thread != thread || state.process != process) enter(state);
  emit(va, info);
}

function enter(state: File): void {
  thread = state.thread;
  process = state.process;
  emitSwitch(byThread ? thread : process, thread);
}

function instruction(state: File, type: u32, size: u32, va: u64): void {
  if (size == 0) return count(DrmemCount.SizeZero);
  const fetched = type != MAYBE_FETCH || !state.anyInstruction || va != state.last;
  remember(state, va, size);
  if (fetched) access(state, va, info(Kind.Instruction, size));
  else count(NO_FETCH);
}

function remember(state: File, va: u64, size: u32): void {
  state.last = va;
  state.next = va + size;
  state.anyInstruction = true;
}

/** Any record that is no access of its own. False: it is bad. */
function other(state: File, type: u32, size: u32, value: u64): bool {
  if (type == BUNDLE) return bundle(state, size, value);
  if (type == HEADER) return fail(DrmemFault.SecondHeader);
  if (type == MARKER) {
    marker(state, size);
    return true;
  }
  if (type == NO_FETCH) {
    if (size) remember(state, value, size);
  } else if (type == THREAD) {
    if (value != state.thread) drmemStop = DrmemStop.Thread;
    state.thread = value;
    drmemThread = value;
  } else if (type == PROCESS) {
    if (value != state.process) drmemStop = DrmemStop.Process;
    state.process = value;
    drmemThread = state.thread;
    drmemProcess = value;
  } else if (type == FOOTER) {
    state.ended = true;
    drmemStop = DrmemStop.Footer;
  }
  count(type);
  return true;
}

/** Instructions that follow on from the last, a byte of length each. */
function bundle(state: File, instructions: u32, lengths: u64): bool {
  if (!state.anyInstruction || instructions == 0 || instructions > MOST) return fail(DrmemFault.Bundle);
  for (let i: u32 = 0; i < instructions; i++) {
    if (!((lengths >> (i << 3)) & 0xff)) return fail(DrmemFault.Bundle);
  }
  for (let i: u32 = 0; i < instructions; i++) {
    const length = <u32>((lengths >> (i << 3)) & 0xff);
    const va = state.next;
    remember(state, va, length);
    access(state, va, info(Kind.Instruction, length));
  }
  return true;
}

function marker(state: File, kind: u32): void {
  const repeated = kind == TIMESTAMP ? state.repeatsTime : kind == CPU && state.repeatsCpu;
  if (repeated) count(DrmemCount.Repeated);
  else count(DrmemCount.Marker + min(kind, DrmemCount.Length - DrmemCount.Marker - 1));
  if (kind == TIMESTAMP) state.repeatsTime = false;
  else if (kind == CPU) state.repeatsCpu = false;
  else {
    state.repeatsTime = kind == RECORD_ORDINAL;
    state.repeatsCpu = kind == RECORD_ORDINAL;
  }
}

function count(slot: u32): void {
  const at = drmemCounts + ((<usize>slot) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

function fail(why: DrmemFault): bool {
  drmemFault = why;
  return false;
}
