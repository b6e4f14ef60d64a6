// Words as records, for a whole machine's replay: an access of the first byte of each page.

import { allocate } from "../base/arena";
import { info } from "../base/batch";
import { Column, KIND_MASK, Words } from "./words";

/** Columns as those of a batch, of so many records. */
export let wordAddresses: usize = 0;
export let wordInfos: usize = 0;

/** Memory for the columns. False when it is used up. */
export function openColumns(): bool {
  wordAddresses = allocate((<u64>Words.Capacity) << 3, 64);
  wordInfos = allocate((<u64>Words.Capacity) << 2, 64);
  return wordAddresses != 0 && wordInfos != 0;
}

/** Makes records of the words of a column, of pages of 2^pageBits bytes. How many. */
export function recordsOf(column: usize, pageBits: u32): u32 {
  const words = changetype<Column>(column).words;
  const count = changetype<Column>(column).count;
  for (let i: u32 = 0; i < count; i++) {
    const word = load<u64>(words + ((<usize>i) << 3));
    store<u64>(wordAddresses + ((<usize>i) << 3), (word >> <u64>Words.KindBits) << (<u64>pageBits));
    store<u32>(wordInfos + ((<usize>i) << 2), info(<u32>(word & KIND_MASK), 1));
  }
  return count;
}
