// Words as bytes, to be kept: for each, how far its page lies from the last one of its kind, zigzag, with the kind in the two lowest bits, in
// groups of 7 bits, the lowest first, the highest bit set where another group follows. One to three bytes a word, as a rule.

import { allocate } from "../base/arena";
import { Column, KINDS, KIND_MASK, Words, newColumn, put } from "./words";

export enum Packed {
  /** Bytes of a piece: no more words than a column holds. */
  Piece = 65536,
  /** Bytes of a word at most. */
  Longest = 10,
}

/** The bytes of a piece: what was packed, or is to be unpacked. */
export let piece: usize = 0;
/** How many words of the column are packed. */
export let packedTo: u32 = 0;

/** Memory for pieces. False when it is used up. */
export function openPacking(): bool {
  if (!piece) piece = allocate(Packed.Piece, 64);
  return piece != 0;
}

/** Where kinds' pages lie: for one stream of words, packed or unpacked from its start. 0 when memory is used up. */
export function newPacking(): usize {
  return allocate((<u64>KINDS) << 3, 8);
}

/** A column to unpack to; 0 when memory is used up. */
export function newUnpacked(): usize {
  return changetype<usize>(newColumn());
}

/** Packs words of a column from a place on, as many as the piece has room for: up to `packedTo`. How many bytes they take. */
export function pack(packing: usize, column: usize, from: u32): u32 {
  const words = changetype<Column>(column).words;
  const count = changetype<Column>(column).count;
  const most = piece + Packed.Piece - Packed.Longest;
  let to = piece;
  let at = from;
  for (; at < count && to <= most; at++) {
    const word = load<u64>(words + ((<usize>at) << 3));
    const last = packing + ((<usize>(word & KIND_MASK)) << 3);
    const page = word >> <u64>Words.KindBits;
    const distance = <i64>(page - load<u64>(last));
    store<u64>(last, page);
    let rest = ((<u64>((distance << 1) ^ (distance >> 63))) << (<u64>Words.KindBits)) | (word & KIND_MASK);
    for (; rest > 127; rest >>= 7) store<u8>(to++, <u8>rest | 128);
    store<u8>(to++, <u8>rest);
  }
  packedTo = at;
  return <u32>(to - piece);
}

/** Unpacks the words that are whole in `bytes` bytes of the piece. How many bytes were. */
export function unpack(packing: usize, column: usize, bytes: u32): u32 {
  const into = changetype<Column>(column);
  const end = piece + <usize>bytes;
  into.count = 0;
  let at = piece;
  while (at < end) {
    let byte = load<u8>(at);
    let coded: u64 = byte & 127;
    let next = at + 1;
    for (let place: u64 = 7; byte & 128 && next < end; place += 7) {
      byte = load<u8>(next++);
      coded |= (<u64>(byte & 127)) << place;
    }
    if (byte & 128) break;
    at = next;
    const last = packing + ((<usize>(coded & KIND_MASK)) << 3);
    const zigzag = coded >> <u64>Words.KindBits;
    const page = load<u64>(last) + ((zigzag >> 1) ^ (0 - (zigzag & 1)));
    store<u64>(last, page);
    put(into, (page << (<u64>Words.KindBits)) | (coded & KIND_MASK));
  }
  return <u32>(at - piece);
}
