// Lines of text to columns: the loop over lines, whatever the format.

import { Batch, addresses, info, infos, windowStart } from "../base/batch";
import { Result, result } from "../base/counters";
import { Status } from "../base/status";
import { dinLine } from "./din";
import { fastLines, lackeyLine, openLackey } from "./lackey";
import { pinatraceLine } from "./pinatrace";
import { rwLine } from "./rw";
import { skipBlanks } from "./scan";

export enum TextFormat {
  Lackey,
  Din,
  Rw,
  Pinatrace,
}

/** Why a line is no record. */
export enum TextFault {
  None,
  Kind,
  Address,
  AddressTooLong,
  Comma,
  Size,
  SizeTooLarge,
  Trailing,
}

export let textFault: TextFault = TextFault.None;

/** Bytes that the fast path may look at from the start of a line. */
const FAST_REACH: usize = 24;
const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;

/** Records in the columns, and lines decoded, by the call under way. */
let records: u32 = 0;
let lines: u32 = 0;
/** Records were decoded by an earlier call. */
let anyRecords: bool = false;

/** Readies the decoder for the start of a text. */
export function openText(): void {
  anyRecords = false;
  openLackey();
}

/**
 * Decodes lines of the window's bytes [start, length) into the columns, until they are full or no whole
 * line is left. With `final`, what follows the last newline is a line too. `BadRecord` leaves `Consumed` at
 * the start of the bad line; what came before it is decoded.
 */
export function decodeText(format: TextFormat, start: u32, length: u32, final: bool): Status {
  const end = windowStart + length;
  const fast = format == TextFormat.Lackey && <usize>length > FAST_REACH;
  const fastEnd = fast ? end - FAST_REACH : 0;
  let at = windowStart + start;
  let status = Status.Ok;
  records = 0;
  lines = 0;
  while (at < end && records < <u32>Batch.Capacity) {
    const next = at < fastEnd ? fastLines(at, fastEnd) : at;
    if (next != at) {
      at = next;
      continue;
    }
    const stop = lineEnd(at, end);
    if (stop == end && !final) break;
    if (!anyLine(format, at, stop)) {
      status = Status.BadRecord;
      break;
    }
    lines++;
    at = min(stop + 1, end);
  }
  anyRecords = anyRecords || records > 0;
  result(Result.Consumed, at - windowStart);
  result(Result.Records, records);
  result(Result.Lines, lines);
  return status;
}

/** Decodes the line [at, stop), its newline left out. False: `textFault` says why. */
function anyLine(format: TextFormat, at: usize, stop: usize): bool {
  if (stop > at && load<u8>(stop - 1) == RETURN) stop--;
  if (skipBlanks(at, stop) == stop) return true;
  if (format == TextFormat.Lackey) return lackeyLine(at, stop);
  if (format == TextFormat.Din) return dinLine(at, stop);
  if (format == TextFormat.Rw) return rwLine(at, stop);
  return pinatraceLine(at, stop);
}

function lineEnd(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != NEWLINE) at++;
  return at;
}

/** Adds a record, of size 1 at least. */
export function emit(va: u64, kind: u32, size: u32): void {
  store<u64>(addresses + ((<usize>records) << 3), va);
  store<u32>(infos + ((<usize>records) << 2), info(kind, max(size, 1)));
  records++;
}

/** Records in the columns; `addRecords` says that some lines were put behind them. */
export function recordsSoFar(): u32 {
  return records;
}

export function addRecords(count: u32): void {
  records += count;
  lines += count;
}

/** Whether any line so far was a record. */
export function started(): bool {
  return anyRecords || records > 0;
}

export function fail(why: TextFault): bool {
  textFault = why;
  return false;
}
