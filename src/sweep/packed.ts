import type { Core } from "../engine/core.js";
import { taken } from "./lanes.js";

const CHUNK = 1 << 22;

/** Words as bytes in memory that workers share: chunks of whole words, each filled up to `used`. @internal */
export interface PackedWords {
  chunks: SharedArrayBuffer[];
  used: number[];
  words: number;
}

/** Packs the words of a column, batch by batch. @internal */
export class Packer {
  readonly packed: PackedWords = { chunks: [], used: [], words: 0 };
  private readonly core: Core;
  private readonly column: number;
  private readonly packing: number;

  constructor(core: Core, column: number) {
    this.core = core;
    this.column = column;
    this.packing = taken(core.exports.newPacking());
    core.exports.openPacking();
  }

  /** Packs what is in the column now. How many bytes that takes. */
  take(): number {
    const { exports } = this.core;
    const [, count = 0] = this.core.u32(this.column, 2);
    let total = 0;
    for (let at = 0; at < count; at = exports.packedTo.value) {
      const bytes = exports.pack(this.packing, this.column, at);
      this.put(this.core.bytes(exports.piece.value, bytes));
      total += bytes;
    }
    this.packed.words += count;
    return total;
  }

  get bytes(): number {
    return this.packed.used.reduce((sum, used) => sum + used, 0);
  }

  private put(bytes: Uint8Array): void {
    const { chunks, used } = this.packed;
    if (chunks.length === 0 || (used.at(-1) ?? 0) + bytes.length > CHUNK) {
      chunks.push(new SharedArrayBuffer(CHUNK));
      used.push(0);
    }
    const last = chunks.length - 1;
    const at = used[last] ?? 0;
    new Uint8Array(chunks[last] as SharedArrayBuffer, at, bytes.length).set(bytes);
    used[last] = at + bytes.length;
  }
}

/** Unpacks words into a column of a core, piece by piece. @internal */
export class Unpacker {
  /** Where the column is. */
  readonly column: number;
  private readonly core: Core;
  private readonly packing: number;

  constructor(core: Core) {
    this.core = core;
    core.exports.openPacking();
    this.column = taken(core.exports.newUnpacked());
    this.packing = taken(core.exports.newPacking());
  }

  /** Calls `take` with each column of words. */
  run({ chunks, used }: PackedWords, take: () => void): void {
    const { exports, enums } = this.core;
    for (const [number, chunk] of chunks.entries()) {
      const bytes = new Uint8Array(chunk, 0, used[number]);
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + enums.Packed.Piece);
        this.core.bytes(exports.piece.value, piece.length).set(piece);
        at += exports.unpack(this.packing, this.column, piece.length);
        take();
      }
    }
  }
}
