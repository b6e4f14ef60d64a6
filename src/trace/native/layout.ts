// The native format's parts, byte by byte, as docs/native-format.md draws them. Everything is little-endian.

import { crc32 } from "node:zlib";
import { KINDS, type Kind } from "../../config/model.js";

/** A byte that no text has, the name, and line ends that a transfer as text would change. */
export const MAGIC = Uint8Array.of(0x89, 0x50, 0x57, 0x4b, 0x0d, 0x0a, 0x1a, 0x0a);
export const VERSION = 1;

export const HEADER_BYTES = 96;
export const BLOCK_BYTES = 64;
export const INDEX_BYTES = 16;
export const INDEX_ENTRY_BYTES = 24;
export const TRAILER_BYTES = 80;

const BLOCK_MAGIC = 0x31425750; // "PWB1"
const INDEX_MAGIC = 0x58495750; // "PWIX"
const END_MAGIC = 0x444e5750; // "PWND"

/** How a block's bytes are packed. */
export const STORED = 0;
export const DEFLATE = 1;

/** The most that a block may hold unpacked, so that a reader knows what to refuse. */
export const MAX_BLOCK = 1 << 24;
export const MAX_META = 1 << 20;

/** Accesses by kind, and events. */
export interface Counts {
  kinds: Record<Kind, number>;
  events: number;
}

/** The header: what was known when the file was begun, and once it is finished its counts and its index's place. */
export interface Header {
  metaBytes: number;
  metaCrc: number;
  /** 0: the file was not finished, or could not be written to again. */
  indexAt: number;
  counts: Counts;
}

export interface BlockHeader {
  /** Bytes of what follows, as it lies in the file and unpacked. */
  packed: number;
  unpacked: number;
  records: number;
  events: number;
  /** Bytes of the unpacked block's parts, in their order; tokens are as many as records. */
  entries: number;
  data: number;
  eventBytes: number;
  packing: number;
  /** The process and thread that ran when the block began; 0 is none. */
  process: bigint;
  thread: bigint;
  /** Of the packed bytes. */
  crc: number;
}

export interface IndexEntry {
  at: number;
  records: number;
  events: number;
  process: bigint;
}

export interface Trailer {
  indexAt: number;
  blocks: number;
  counts: Counts;
}

export function writeHeader({ metaBytes, metaCrc, indexAt, counts }: Header): Uint8Array {
  const view = viewOf(HEADER_BYTES);
  bytesOf(view).set(MAGIC);
  view.setUint16(8, VERSION, true);
  view.setUint32(12, metaBytes, true);
  view.setUint32(16, metaCrc, true);
  setLong(view, 24, indexAt);
  writeCounts(view, 32, counts);
  return sealed(view);
}

/** Undefined: its checksum is wrong. */
export function readHeader(bytes: Uint8Array): (Header & { version: number }) | undefined {
  const view = opened(bytes, HEADER_BYTES);
  if (!view) return undefined;
  return {
    version: view.getUint16(8, true),
    metaBytes: view.getUint32(12, true),
    metaCrc: view.getUint32(16, true),
    indexAt: getLong(view, 24),
    counts: readCounts(view, 32),
  };
}

export function writeBlockHeader(block: BlockHeader): Uint8Array {
  const view = viewOf(BLOCK_BYTES);
  const { packed, unpacked, records, events, entries, data, eventBytes, packing } = block;
  const words = [BLOCK_MAGIC, packed, unpacked, records, events, entries, data, eventBytes, packing];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setBigUint64(40, block.process, true);
  view.setBigUint64(48, block.thread, true);
  view.setUint32(56, block.crc, true);
  return sealed(view);
}

