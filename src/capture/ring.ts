import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";

// The layout is native/recorder.c's.
const MAGIC = 0x31676e6972775067n;
const HEADER = 256;
const CELLS_AT = 4096;
const CELL = 40;
const AT = { magic: 0, cells: 8, page: 16, textStart: 24, textEnd: 32, head: 64, tail: 128, failed: 192 };
const LOST = AT.failed + 8;

/** Kinds of cell. */
export const CELL_KIND = { malloc: 1, aligned: 2, calloc: 3, realloc: 4, free: 5, module: 6 } as const;

/** Cells that are read at once. */
const PIECE = 4096;

/** One allocation or release. Addresses are below 2^48. */
export interface Allocation {
  kind: number;
  ptr: number;
  /** A count, an alignment, or the address of the block that was resized. */
  other: number;
  size: number;
  /** Where the call returns to. */
  ip: number;
}

/** A file that the program had mapped. */
export interface Module {
  base: number;
  start: number;
  end: number;
  path: string;
}

/** The reader's end of the ring that a recorder fills. */
export class Ring {
  /** The page that the recorder marks events on, 0 without valgrind, and where its code lies. */
  readonly page: number;
  readonly textStart: number;
  readonly textEnd: number;
  readonly modules: Module[] = [];
  /** Events taken out. */
  taken = 0;
  private readonly file: number;
  private readonly capacity: number;
  private tail = 0;
  private readonly bytes = Buffer.alloc(PIECE * CELL);
  private readonly number = Buffer.alloc(8);
  private at = 0;
  private end = 0;
  /** A module whose path is still to come. */
  private unnamed: { module: Module; length: number; parts: Buffer[] } | undefined;

  private constructor(file: number, header: Buffer) {
    this.file = file;
    this.capacity = long(header, AT.cells);
    this.page = long(header, AT.page);
    this.textStart = long(header, AT.textStart);
    this.textEnd = long(header, AT.textEnd);
  }

  /** Opens a ring and takes its name away; undefined while its recorder has not finished it. */
  static open(path: string): Ring | undefined {
    const file = openSync(path, "r+");
    const header = Buffer.alloc(HEADER);
    const read = readSync(file, header, 0, HEADER, 0);
    if (read < HEADER || header.readBigUInt64LE(AT.magic) !== MAGIC) {
      closeSync(file);
      return undefined;
    }
    unlinkSync(path);
    return new Ring(file, header);
  }

  /** The next event, into `into`; false if there is none yet. Modules on the way are noted. */
  next(into: Allocation): boolean {
    while (this.at < this.end || this.fill()) {
      const { bytes, at } = this;
      this.at += CELL;
      if (this.unnamed) {
        this.name(Buffer.from(bytes.subarray(at, at + CELL)));
        continue;
      }
      const kind = bytes.readUInt32LE(at);
      if (kind === CELL_KIND.module) {
        const module = { base: long(bytes, at + 8), start: long(bytes, at + 16), end: long(bytes, at + 24) };
        this.unnamed = { module: { ...module, path: "" }, length: bytes.readUInt32LE(at + 4), parts: [] };
        if (this.unnamed.length === 0) this.name(Buffer.alloc(0));
        continue;
      }
      into.kind = kind;
      into.ptr = long(bytes, at + 8);
      into.other = long(bytes, at + 16);
      into.size = long(bytes, at + 24);
      into.ip = long(bytes, at + 32);
      this.taken++;
      return true;
    }
    return false;
  }

  /** Whether all that was written so far has been taken. */
  get isEmpty(): boolean {
    return this.at === this.end && !this.fill();
  }

  moduleOf(address: number): Module | undefined {
    return this.modules.findLast(({ start, end }) => address >= start && address < end);
  }

  /** Allocations that gave NULL, and events that the recorder gave up. */
  get failed(): number {
    return this.read(AT.failed);
  }

  get lost(): number {
    return this.read(LOST);
  }

  close(): void {
    closeSync(this.file);
  }

  private name(part: Buffer): void {
    const { unnamed } = this;
    if (!unnamed) return;
    unnamed.parts.push(part);
    if (unnamed.parts.length * CELL < unnamed.length) return;
    unnamed.module.path = Buffer.concat(unnamed.parts).toString("utf8", 0, unnamed.length);
    this.modules.push(unnamed.module);
    this.unnamed = undefined;
  }

  /** Reads what the recorder has added, and gives it the room back. */
  private fill(): boolean {
    const there = Math.min(this.read(AT.head) - this.tail, this.capacity);
    const from = this.tail % this.capacity;
    const cells = Math.min(there, PIECE, this.capacity - from);
    if (cells <= 0) return false;
    readSync(this.file, this.bytes, 0, cells * CELL, CELLS_AT + from * CELL);
    this.at = 0;
    this.end = cells * CELL;
    this.tail += cells;
    this.number.writeBigUInt64LE(BigInt(this.tail));
    writeSync(this.file, this.number, 0, 8, AT.tail);
    return true;
  }

  private read(position: number): number {
    readSync(this.file, this.number, 0, 8, position);
    return long(this.number, 0);
  }
}

function long(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
