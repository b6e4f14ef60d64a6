// A block of the native format, as docs/native-format.md draws it: a dictionary, a token a record, and a stream of
// differences. A token names a dictionary entry: an info word, a register, and the width of a difference. The record's
// address is the register's value and the difference; then the register holds what the next access is likely to be.
//
//   registers   0        fetches: the address behind the last one
//               1 to 8   data: the last address that was nearest, of eight places in memory
//               9        events: the next row

import { Batch, Kind, kindOf } from "../base/batch";

export enum Native {
  /** Records of a block: a batch. */
  Records = 32768,
  /** Entries of a dictionary: with a byte a token. */
  Entries = 255,
  /** Bytes of a dictionary's entry: info u32, register u8, width u8, zero u16. */
  EntryBytes = 8,
  /** Places in the window where a block is laid out to be decoded. */
  TokensAt = 0,
  DictionaryAt = 32768,
  DataAt = 36864,
  FetchRegister = 0,
  FirstDataRegister = 1,
  EventRegister = 9,
  /** Takes the tokens that the dictionary does not have. */
  NoRegister = 10,
  Registers = 11,
}

/** Whether an info word, with its register and width, may stand in a dictionary. */
export function isEntry(info: u32, register: u32, width: u32): bool {
  if (register == Native.EventRegister) return info == Batch.Event && !width;
  const known = ((<u32>Batch.KindMask) << Batch.KindShift) | (u32.MAX_VALUE << Batch.SizeShift);
  if (register >= <u32>Native.EventRegister || info & ~known || !isWidth(width)) return false;
  return (kindOf(info) == Kind.Instruction) == (register == Native.FetchRegister);
}

function isWidth(width: u32): bool {
  return width <= 8 && width != 3 && (width < 5 || width == 8);
}

/** Bytes of a difference: 0, 1, 2, 4 or 8, those of its zigzag form. */
export function widthOf(zigzag: u64): u32 {
  if (!zigzag) return 0;
  if (zigzag < 1 << 8) return 1;
  if (zigzag < 1 << 16) return 2;
  return zigzag < 1 << 32 ? 4 : 8;
}
