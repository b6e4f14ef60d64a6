import { kindsByNumber } from "../../engine/codes.js";
import type { Core } from "../../engine/core.js";
import { EventCodec } from "../eventcodec.js";
import type { TraceEvent } from "../events.js";
import type { Records } from "../records.js";
import type { Sink } from "../sink.js";
import type { TraceWriter } from "../writer.js";

/** Bytes that are collected before they are written. */
const CHUNK = 1 << 18;
/** Bytes that an access's line may have. */
const LINE = 128;
const DIGITS = new TextEncoder().encode("0123456789abcdef");
const NEWLINE = 0x0a;

/** How a format of lines writes what it has a place for. */
export interface LineWriter {
  /** A line of the file's start, if any. */
  header?: string;
  /** Writes an access's line without its newline. False where the format has no place for such a one. */
  access(lines: Lines, kind: number, low: number, high: number, size: number): boolean;
  /** The line of an event, empty where it needs none; undefined where the format has no place for it. */
  event?(event: TraceEvent): string | undefined;
}

/** Lines of bytes that grow, written from the front. */
export class Lines {
  readonly bytes = new Uint8Array(CHUNK + LINE);
  length = 0;

  all(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** A number of 64 bits, with at least so many hexadecimal digits. */
  hex(low: number, high: number, least: number): void {
    const needed = high === 0 ? digitsOf(low) : 8 + digitsOf(high);
    for (let digit = Math.max(needed, least) - 1; digit >= 0; digit--) {
      const nibble = digit > 7 ? (high >>> (4 * (digit - 8))) & 15 : (low >>> (4 * digit)) & 15;
      this.bytes[this.length++] = DIGITS[nibble] ?? 0;
    }
  }

  decimal(value: number): void {
    if (value < 10) {
      this.bytes[this.length++] = 0x30 + value;
      return;
    }
    for (const digit of String(value)) this.bytes[this.length++] = digit.charCodeAt(0);
  }
}

function digitsOf(word: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(word)) / 4));
}

/** Writes a format of lines. */
export class TextWriter implements TraceWriter {
  readonly leftOut: Record<string, number> = {};
  private readonly sink: Sink;
  private readonly codec: EventCodec;
  private readonly writer: LineWriter;
  private readonly kinds: readonly string[];
  private readonly lines = new Lines();

  constructor(core: Core, sink: Sink, writer: LineWriter) {
    this.kinds = kindsByNumber(core);
    this.sink = sink;
    this.writer = writer;
    this.codec = new EventCodec(core);
  }

  async begin(): Promise<void> {
    if (this.writer.header !== undefined) await this.line(this.writer.header);
  }

  async write(records: Records): Promise<void> {
    const { lines } = this;
    for (let at = records.from; at < records.to; at++) {
      if (lines.length > CHUNK) await this.flush();
      const event = records.event(at, this.codec);
      if (event) await this.event(event);
      else {
        const low = records.addresses[2 * at] ?? 0;
        const high = records.addresses[2 * at + 1] ?? 0;
        const kind = records.kind(at);
        if (this.writer.access(lines, kind, low, high, records.size(at))) lines.byte(NEWLINE);
        else this.leaveOut(this.kinds[kind] ?? "access");
      }
    }
  }

  async end(): Promise<void> {
    await this.flush();
  }

  private async event(event: TraceEvent): Promise<void> {
    const line = this.writer.event?.(event);
    if (line === undefined) this.leaveOut(event.event);
    else if (line !== "") await this.line(line);
  }

  private leaveOut(what: string): void {
    this.leftOut[what] = (this.leftOut[what] ?? 0) + 1;
  }

  private async line(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(`${text}\n`);
    if (this.lines.length + bytes.length > CHUNK) await this.flush();
    if (bytes.length > CHUNK) await this.sink.write(bytes);
    else this.lines.all(bytes);
  }

  private async flush(): Promise<void> {
    if (this.lines.length === 0) return;
    const bytes = this.lines.bytes.slice(0, this.lines.length);
    this.lines.length = 0;
    await this.sink.write(bytes);
  }
}
