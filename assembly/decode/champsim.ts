// ChampSim's instruction records (inc/trace_instruction.h, struct input_instr), little-endian:
//
//     0      8           9              10           12          16             32             64
//    | ip   | is branch | branch taken | 2 dest reg | 4 src reg | 2 dest memory | 4 src memory |
//
// and those of CloudSuite's traces (struct cloudsuite_instr), as a compiler lays them out, or with the asid in the gap:
//
//     0      8           9              10           14          18     24              56             88     90     96
//    | ip   | is branch | branch taken | 4 dest reg | 4 src reg | zero | 4 dest memory | 4 src memory | asid | zero |
//    | ip   | is branch | branch taken | 4 dest reg | 4 src reg | asid, zero | 4 dest memory | 4 src memory |
//
// An instruction is its fetch, then loads from the source addresses, then stores to the destinations; 0 is an unused
// slot. There are no sizes: a data access counts as 8 bytes, a fetch as 4. An asid is a process, switched to when it changes.

import { Kind, info, windowStart } from "../base/batch";
import { Status } from "../base/status";
import { beginBatch, emit, emitSwitch, endCall, hasRoom } from "./columns";

const BRANCH: usize = 8;
/** Records that one instruction may become. */
const MOST: u32 = 9;
const NONE: u32 = u32.MAX_VALUE;

/** The address space of the instruction before. */
let lastAsid: u32 = NONE;

/** Readies the decoder for the start of a trace. */
export function openChampSim(): void {
  lastAsid = NONE;
}

/** Decodes whole records of the window's bytes [start, length) until the columns are full. */
export function decodeChampSim(start: u32, length: u32): Status {
  return decode(start, length, 64, 16, 32, 64, 0);
}

/** The same of CloudSuite's, with the asid behind the addresses or before them. */
export function decodeCloudSuite(start: u32, length: u32): Status {
  return decode(start, length, 96, 24, 56, 88, 88);
}

export function decodeShortCloudSuite(start: u32, length: u32): Status {
  return decode(start, length, 88, 24, 56, 88, 18);
}

/** `asid`: where it stands in a record; 0: nowhere. */
function decode(
  start: u32,
  length: u32,
  bytes: usize,
  stores: usize,
  loads: usize,
  behind: usize,
  asid: usize,
): Status {
  const end = windowStart + length;
  let at = windowStart + start;
  let status = Status.Ok;
  beginBatch();
  for (; at + bytes <= end && hasRoom(MOST); at += bytes) {
    if ((load<u16>(at + BRANCH) & 0xfefe) != 0) {
      status = Status.BadRecord;
      break;
    }
    if (asid) enter(load<u16>(at + asid));
    emit(load<u64>(at), info(Kind.Instruction, 4));
    // An instruction that has neither is common: one look at all of its slots.
    if (isEmpty(at + stores, at + behind)) continue;
    slots(at + loads, at + behind, info(Kind.Load, 8));
    slots(at + stores, at + loads, info(Kind.Store, 8));
  }
  endCall(at - windowStart);
  return status;
}

/** Whether the bytes [at, end), sixteen at a time, are all zero. */
function isEmpty(at: usize, end: usize): bool {
  let any = v128.load(at);
  for (at += 16; at < end; at += 16) any = v128.or(any, v128.load(at));
  return !v128.any_true(any);
}

function enter(asid: u32): void {
  if (asid == lastAsid) return;
  lastAsid = asid;
  emitSwitch(asid, 0);
}

function slots(at: usize, end: usize, info: u32): void {
  for (; at < end; at += 8) {
    const va = load<u64>(at);
    if (va) emit(va, info);
  }
}
