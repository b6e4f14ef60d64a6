// Valgrind lackey's text, a record a line:
//
//     "I  04025870,3"    " L 1ffefff8d8,8"    " S ..."    " M ..."
//
// address: hex, 1 to 16 digits; size: decimal, 0 (counts as 1) to 1048576. Lines that begin with "==" or
// "--" are valgrind's own and hold no record.
//
// `fastLines` takes the lines that valgrind writes (1 to 15 lower-case digits, a size of one or two
// digits), sixteen characters at a time; every other line goes to `lackeyLine`, byte by byte.

import { Batch, addresses, info, infos } from "../base/batch";
import { ALIGN, HEX, Hex } from "./hex";
import { after, hexNumber, number, size } from "./scan";
import { TextFault, addRecords, emit, fail, recordsSoFar, started } from "./text";

const NEWLINE: u32 = 0x0a;

// The first three characters of a record, and its kind above them, at (first ^ second) & 15. Elsewhere stand
// characters that would be looked for in another place.
const prefixes: usize = memory.data<u32>([
  0x000001, 0, 0, 0x0220_5320, 0, 0, 0, 0, 0, 0x0020_2049, 0, 0, 0x0120_4c20, 0x0320_4d20, 0, 0,
]);

/** A line of valgrind's own was seen before the first record. */
export let lackeyHeader: bool = false;
/** The last line that is not blank is valgrind's own, and records came before it. */
export let lackeyFooter: bool = false;

export function openLackey(): void {
  lackeyHeader = false;
  lackeyFooter = false;
}

/** Decodes lines from `at` to the first that is not as valgrind writes them; where that one starts. */
export function fastLines(at: usize, end: usize): usize {
  const comma = v128.load(HEX + Hex.Comma);
  const zero = v128.load(HEX + Hex.Zero);
  const nine = v128.load(HEX + Hex.Nine);
  const letterA = v128.load(HEX + Hex.LetterA);
  const five = v128.load(HEX + Hex.Five);
  const letterBase = v128.load(HEX + Hex.LetterBase);
  const toNumber = v128.load(HEX + Hex.ToNumber);
  const room = addresses + ((<usize>Batch.Capacity) << 3);
  let address = addresses + ((<usize>recordsSoFar()) << 3);
  const first = infos + ((<usize>recordsSoFar()) << 2);
  let record = first;
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
  const count = <u32>((record - first) >> 2);
  addRecords(count);
  if (count) lackeyFooter = false;
  return at;
}

/** Decodes the line [at, stop). */
export function lackeyLine(at: usize, stop: usize): bool {
  const first = <u32>load<u8>(at);
  if (stop - at >= 2 && first == load<u8>(at + 1) && (first == 0x3d || first == 0x2d)) {
    lackeyHeader = lackeyHeader || !started();
    lackeyFooter = started();
    return true;
  }
  const head = stop - at > 3 ? load<u32>(at) & 0xffffff : 0;
  const prefix = load<u32>(prefixes + ((<usize>((head ^ (head >> 8)) & 15)) << 2));
  if ((prefix & 0xffffff) != head) return fail(TextFault.Kind);
  if (!hexNumber(at + 3, stop)) return false;
  const va = number;
  if (after == stop || load<u8>(after) != 0x2c) return fail(TextFault.Comma);
  if (!size(after + 1, stop)) return false;
  if (after != stop) return fail(TextFault.Trailing);
  lackeyFooter = false;
  emit(va, prefix >> 24, <u32>number);
  return true;
}
