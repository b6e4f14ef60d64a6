// Records to a block of the native format.

import { allocate } from "../base/arena";
import { Batch, Kind, addresses, infos, kindOf, reachOf } from "../base/batch";
import { EventRow } from "../base/events";
import { Native, widthOf } from "./layout";

/** The block's parts, and how much there is of each. */
export let blockTokens: usize = 0;
export let blockDictionary: usize = 0;
export let blockData: usize = 0;
export let blockRecords: u32 = 0;
export let blockEntries: u32 = 0;
export let blockDataBytes: u32 = 0;

let blockEvents: u32 = 0;

const WIDEST: usize = 8;
/** A register's difference wider than this takes the register that was not used for the longest time. */
const NEAR: u32 = 2;

const registers: usize = memory.data(<i32>Native.Registers * 8, 8);
/** When each register was last used, in records of the block + 1. */
const uses: usize = memory.data(<i32>Native.Registers * 4, 4);

// The dictionary by key, open addressing: | key + 1 u64 | token u64 |.
const SLOTS: u32 = 1024;
const lookup: usize = memory.data((<i32>SLOTS) << 4, 8);

/** Takes memory for a block. False when it is used up. */
export function openEncoder(): bool {
  if (!blockTokens) blockTokens = allocate(<u64>Native.Records, 64);
  if (!blockDictionary) blockDictionary = allocate(<u64>Native.Entries * Native.EntryBytes, 64);
  if (!blockData) blockData = allocate(<u64>Native.Records * WIDEST, 64);
  emptyBlock();
  return blockTokens && blockDictionary && blockData;
}

/** Starts a block. */
export function emptyBlock(): void {
  blockRecords = 0;
  blockEntries = 0;
  blockDataBytes = 0;
  blockEvents = 0;
  memory.fill(registers, 0, <usize>Native.Registers * 8);
  memory.fill(uses, 0, <usize>Native.Registers * 4);
  memory.fill(lookup, 0, (<usize>SLOTS) << 4);
}

/** Adds the columns' records [from, to) to the block, as far as it has room. How many had. */
export function encode(from: u32, to: u32): u32 {
  let at = from;
  for (; at < to && blockRecords < <u32>Native.Records; at++) {
    const va = load<u64>(addresses + ((<usize>at) << 3));
    const info = load<u32>(infos + ((<usize>at) << 2));
    const isEvent = (info & Batch.Event) != 0;
    if (isEvent && blockEvents == <u32>EventRow.Capacity) break;
    if (!(isEvent ? put(Batch.Event, Native.EventRegister, 0) : access(va, info))) break;
    if (isEvent) blockEvents++;
  }
  return at - from;
}

/** Adds an access. False when the dictionary has no room for it. */
function access(va: u64, info: u32): bool {
  const fetch = kindOf(info) == Kind.Instruction;
  const register = fetch ? <u32>Native.FetchRegister : dataRegister(va);
  if (!put(info, register, difference(va, register))) return false;
  store<u64>(registers + ((<usize>register) << 3), fetch ? va + reachOf(info) + 1 : va);
  store<u32>(uses + ((<usize>register) << 2), blockRecords);
  return true;
}

/** The nearest of the data registers; where none is near, the one that was not used for the longest time. */
function dataRegister(va: u64): u32 {
  let nearest: u32 = Native.FirstDataRegister;
  let oldest: u32 = Native.FirstDataRegister;
  let least = u64.MAX_VALUE;
  for (let register: u32 = Native.FirstDataRegister; register < <u32>Native.EventRegister; register++) {
    const distance = difference(va, register);
    if (distance < least) {
      least = distance;
      nearest = register;
    }
    if (load<u32>(uses + ((<usize>register) << 2)) < load<u32>(uses + ((<usize>oldest) << 2)))
      oldest = register;
  }
  return widthOf(least) > NEAR ? oldest : nearest;
}

/** The zigzag form of an address's distance from a register. */
function difference(va: u64, register: u32): u64 {
  const distance = <i64>(va - load<u64>(registers + ((<usize>register) << 3)));
  return <u64>((distance << 1) ^ (distance >> 63));
}

/** Adds a record's token and difference. False when the dictionary is full. */
function put(info: u32, register: u32, zigzag: u64): bool {
  const width = widthOf(zigzag);
  const token = tokenOf(info, register, width);
  if (token < 0) return false;
  store<u8>(blockTokens + <usize>blockRecords, token);
  blockRecords++;
  store<u64>(blockData + <usize>blockDataBytes, zigzag);
  blockDataBytes += width;
  return true;
}

/** The token of an entry, which is added if it is new; -1 where there is no room. */
function tokenOf(info: u32, register: u32, width: u32): i32 {
  const key = (<u64>info | ((<u64>register) << 32) | ((<u64>width) << 40)) + 1;
  let slot = <u32>((key * 0x9e3779b97f4a7c15) >> 54);
  let place = lookup + ((<usize>slot) << 4);
  while (load<u64>(place)) {
    if (load<u64>(place) == key) return load<i32>(place + 8);
    slot = (slot + 1) & (SLOTS - 1);
    place = lookup + ((<usize>slot) << 4);
  }
  if (blockEntries == <u32>Native.Entries) return -1;
  const entry = blockDictionary + <usize>blockEntries * Native.EntryBytes;
  store<u32>(entry, info);
  store<u8>(entry + 4, register);
  store<u8>(entry + 5, width);
  store<u16>(entry + 6, 0);
  store<u64>(place, key);
  store<i32>(place + 8, blockEntries);
  blockEntries++;
  return <i32>blockEntries - 1;
}
