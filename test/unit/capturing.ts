import { writeFileSync } from "node:fs";
import type { Listener } from "../../src/capture/log.js";
import { Ring } from "../../src/capture/ring.js";
import { Tape } from "../../src/capture/tape.js";
import type { Core } from "../../src/engine/core.js";
import { EventCodec } from "../../src/trace/eventcodec.js";
import { printEvent } from "../../src/trace/scenario/print.js";
import type { TraceWriter } from "../../src/trace/writer.js";
import { recordOf } from "../records.js";

/** A tape whose records are kept, an access as its letter and address, an event as a scenario's line. */
export function listing(core: Core): { tape: Tape; lines: string[] } {
  const lines: string[] = [];
  const codec = new EventCodec(core);
  const writer: TraceWriter = {
    leftOut: {},
    async begin() {},
    async end() {},
    async write(records) {
      for (let at = records.from; at < records.to; at++) {
        const event = records.event(at, codec);
        const low = records.addresses[2 * at] ?? 0;
        const high = records.addresses[2 * at + 1] ?? 0;
        const va = BigInt(low) | (BigInt(high) << 32n);
        lines.push(event ? printEvent(event) : accessLine(recordOf(core, va, records.infos[at])));
      }
    },
  };
  return { tape: new Tape(core, writer), lines };
}

/** Notes records as `listing` does, and the thread that runs or ends. */
export function listenerOf(tape: Tape, lines: string[]): Listener {
  return {
    records: (count) => tape.flushed(count, 0),
    runs: async (thread) => {
      lines.push(`runs ${thread}`);
    },
    ends: async (thread) => {
      lines.push(`ends ${thread}`);
    },
  };
}

export function accessLine({ kind, va, size }: { kind: string; va: bigint; size: number }): string {
  return `${kind} ${va.toString(16)},${size}`;
}

export interface Cell {
  kind: number;
  bytes?: number;
  ptr: number;
  other?: number;
  size?: number;
  ip?: number;
}

export const TEXT = { start: 0x7f00_0000_1000, end: 0x7f00_0000_3000 };
export const PAGE = 0x7f00_1234_5000;
const CELLS = 64;

/** A ring's file as the recorder writes it. */
export class RingFile {
  private readonly bytes = Buffer.alloc(4096 + 40 * CELLS);
  private head = 0;
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.bytes.write("gPwring1", 0, "latin1");
    const words = [CELLS, PAGE, TEXT.start, TEXT.end, 0];
    for (const [i, word] of words.entries()) this.bytes.writeBigUInt64LE(BigInt(word), 8 + 8 * i);
  }

  put({ kind, bytes = 0, ptr, other = 0, size = 0, ip = 0 }: Cell): this {
    const at = this.next();
    this.bytes.writeUInt32LE(kind, at);
    this.bytes.writeUInt32LE(bytes, at + 4);
    for (const [i, word] of [ptr, other, size, ip].entries()) {
      this.bytes.writeBigUInt64LE(BigInt(word), at + 8 + 8 * i);
    }
    return this;
  }

  module(start: number, end: number, path: string): this {
    this.put({ kind: 6, bytes: Buffer.byteLength(path), ptr: start, other: start, size: end });
    for (let at = 0; at < path.length; at += 40)
      this.bytes.write(path.slice(at, at + 40), this.next(), "latin1");
    return this;
  }

  open(): Ring {
    this.bytes.writeBigUInt64LE(BigInt(this.head), 64);
    writeFileSync(this.path, this.bytes);
    const ring = Ring.open(this.path);
    if (!ring) throw new Error("the ring does not open");
    return ring;
  }

  private next(): number {
    return 4096 + 40 * (this.head++ % CELLS);
  }
}
