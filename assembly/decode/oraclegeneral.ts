// libCacheSim's oracleGeneral records, little-endian and packed:
//
//     0           4                12            16                    24
//    | time u32  | object id u64  | size u32    | next access time i64 |
//
// An object is a page of 4K: its id is the page's number. A request is a load of the page's first byte.

import { Kind, info, windowStart } from "../base/batch";
import { Status } from "../base/status";
import { beginBatch, emit, endCall, hasRoom } from "./columns";

const BYTES: usize = 24;
const ID: usize = 4;
const PAGE_SHIFT: u64 = 12;
const IDS: u64 = 1 << 52;

/** Decodes whole records of the window's bytes [start, length) until the columns are full. */
export function decodeOracleGeneral(start: u32, length: u32): Status {
  const end = windowStart + length;
  let at = windowStart + start;
  let status = Status.Ok;
  beginBatch();
  for (; at + BYTES <= end && hasRoom(1); at += BYTES) {
    const id = load<u64>(at + ID);
    if (id >= IDS) {
      status = Status.BadRecord;
      break;
    }
    emit(id << PAGE_SHIFT, info(Kind.Load, 1));
  }
  endCall(at - windowStart);
  return status;
}
