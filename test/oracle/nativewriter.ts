// A writer of the native format that chooses as plainly as docs/native-format.md allows: each access of its own width
// or of 8, data in one register. Every number can be another than it should be.

import { crc32, deflateRawSync } from "node:zlib";
import { type Entry, isEvent } from "../roundtrip.js";
import { KIND_NAMES, type NaiveRow, PARTS, rowOf, STRINGS } from "./nativeevents.js";

/** How a block is to be made. */
export interface BlockChoice {
  /** Register of loads, stores and modifies. */
  register?: number;
  /** Bytes of every difference, or the fewest that will do. */
  width?: 8 | "least";
  packing?: 0 | 1;
  process?: bigint;
  thread?: bigint;
}

/** A block's numbers, in the order of its header from byte 4 on. */
export interface BlockNumbers {
  packed: number;
  unpacked: number;
  records: number;
  events: number;
  entries: number;
  data: number;
  rows: number;
  packing: number;
  zero: number;
}

export interface BlockParts {
  dictionary: Uint8Array;
  tokens: Uint8Array;
  differences: Uint8Array;
  rows: Uint8Array;
  strings: Uint8Array;
}

export interface Block {
  bytes: Uint8Array;
  records: number;
  events: number;
  process: bigint;
}

/** A dictionary's entry of 8 bytes. */
export function dictionaryEntry(info: number, register: number, width: number, end = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, info, true);
  view.setUint8(4, register);
  view.setUint8(5, width);
  view.setUint16(6, end, true);
  return new Uint8Array(view.buffer);
}

export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** Packs parts; `change` has the last word on the header's numbers. */
export function packBlock(
  parts: BlockParts,
  events: number,
  { packing = 1, process = 0n, thread = 0n }: BlockChoice = {},
  change: Partial<BlockNumbers> = {},
): Block {
  const { dictionary, tokens, differences, rows, strings } = parts;
  const plain = Buffer.concat([dictionary, tokens, differences, rows, strings]);
  const packed = packing === 1 ? deflateRawSync(plain) : plain;
  const numbers: BlockNumbers = {
    packed: packed.length,
    unpacked: plain.length,
    records: tokens.length,
    events,
    entries: dictionary.length / 8,
    data: differences.length,
    rows: rows.length,
    packing,
    zero: 0,
    ...change,
  };
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, 0x31425750, true);
  for (const [i, number] of Object.values(numbers).entries()) view.setUint32(4 + 4 * i, number, true);
  view.setBigUint64(40, process, true);
  view.setBigUint64(48, thread, true);
  view.setUint32(56, crc32(packed), true);
  const bytes = Buffer.concat([sealed(view), packed]);
  return { bytes: new Uint8Array(bytes), records: numbers.records, events: numbers.events, process };
}

/** The parts of a block of these entries. */
export function partsOf(entries: readonly Entry[], choice: BlockChoice = {}): BlockParts {
  const dictionary: Uint8Array[] = [];
  const tokens: number[] = [];
  const differences: number[] = [];
  const registers = Array.from({ length: 10 }, () => 0n);
  const known = new Map<string, number>();
  const token = (info: number, register: number, width: number) => {
    const key = `${info} ${register} ${width}`;
    if (!known.has(key)) known.set(key, dictionary.push(dictionaryEntry(info, register, width)) - 1);
    tokens.push(known.get(key) as number);
  };
  for (const entry of entries) {
    if (isEvent(entry)) {
      token(64, 9, 0);
      continue;
    }
    const { kind, address, size } = entry;
    const number = KIND_NAMES.indexOf(kind);
    const register = number === 0 ? 0 : (choice.register ?? 1);
    const d = BigInt.asIntN(64, address - (registers[register] ?? 0n));
    const z = BigInt.asUintN(64, d < 0n ? -2n * d - 1n : 2n * d);
    const width = choice.width === "least" ? leastWidth(z) : 8;
    token((number << 4) | ((size - 1) << 12), register, width);
    for (let i = 0; i < width; i++) differences.push(Number((z >> BigInt(8 * i)) & 0xffn));
    registers[register] = number === 0 ? BigInt.asUintN(64, address + BigInt(size)) : address;
  }
  const { rows, strings } = rowBytes(entries.filter(isEvent).map(rowOf));
  return {
    dictionary: new Uint8Array(Buffer.concat(dictionary)),
    tokens: Uint8Array.from(tokens),
    differences: Uint8Array.from(differences),
    rows,
    strings,
  };
}

