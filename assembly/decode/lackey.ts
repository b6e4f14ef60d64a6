// Valgrind lackey's text, a record a line:
//
//     "I  04025870,3"    " L 1ffefff8d8,8"    " S ..."    " M ..."
//
// address: hex, 1 to 16 digits; size: decimal, 0 (counts as 1) to 1048576. Lines that begin with "==" or
// "--" are valgrind's own and hold no record, nor do blank lines. Lines end in \n or \r\n.
//
// `fastLines` takes the lines that valgrind writes (8 to 15 lower-case digits, a size of one or two
// digits), eight characters at a time; every other line goes to `anyLine`, byte by byte.

import { Batch, Kind, addresses, info, infos, windowStart } from "../base/batch";
import { Result, result } from "../base/counters";
import { Status } from "../base/status";
import { ALIGN, HEX, Hex, hexDigit } from "./hex";

/** Bytes that the fast path may look at from the start of a line. */
const FAST_REACH: usize = 24;
const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;

// The first three characters of a record, and its kind above them, at (first ^ second) & 15. Elsewhere stand
// characters that would be looked for in another place.
const prefixes: usize = memory.data<u32>([
  0x000001, 0, 0, 0x0220_5320, 0, 0, 0, 0, 0, 0x0020_2049, 0, 0, 0x0120_4c20, 0x0320_4d20, 0, 0,
]);

/** Why a line is no record. */
export enum LackeyFault {
  None,
  Kind,
  Address,
  AddressTooLong,
  Comma,
  Size,
  SizeTooLarge,
  Trailing,
}

export let lackeyFault: LackeyFault = LackeyFault.None;
/** A line of valgrind's own was seen before the first record. */
export let lackeyHeader: bool = false;
/** The last line that is not blank is valgrind's own, and records came before it. */
export let lackeyFooter: bool = false;

let records: u32 = 0;
let lines: u32 = 0;
let anyRecords: bool = false;

/**
 * Decodes lines of the window's first `length` bytes into the columns, until they are full or no whole
 * line is left. With `final`, what follows the last newline is a line too. `BadLine` leaves `Consumed` at
 * the start of the bad line; what came before it is decoded.
 */
export function decodeLackey(start: u32, length: u32, final: bool): Status {
  const end = windowStart + length;
  const fastEnd = <usize>length > FAST_REACH ? end - FAST_REACH : 0;
  let at = windowStart + start;
  let comments: u32 = 0;
  let status = Status.Ok;
  records = 0;
  lines = 0;
  while (at < end && records < <u32>Batch.Capacity) {
    const fast = fastLines(at, fastEnd);
    if (fast != at) {
      at = fast;
      continue;
    }
    const stop = lineEnd(at, end);
    if (stop == end && !final) break;
    const before = records;
    if (!anyLine(at, stop)) {
      status = Status.BadLine;
      break;
    }
    if (before == records) comments++;
    lines++;
    at = min(stop + 1, end);
  }
  anyRecords = anyRecords || records > 0;
  result(Result.Consumed, at - windowStart);
  result(Result.Records, records);
  result(Result.Lines, lines);
  result(Result.Comments, comments);
  return status;
}

function emit(va: u64, kind: u32, size: u32): void {
  store<u64>(addresses + ((<usize>records) << 3), va);
  store<u32>(infos + ((<usize>records) << 2), info(kind, size));
  records++;
}

