// The native format, read from docs/native-format.md alone: a DataView, BigInts and zlib.

import { crc32, inflateRawSync } from "node:zlib";
import type { Entry } from "../roundtrip.js";
import { eventOfRow, KIND_NAMES, type NaiveRow, PARTS, STRINGS } from "./nativeevents.js";

export interface NaiveBlock {
  at: number;
  /** Bytes with the header. */
  length: number;
  process: bigint;
  thread: bigint;
  entries: Entry[];
}

export interface NaiveFile {
  meta: Record<string, unknown>;
  blocks: NaiveBlock[];
  entries: Entry[];
  /** As header and trailer have them: records by kind, then events. */
  counts: { header: bigint[]; trailer: bigint[] };
  indexAt: bigint;
}

/** Reads a whole file. @throws Error for whatever is not as the page says */
export function readNative(bytes: Uint8Array): NaiveFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => view.getBigUint64(at, true);
  const want = (is: boolean, what: string) => {
    if (!is) throw new Error(what);
  };
  const sum = (from: number, length: number) => crc32(bytes.subarray(from, from + length));
  const zero = (from: number, length: number) =>
    bytes.subarray(from, from + length).every((byte) => byte === 0);
  const counts = (at: number) => [0, 8, 16, 24, 32].map((offset) => u64(at + offset));

  want(Buffer.from(bytes.subarray(0, 8)).toString("hex") === "8950574b0d0a1a0a", "magic");
  want(u16(8) === 1 && u16(10) === 0 && u32(20) === 0 && zero(72, 20), "header");
  want(u32(92) === sum(0, 92), "the header's checksum");
  const metaBytes = u32(12);
  want(metaBytes <= 1 << 20 && u32(16) === sum(96, metaBytes), "meta");
  const meta = JSON.parse(Buffer.from(bytes.subarray(96, 96 + metaBytes)).toString());

  const blocks: NaiveBlock[] = [];
  let at = 96 + metaBytes;
  for (; u32(at) === 0x31425750; at += 64 + u32(at + 4)) {
    const [packed = 0, unpacked = 0, records = 0, events = 0, entries = 0, data = 0, rows = 0, packing = 0] =
      Array.from({ length: 8 }, (_, i) => u32(at + 4 + 4 * i));
    want(u32(at + 36) === 0 && u32(at + 60) === sum(at, 60), "the block header's checksum");
    want(u32(at + 56) === sum(at + 64, packed), "the block's checksum");
    want(records >= 1 && records <= 32768 && events <= 8192 && entries <= 255, "the block's numbers");
    const bytesOf = bytes.subarray(at + 64, at + 64 + packed);
    const plain = packing === 1 ? new Uint8Array(inflateRawSync(bytesOf)) : bytesOf;
    want(plain.length === unpacked && packing <= 1, "the block's length");
    const parts = cut(plain, [8 * entries, records, data, rows]);
    blocks.push({
      at,
      length: 64 + packed,
      process: u64(at + 40),
      thread: u64(at + 48),
      entries: decode(parts, events),
    });
  }

  want(u32(at) === 0x58495750 && u32(at + 4) === blocks.length, "the index");
  want(u32(at + 8) === sum(at + 16, 24 * blocks.length) && u32(at + 12) === sum(at, 12), "its checksums");
  for (const [i, block] of blocks.entries()) {
    const from = at + 16 + 24 * i;
    const rows = block.entries.filter((entry) => "event" in entry).length;
    want(u64(from) === BigInt(block.at) && u32(from + 8) === block.entries.length, "an entry of the index");
    want(u32(from + 12) === rows && u64(from + 16) === block.process, "an entry of the index");
  }
  const end = at + 16 + 24 * blocks.length;
  want(u32(end) === 0x444e5750 && u32(end + 4) === blocks.length && u64(end + 8) === BigInt(at), "trailer");
  want(zero(end + 56, 20) && u32(end + 76) === sum(end, 76), "the trailer's checksum");
  want(end + 80 === bytes.length, "the end");
  return {
    meta,
    blocks,
    entries: blocks.flatMap((block) => block.entries),
    counts: { header: counts(32), trailer: counts(end + 16) },
    indexAt: u64(24),
  };
}

/** Takes parts of these lengths off the front; the last is what is left. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  const parts = lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  return [...parts, bytes.subarray(at)];
}

function decode(
  [dictionary, tokens, differences, rows, strings]: (Uint8Array | undefined)[],
  events: number,
): Entry[] {
  if (!dictionary || !tokens || !differences || !rows || !strings) throw new Error("parts");
  const view = new DataView(dictionary.buffer, dictionary.byteOffset, dictionary.length);
  const registers = Array.from({ length: 10 }, () => 0n);
  const waiting = rowsOf(rows, strings);
  if (waiting.length !== events) throw new Error(`${waiting.length} rows of ${events}`);
  let at = 0;
  const entries = Array.from(tokens, (token): Entry => {
    const info = view.getUint32(8 * token, true);
    const register = view.getUint8(8 * token + 4);
    const width = view.getUint8(8 * token + 5);
    if (view.getUint16(8 * token + 6, true) !== 0) throw new Error("an entry's end");
    if (register === 9) {
      if (info !== 64 || width !== 0) throw new Error("an event's entry");
      return eventOfRow(waiting.shift() as NaiveRow);
    }
    let z = 0n;
    for (let i = 0; i < width; i++) z |= BigInt(differences[at++] ?? 0) << BigInt(8 * i);
    const d = (z >> 1n) ^ -(z & 1n);
    const address = BigInt.asUintN(64, (registers[register] ?? 0n) + d);
    const size = (info >>> 12) + 1;
    const number = (info >> 4) & 3;
    if ((info & 0xfcf) !== 0 || (number === 0) !== (register === 0)) throw new Error("an access's entry");
    registers[register] = number === 0 ? BigInt.asUintN(64, address + BigInt(size)) : address;
    return { kind: KIND_NAMES[number] ?? "load", address, size };
  });
  if (at !== differences.length || waiting.length > 0) throw new Error("what is left");
  return entries;
}

function rowsOf(rows: Uint8Array, strings: Uint8Array): NaiveRow[] {
  const texts: string[] = [];
  for (const read = varints(strings); read.at < strings.length; ) {
    const length = Number(read.next());
    texts.push(Buffer.from(strings.subarray(read.at, read.at + length)).toString());
    read.at += length;
  }
  const found: NaiveRow[] = [];
  for (const read = varints(rows); read.at < rows.length; ) {
    const row: Record<string, unknown> = { kind: Number(read.next()) };
    const mask = read.next();
    if (mask >> 10n) throw new Error("mask");
    for (const [bit, part] of PARTS.entries()) {
      if (!((mask >> BigInt(bit)) & 1n)) continue;
      const value = read.next();
      row[part] = STRINGS.includes(part) ? texts[Number(value) - 1] : value;
    }
    found.push(row as unknown as NaiveRow);
  }
  return found;
}

function varints(bytes: Uint8Array): { at: number; next: () => bigint } {
  const reader = {
    at: 0,
    next() {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[reader.at++] as number;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    },
  };
  return reader;
}