function leastWidth(z: bigint): number {
  return [0, 1, 2, 4, 8].find((width) => z < 1n << BigInt(8 * width)) as number;
}

/** Rows and strings, each string anew, though it was there before. */
export function rowBytes(rows: readonly NaiveRow[]): { rows: Uint8Array; strings: Uint8Array } {
  const bytes: number[] = [];
  const texts: number[] = [];
  let count = 0n;
  const numberOf = (text: string) => {
    const utf8 = new TextEncoder().encode(text);
    for (const byte of [...varint(BigInt(utf8.length)), ...utf8]) texts.push(byte);
    return ++count;
  };
  for (const row of rows) {
    const present = PARTS.filter((part) => row[part]);
    const mask = present.reduce((sum, part) => sum + (1n << BigInt(PARTS.indexOf(part))), 0n);
    bytes.push(...varint(BigInt(row.kind)), ...varint(mask));
    for (const part of present) {
      const value = STRINGS.includes(part) ? numberOf(row[part] as string) : (row[part] as bigint);
      bytes.push(...varint(value));
    }
  }
  return { rows: Uint8Array.from(bytes), strings: Uint8Array.from(texts) };
}

export interface FileChoice {
  /** Whether index and trailer follow, and the header names them. */
  finished?: boolean;
  version?: number;
  meta?: string;
  metaBytes?: number;
  /** Blocks that index and trailer speak of. */
  blocks?: number;
}

/** A whole file of blocks. */
export function fileOf(blocks: readonly Block[], choice: FileChoice = {}): Uint8Array {
  const meta = new TextEncoder().encode(choice.meta ?? '{"producer":"a test"}');
  const finished = choice.finished ?? true;
  const start = 96 + meta.length;
  const indexAt = blocks.reduce((at, block) => at + block.bytes.length, start);
  const header = new DataView(new ArrayBuffer(96));
  for (const [i, byte] of [0x89, 0x50, 0x57, 0x4b, 0x0d, 0x0a, 0x1a, 0x0a].entries())
    header.setUint8(i, byte);
  header.setUint16(8, choice.version ?? 1, true);
  header.setUint32(12, choice.metaBytes ?? meta.length, true);
  header.setUint32(16, crc32(meta), true);
  header.setBigUint64(24, finished ? BigInt(indexAt) : 0n, true);
  const body = blocks.map((block) => block.bytes);
  const tail = finished ? [index(blocks, start, choice.blocks), trailer(blocks, indexAt, choice.blocks)] : [];
  return new Uint8Array(Buffer.concat([sealed(header), meta, ...body, ...tail]));
}

function index(blocks: readonly Block[], start: number, count = blocks.length): Uint8Array {
  const entries = new DataView(new ArrayBuffer(24 * blocks.length));
  let at = start;
  for (const [i, block] of blocks.entries()) {
    entries.setBigUint64(24 * i, BigInt(at), true);
    entries.setUint32(24 * i + 8, block.records, true);
    entries.setUint32(24 * i + 12, block.events, true);
    entries.setBigUint64(24 * i + 16, block.process, true);
    at += block.bytes.length;
  }
  const head = new DataView(new ArrayBuffer(16));
  head.setUint32(0, 0x58495750, true);
  head.setUint32(4, count, true);
  head.setUint32(8, crc32(new Uint8Array(entries.buffer)), true);
  return Buffer.concat([sealed(head), new Uint8Array(entries.buffer)]);
}

function trailer(blocks: readonly Block[], indexAt: number, count = blocks.length): Uint8Array {
  const view = new DataView(new ArrayBuffer(80));
  view.setUint32(0, 0x444e5750, true);
  view.setUint32(4, count, true);
  view.setBigUint64(8, BigInt(indexAt), true);
  return sealed(view);
}

/** Puts the checksum of what stands before it into the last four bytes. */
function sealed(view: DataView): Uint8Array {
  const bytes = new Uint8Array(view.buffer);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/** A file of entries, so many a block. */
export function writeNative(
  entries: readonly Entry[],
  perBlock: number,
  choice: BlockChoice = {},
): Uint8Array {
  const blocks: Block[] = [];
  for (let from = 0; from < entries.length; from += perBlock) {
    const part = entries.slice(from, from + perBlock);
    blocks.push(packBlock(partsOf(part, choice), part.filter(isEvent).length, choice));
  }
  return fileOf(blocks);
}
