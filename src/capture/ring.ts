import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";

// The layout is native/recorder.c's.
const MAGIC = 0x31676e6972775067n;
const PROGRAM_BYTES = 2048;
const CELLS_AT = 4096;
const CELL = 40;
const AT = {
  magic: 0,
  cells: 8,
  page: 16,
  textStart: 24,
  textEnd: 32,
  parent: 40,
  continues: 48,
  head: 64,
  tail: 128,
  failed: 192,
};
const LOST = AT.failed + 8;
const PROGRAM = LOST + 8;

/** Kinds of cell. */
export const CELL_KIND = {
  malloc: 1,
  aligned: 2,
  calloc: 3,
  realloc: 4,
  free: 5,
  module: 6,
  unmap: 7,
  fork: 8,
} as const;

/** Cells that are read at once. */
const PIECE = 4096;

/** Words (u32) of a cell: kind, bytes, then ptr, other, size and ip, the low half first. */
export const WORD = { kind: 0, bytes: 1, ptr: 2, other: 4, size: 6, ip: 8 } as const;
const WORDS = CELL / 4;

/** A file that the program had mapped. */
export interface Module {
  base: number;
  start: number;
  end: number;
  path: string;
}

/** A place in the source, as words of a row. */
export interface Words {
  file: number;
  line: number;
}

/** The reader's end of the ring that a recorder fills. */
export class Ring {
  /** The page that the recorder marks events on, 0 without valgrind, and where its code lies. */
  readonly page: number;
  readonly textStart: number;
  readonly textEnd: number;
  /** The process that this one is a fork of; 0 where a program has begun. */
  readonly parent: number;
  /** It goes on where another ring of the same program was full. */
  readonly continues: boolean;
  modules: Module[] = [];
  /** What is known of the places of calls, by where they return to. */
  places = new Map<number, Words>();
  private readonly file: number;
  private readonly capacity: number;
  private tail = 0;
  /** The cells that were read last. */
  readonly words = new Uint32Array(PIECE * WORDS);
  private readonly bytes = Buffer.from(this.words.buffer);
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
    this.parent = long(header, AT.parent);
    this.continues = long(header, AT.continues) === 1;
  }

  /** Opens a ring and takes its name away; undefined while its recorder has not finished it. */
  static open(path: string): Ring | undefined {
    const file = openSync(path, "r+");
    const header = Buffer.alloc(CELLS_AT);
    const read = readSync(file, header, 0, CELLS_AT, 0);
    if (read < CELLS_AT || header.readBigUInt64LE(AT.magic) !== MAGIC) {
      closeSync(file);
      return undefined;
    }
    unlinkSync(path);
    return new Ring(file, header);
  }

  /** Takes over what the ring before this one said of modules, and will. */
  follow(before: Ring): void {
    this.modules = before.modules;
    this.places = before.places;
  }

  /** Where the next event is in `words`; -1 if there is none yet. Modules on the way are noted. */
  next(): number {
    const { words } = this;
    while (this.at < this.end || this.fill()) {
      const { at } = this;
      this.at += WORDS;
      if (this.unnamed) this.name(Buffer.from(this.bytes.subarray(4 * at, 4 * at + CELL)));
      else if (words[at] !== CELL_KIND.module) return at;
      else this.begin(at);
    }
    return -1;
  }

  /** A number of a cell. */
  long(at: number): number {
    return (this.words[at] ?? 0) + (this.words[at + 1] ?? 0) * 2 ** 32;
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

  /** The path of the program, once there is an event. */
  get program(): string {
    const bytes = Buffer.alloc(PROGRAM_BYTES);
    readSync(this.file, bytes, 0, PROGRAM_BYTES, PROGRAM);
    return bytes.toString("utf8", 0, bytes.indexOf(0));
  }

  get lost(): number {
    return this.read(LOST);
  }

  close(): void {
    closeSync(this.file);
  }

  private begin(at: number): void {
    const base = this.long(at + WORD.ptr);
    const module = { base, start: this.long(at + WORD.other), end: this.long(at + WORD.size), path: "" };
    this.unnamed = { module, length: this.words[at + WORD.bytes] ?? 0, parts: [] };
    if (this.unnamed.length === 0) this.name(Buffer.alloc(0));
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
    this.end = cells * WORDS;
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
