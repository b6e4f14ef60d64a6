// Where decoders of binary records put what they decode.

import { Batch, EVENT_ADDRESS, addresses, infos } from "../base/batch";
import { Result, result } from "../base/counters";
import { EventKind, EventRow, events } from "../base/events";

/** Records in the columns, and events among them. */
export let records: u32 = 0;
let rows: u32 = 0;

/** Starts a batch. */
export function beginBatch(): void {
  records = 0;
  rows = 0;
}

/** Whether so many records, each behind an event, have room. */
export function hasRoom(most: u32): bool {
  return records + 2 * most <= <u32>Batch.Capacity && rows + most <= <u32>EventRow.Capacity;
}

/** Accesses in the columns. */
export function accesses(): u32 {
  return records - rows;
}

export function emit(va: u64, info: u32): void {
  store<u64>(addresses + ((<usize>records) << 3), va);
  store<u32>(infos + ((<usize>records) << 2), info);
  records++;
}

/** What follows is done by this process, in this thread (0: not known). */
export function emitSwitch(process: u64, thread: u64): void {
  const row = events + <usize>rows * EventRow.Words * 4;
  memory.fill(row, 0, EventRow.Words * 4);
  store<u32>(row + EventRow.Kind * 4, EventKind.Switch);
  store<u64>(row + EventRow.A * 4, process);
  store<u64>(row + EventRow.B * 4, thread);
  emit(EVENT_ADDRESS + rows, Batch.Event);
  rows++;
}

/** Tells the host what was decoded, and up to where in the window. */
export function endCall(consumed: usize): void {
  result(Result.Consumed, consumed);
  result(Result.Records, records);
  result(Result.Events, rows);
}
