import { closeSync, openSync, readSync } from "node:fs";

/** A part of a program's file that is mapped when it runs. */
export interface Segment {
  /** Where it begins in the file, its bytes there, and the address that the file gives it. */
  offset: number;
  bytes: number;
  address: number;
}

const MAGIC = 0x464c457f;
/** Of 64 bits, the lowest byte first. */
const CLASS64 = 2;
const LITTLE = 1;
const LOAD = 1;
/** A header has fewer than 2^16 entries; real ones have a dozen. */
const MOST = 256;

/** The segments of an ELF file (System V ABI, "Program Header"); none of what is no such file. */
export function segmentsOf(path: string): Segment[] {
  try {
    const file = openSync(path, "r");
    try {
      return readSegments((position, bytes) => {
        const buffer = Buffer.alloc(bytes);
        return buffer.subarray(0, readSync(file, buffer, 0, bytes, position));
      });
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}

function readSegments(read: (position: number, bytes: number) => Buffer): Segment[] {
  const header = read(0, 64);
  if (header.length < 64 || header.readUInt32LE(0) !== MAGIC) return [];
  if (header[4] !== CLASS64 || header[5] !== LITTLE) return [];
  const entry = header.readUInt16LE(54);
  const count = Math.min(header.readUInt16LE(56), MOST);
  if (entry < 56) return [];
  const table = read(Number(header.readBigUInt64LE(32)), entry * count);
  const segments: Segment[] = [];
  for (let at = 0; at + entry <= table.length; at += entry) {
    if (table.readUInt32LE(at) !== LOAD) continue;
    const long = (field: number) => Number(table.readBigUInt64LE(at + field));
    segments.push({ offset: long(8), address: long(16), bytes: long(32) });
  }
  return segments;
}

/** The address that a file gives to one of its bytes; where it does not say, the byte's offset. */
export function addressOfByte(segments: readonly Segment[], offset: number): number {
  const found = segments.find(
    (segment) => offset >= segment.offset && offset < segment.offset + segment.bytes,
  );
  return found ? offset - found.offset + found.address : offset;
}
