// A block of the native format to records.

import { Batch, EVENT_ADDRESS, Kind, addresses, infos, kindOf, reachOf, windowStart } from "../base/batch";
import { Status } from "../base/status";
import { Native, isEntry } from "./layout";

const registers: usize = memory.data(<i32>Native.Registers * 8, 8);

//   table   | register's place u32 | width u32 | mask of the width u64 | info u32 | advance u32 |   a token
const ENTRY: usize = 32;
const table: usize = memory.data(256 * 32, 64);

/**
 * Decodes the block that is laid out in the window: `records` tokens at `TokensAt`, `entries` of its dictionary at
 * `DictionaryAt`, `dataBytes` of differences at `DataAt`. They have to fit the window. `BadRecord`: the parts
 * contradict each other.
 */
export function decodeBlock(records: u32, entries: u32, dataBytes: u32): Status {
  if (!openTable(entries)) return Status.BadRecord;
  let token = windowStart + Native.TokensAt;
  let data = windowStart + Native.DataAt;
  const dataEnd = data + dataBytes;
  let address = addresses;
  let infoAt = infos;
  for (const end = token + records; token < end; token++, address += 8, infoAt += 4) {
    const entry = table + <usize>load<u8>(token) * ENTRY;
    const register = load<u32>(entry);
    const zigzag = load<u64>(data) & load<u64>(entry + 8);
    const va = load<u64>(register) + ((zigzag >> 1) ^ -(zigzag & 1));
    data += load<u32>(entry + 4);
    store<u64>(address, va);
    store<u32>(infoAt, load<u32>(entry + 16));
    store<u64>(register, va + <u64>load<u32>(entry + 20));
  }
  const unknown = load<u64>(registers + ((<usize>Native.NoRegister) << 3));
  return data == dataEnd && !unknown ? Status.Ok : Status.BadRecord;
}

/** Readies the registers, and the table for a dictionary. False: an entry is none. */
function openTable(entries: u32): bool {
  memory.fill(registers, 0, <usize>Native.Registers * 8);
  store<u64>(registerAt(Native.EventRegister), EVENT_ADDRESS);
  for (let token: u32 = 0; token < 256; token++) {
    if (token >= entries) {
      setEntry(token, Native.NoRegister, 0, 0, 1);
      continue;
    }
    const entry = windowStart + Native.DictionaryAt + <usize>token * Native.EntryBytes;
    const info = load<u32>(entry);
    const register = load<u8>(entry + 4);
    const width = load<u8>(entry + 5);
    if (!isEntry(info, register, width) || load<u16>(entry + 6)) return false;
    setEntry(token, register, width, info, advanceOf(info, register));
  }
  return true;
}

/** How far behind an access its register's next one is likely to be. */
function advanceOf(info: u32, register: u32): u32 {
  if (register == Native.EventRegister) return 1;
  return kindOf(info) == Kind.Instruction ? <u32>reachOf(info) + 1 : 0;
}

function setEntry(token: u32, register: u32, width: u32, info: u32, advance: u32): void {
  const entry = table + <usize>token * ENTRY;
  store<u32>(entry, <u32>registerAt(register));
  store<u32>(entry + 4, width);
  store<u64>(entry + 8, width == 8 ? u64.MAX_VALUE : ((<u64>1) << ((<u64>width) << 3)) - 1);
  store<u32>(entry + 16, info);
  store<u32>(entry + 20, advance);
}

function registerAt(register: u32): usize {
  return registers + ((<usize>register) << 3);
}

/** Events among the columns' first records. */
export function countMarked(records: u32): u32 {
  let events: u32 = 0;
  const end = infos + ((<usize>records) << 2);
  for (let at = infos; at < end; at += 4) events += load<u32>(at) & Batch.Event;
  return events / Batch.Event;
}