/** Decodes lines from `at` to the first that is not as valgrind writes them; where that one starts. */
function fastLines(at: usize, end: usize): usize {
  const comma = v128.load(HEX + Hex.Comma);
  const zero = v128.load(HEX + Hex.Zero);
  const nine = v128.load(HEX + Hex.Nine);
  const letterA = v128.load(HEX + Hex.LetterA);
  const five = v128.load(HEX + Hex.Five);
  const letterBase = v128.load(HEX + Hex.LetterBase);
  const toNumber = v128.load(HEX + Hex.ToNumber);
  const room = addresses + ((<usize>Batch.Capacity) << 3);
  let address = addresses + ((<usize>records) << 3);
  let record = infos + ((<usize>records) << 2);
  for (; at < end && address < room; address += 8, record += 4) {
    const head = load<u32>(at) & 0xffffff;
    const prefix = load<u32>(prefixes + ((<usize>((head ^ (head >> 8)) & 15)) << 2));
    if ((prefix & 0xffffff) != head) break;

    const text = v128.load(at + 3);
    const commas = i8x16.bitmask(i8x16.eq(text, comma));
    if (!commas || commas & 1) break;
    const digits = <usize>ctz(commas);
    const align = ALIGN + (digits << 5);
    const aligned = v128.or(i8x16.swizzle(text, v128.load(align)), v128.load(align + 16));
    const decimals = i8x16.sub(aligned, zero);
    const areDecimals = i8x16.le_u(decimals, nine);
    const areLetters = i8x16.le_u(i8x16.sub(aligned, letterA), five);
    if (!i8x16.all_true(v128.or(areDecimals, areLetters))) break;
    const values = v128.bitselect(decimals, i8x16.sub(aligned, letterBase), areDecimals);
    const pairs = v128.or(i16x8.shl(values, 4), i16x8.shr_u(values, 8));
    const va = i64x2.extract_lane(i8x16.swizzle(pairs, toNumber), 0);

    const tail = load<u32>(at + digits + 4);
    let size = (tail & 0xff) - 0x30;
    let next = at + digits + 6;
    if (size > 9) break;
    if (((tail >> 8) & 0xff) != NEWLINE) {
      const second = ((tail >> 8) & 0xff) - 0x30;
      if (second > 9 || ((tail >> 16) & 0xff) != NEWLINE) break;
      size = size * 10 + second;
      next++;
    }
    at = next;
    store<u64>(address, va);
    store<u32>(record, info(prefix >> 24, max(size, 1)));
  }
  const count = <u32>((record - infos) >> 2) - records;
  records += count;
  lines += count;
  if (count) lackeyFooter = false;
  return at;
}

function lineEnd(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != NEWLINE) at++;
  return at;
}

/** Decodes the line [at, stop), its newline left out. False: `lackeyFault` says why. */
function anyLine(at: usize, stop: usize): bool {
  if (stop > at && load<u8>(stop - 1) == RETURN) stop--;
  if (isBlank(at, stop)) return true;
  const first = <u32>load<u8>(at);
  if (stop - at >= 2 && first == load<u8>(at + 1) && (first == 0x3d || first == 0x2d)) {
    const started = anyRecords || records > 0;
    lackeyHeader = lackeyHeader || !started;
    lackeyFooter = started;
    return true;
  }
  return record(at, stop);
}

function isBlank(at: usize, stop: usize): bool {
  while (at < stop && (load<u8>(at) == 0x20 || load<u8>(at) == 0x09)) at++;
  return at == stop;
}

function record(at: usize, stop: usize): bool {
  const head = stop - at > 3 ? load<u32>(at) & 0xffffff : 0;
  const prefix = load<u32>(prefixes + ((<usize>((head ^ (head >> 8)) & 15)) << 2));
  if ((prefix & 0xffffff) != head) return fail(LackeyFault.Kind);
  at += 3;

  let va: u64 = 0;
  const digits = at;
  for (; at < stop; at++) {
    const digit = hexDigit(load<u8>(at));
    if (digit > 15) break;
    if (at - digits == 16) return fail(LackeyFault.AddressTooLong);
    va = (va << 4) | <u64>digit;
  }
  if (at == digits) return fail(LackeyFault.Address);
  if (at == stop || load<u8>(at) != 0x2c) return fail(LackeyFault.Comma);
  at++;

  let size: u32 = 0;
  const decimals = at;
  for (; at < stop; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    size = size * 10 + digit;
    if (size > <u32>Batch.MaxSize) return fail(LackeyFault.SizeTooLarge);
  }
  if (at == decimals) return fail(LackeyFault.Size);
  if (at != stop) return fail(LackeyFault.Trailing);
  lackeyFooter = false;
  emit(va, prefix >> 24, max(size, 1));
  return true;
}

function fail(why: LackeyFault): bool {
  lackeyFault = why;
  return false;
}
