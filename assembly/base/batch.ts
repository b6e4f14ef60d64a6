// A batch: up to CAPACITY records in two flat columns, and the window of bytes that decoders read.
//
//   address   u64   the first byte
//   info      u32   31        12 11   7    6    5    4 3    0
//                  | size - 1   | zero | event | kind | zero |
//
// The kind stands where the replay needs it: info & 48 is the place of its row in a slot of the filter,
// and 1 << info (of which the machine uses the lowest six bits) adds one to its lane of a count.
//
// An event rides among the accesses, in order: its bit is set, the rest of its info is zero, and its address is
// EVENT_ADDRESS + its row in the table of `base/events.ts`. No page of the filter looks like that (bits 63 to 47 are
// never alike), so the hot loop leaves such a record to the slow path without a test of its own.
//
// `ordinal` (u32) holds each record's place in its batch, once records have been left out of it.

import { allocate } from "./arena";
import { openEvents } from "./events";

/** Kinds of record. The replay keeps one row of its filter for each. */
export enum Kind {
  Instruction = 0,
  Load = 1,
  Store = 2,
  Modify = 3,
}

export enum Batch {
  /** Records in a batch: fewer than a lane of 16 bits counts. One call replays one batch. */
  Capacity = 32768,
  /** Bytes that a decoder may be given at once. */
  Window = 524288,
  /** Bytes after the window that a decoder may read and must not use. */
  Slack = 64,
  KindShift = 4,
  KindMask = 3,
  /** The bit of info that makes a record an event. */
  Event = 64,
  SizeShift = 12,
  /** The largest size of a record: 1 MiB, or 257 pages of 4K. */
  MaxSize = 1048576,
}

/** Where the rows of events seem to lie. */
export const EVENT_ADDRESS: u64 = 1 << 63;

export let addresses: usize = 0;
export let infos: usize = 0;
export let ordinals: usize = 0;
export let windowStart: usize = 0;

/** Takes the columns and the window. The first call of an instance. */
export function openBatch(): bool {
  addresses = allocate(<u64>Batch.Capacity * 8, 64);
  infos = allocate(<u64>Batch.Capacity * 4, 64);
  ordinals = allocate(<u64>Batch.Capacity * 4, 64);
  windowStart = allocate(<u64>(Batch.Window + Batch.Slack), 64);
  return windowStart != 0 && openEvents();
}

export function kindOf(info: u32): u32 {
  return (info >> Batch.KindShift) & Batch.KindMask;
}

/** The record's size, less one. */
export function reachOf(info: u32): u64 {
  return <u64>(info >> Batch.SizeShift);
}

export function info(kind: u32, size: u32): u32 {
  return (kind << Batch.KindShift) | ((size - 1) << Batch.SizeShift);
}
