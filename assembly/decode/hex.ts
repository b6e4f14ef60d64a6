// Hexadecimal text, sixteen characters at a time (WebAssembly SIMD).
//
// A number of n digits at the start of sixteen characters is moved to their end, with "0" in front. Each
// character becomes a value of four bits; two neighbours become a byte; and the eight bytes, turned
// round, are the number.

/** Offsets of the constants at HEX: sixteen bytes each. */
export enum Hex {
  Comma = 0,
  Zero = 16,
  Nine = 32,
  LetterA = 48,
  Five = 64,
  /** What "a" is above 10. */
  LetterBase = 80,
  /** Picks the low byte of each pair, the last first. */
  ToNumber = 96,
}

export const HEX: usize = memory.data<u64>(
  [
    0x2c2c2c2c2c2c2c2c, 0x2c2c2c2c2c2c2c2c, 0x3030303030303030, 0x3030303030303030, 0x0909090909090909,
    0x0909090909090909, 0x6161616161616161, 0x6161616161616161, 0x0505050505050505, 0x0505050505050505,
    0x5757575757575757, 0x5757575757575757, 0x00020406080a0c0e, 0x8080808080808080,
  ],
  16,
);

/**
 * For each number of digits, 0 to 15, how to align them: where each character comes from (128: from
 * nowhere, 0), then the "0" that fills the front; 32 bytes in all.
 */
export const ALIGN: usize = memory.data(16 * 32, 16);

for (let digits = 0; digits < 16; digits++) {
  for (let place = 0; place < 16; place++) {
    const from = digits - 16 + place;
    const at = ALIGN + <usize>(digits * 32 + place);
    store<u8>(at, from < 0 ? 128 : from);
    store<u8>(at + 16, from < 0 ? 0x30 : 0);
  }
}

/** The value of a digit of either case; above 15 if it is none. */
export function hexDigit(character: u32): u32 {
  const decimal = character - 0x30;
  if (decimal <= 9) return decimal;
  const letter = (character | 0x20) - 0x61;
  return letter <= 5 ? letter + 10 : u32.MAX_VALUE;
}