/** Undefined: these bytes are no header of a block. */
export function readBlockHeader(bytes: Uint8Array): BlockHeader | undefined {
  const view = begins(bytes, BLOCK_MAGIC) ? opened(bytes, BLOCK_BYTES) : undefined;
  if (!view) return undefined;
  const word = (i: number) => view.getUint32(4 * i, true);
  return {
    packed: word(1),
    unpacked: word(2),
    records: word(3),
    events: word(4),
    entries: word(5),
    data: word(6),
    eventBytes: word(7),
    packing: word(8),
    process: view.getBigUint64(40, true),
    thread: view.getBigUint64(48, true),
    crc: view.getUint32(56, true),
  };
}

/** The index with its own header. */
export function writeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const view = viewOf(INDEX_BYTES + entries.length * INDEX_ENTRY_BYTES);
  view.setUint32(0, INDEX_MAGIC, true);
  view.setUint32(4, entries.length, true);
  for (const [i, { at, records, events, process }] of entries.entries()) {
    const from = INDEX_BYTES + i * INDEX_ENTRY_BYTES;
    setLong(view, from, at);
    view.setUint32(from + 8, records, true);
    view.setUint32(from + 12, events, true);
    view.setBigUint64(from + 16, process, true);
  }
  const bytes = bytesOf(view);
  view.setUint32(8, crc32(bytes.subarray(INDEX_BYTES)), true);
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
  return bytes;
}

/** The number of an index's entries, and their checksum; undefined: these bytes begin no index. */
export function readIndexHeader(bytes: Uint8Array): { blocks: number; crc: number } | undefined {
  const view = begins(bytes, INDEX_MAGIC) ? opened(bytes, INDEX_BYTES) : undefined;
  if (!view) return undefined;
  return { blocks: view.getUint32(4, true), crc: view.getUint32(8, true) };
}

export function readIndexEntries(bytes: Uint8Array): IndexEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / INDEX_ENTRY_BYTES) }, (_, i) => {
    const from = i * INDEX_ENTRY_BYTES;
    return {
      at: getLong(view, from),
      records: view.getUint32(from + 8, true),
      events: view.getUint32(from + 12, true),
      process: view.getBigUint64(from + 16, true),
    };
  });
}

export function writeTrailer({ indexAt, blocks, counts }: Trailer): Uint8Array {
  const view = viewOf(TRAILER_BYTES);
  view.setUint32(0, END_MAGIC, true);
  view.setUint32(4, blocks, true);
  setLong(view, 8, indexAt);
  writeCounts(view, 16, counts);
  return sealed(view);
}

/** Undefined: these bytes are no trailer. */
export function readTrailer(bytes: Uint8Array): Trailer | undefined {
  const view = begins(bytes, END_MAGIC) ? opened(bytes, TRAILER_BYTES) : undefined;
  if (!view) return undefined;
  return { blocks: view.getUint32(4, true), indexAt: getLong(view, 8), counts: readCounts(view, 16) };
}

function writeCounts(view: DataView, at: number, { kinds, events }: Counts): void {
  for (const [i, kind] of KINDS.entries()) setLong(view, at + 8 * i, kinds[kind]);
  setLong(view, at + 8 * KINDS.length, events);
}

function readCounts(view: DataView, at: number): Counts {
  const numbers = KINDS.map((kind, i) => [kind, getLong(view, at + 8 * i)]);
  return {
    kinds: Object.fromEntries(numbers) as Counts["kinds"],
    events: getLong(view, at + 8 * KINDS.length),
  };
}

function viewOf(length: number): DataView {
  return new DataView(new ArrayBuffer(length));
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Puts the checksum of what stands before it into the last four bytes. */
function sealed(view: DataView): Uint8Array {
  const bytes = bytesOf(view);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

function begins(bytes: Uint8Array, magic: number): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === magic;
}

/** A view of sealed bytes; undefined where there are too few, or the checksum is wrong. */
function opened(bytes: Uint8Array, length: number): DataView | undefined {
  if (bytes.length < length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  return view.getUint32(length - 4, true) === crc32(bytes.subarray(0, length - 4)) ? view : undefined;
}

function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function getLong(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}
