// ChampSim's instruction records (inc/trace_instruction.h, struct input_instr), little-endian:
//
//     0      8           9              10           12          16             32             64
//    | ip   | is branch | branch taken | 2 dest reg | 4 src reg | 2 dest memory | 4 src memory |
//
// An instruction is its fetch, then loads from the source addresses, then stores to the destinations; 0 is an unused
// slot. There are no sizes: a data access counts as 8 bytes, a fetch as 4.

import { Batch, Kind, addresses, info, infos, windowStart } from "../base/batch";
import { Result, result } from "../base/counters";
import { Status } from "../base/status";

const BRANCH: usize = 8;
const TAKEN: usize = 9;
const STORES: usize = 16;
const LOADS: usize = 32;
const END: usize = 64;
/** Records that one instruction may become. */
const MOST: u32 = 7;

let records: u32 = 0;

/** Decodes whole records of the window's bytes [start, length) until the columns are full. */
export function decodeChampSim(start: u32, length: u32): Status {
  const end = windowStart + length;
  let at = windowStart + start;
  let status = Status.Ok;
  records = 0;
  while (at + END <= end && records + MOST <= <u32>Batch.Capacity) {
    if (load<u8>(at + BRANCH) > 1 || load<u8>(at + TAKEN) > 1) {
      status = Status.BadRecord;
      break;
    }
    emit(load<u64>(at), info(Kind.Instruction, 4));
    accesses(at + LOADS, at + END, info(Kind.Load, 8));
    accesses(at + STORES, at + LOADS, info(Kind.Store, 8));
    at += END;
  }
  result(Result.Consumed, at - windowStart);
  result(Result.Records, records);
  return status;
}

function accesses(at: usize, end: usize, info: u32): void {
  for (; at < end; at += 8) {
    const va = load<u64>(at);
    if (va) emit(va, info);
  }
}

function emit(va: u64, info: u32): void {
  store<u64>(addresses + ((<usize>records) << 3), va);
  store<u32>(infos + ((<usize>records) << 2), info);
  records++;
}
