import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import type { ByteSource } from "./bytes.js";

/** Bytes of a window of which there are many. */
const SMALL = 1 << 15;
const NOTHING = new Uint8Array(0);

/** The core's window over a trace: its bytes [start, end) are still to be decoded. */
export class Window {
  start = 0;
  end = 0;
  /** Bytes of the trace before the window. */
  base = 0;
  /** Nothing follows what the window holds. */
  atEnd = false;
  /** Why the bytes ended early: to be thrown when all that came before is handed out. */
  failure: unknown;
  private closed = false;
  private readonly core: Core;
  private readonly source: ByteSource;

  constructor(core: Core, source: ByteSource) {
    this.core = core;
    this.source = source;
  }

  /** Anew after each call of the core, which may have grown memory. */
  get bytes(): Uint8Array {
    return this.coreWindow;
  }

  protected get coreWindow(): Uint8Array {
    return this.core.window();
  }

  get isFull(): boolean {
    return this.end - this.start === this.core.enums.Batch.Window;
  }

  /** Where `start` stands in the trace. */
  get position(): number {
    return this.base + this.start;
  }

  /** Puts the window's bytes where the core decodes them; they are there already. */
  show(): void {}

  /** What arrives from now on is no longer for this window. */
  close(): void {
    this.closed = true;
  }

  /** Forgets what the window holds. */
  empty(): void {
    this.base += this.end;
    this.start = 0;
    this.end = 0;
  }

  /** Moves what is left to the window's start, and reads more behind it. */
  async refill(): Promise<void> {
    this.bytes.copyWithin(0, this.start, this.end);
    this.base += this.start;
    this.end -= this.start;
    this.start = 0;
    try {
      const read = this.source.read(() => (this.closed ? NOTHING : this.bytes.subarray(this.end)));
      const bytes = typeof read === "number" ? read : await read;
      if (this.closed) throw new PagewalkError("E_ABORTED", "the trace was closed while it was read");
      if (bytes === 0) this.atEnd = true;
      this.end += bytes;
    } catch (thrown) {
      if (this.closed) throw thrown;
      this.failure = thrown;
      this.atEnd = true;
    }
  }

  /** Where the line at `start` ends: its newline, or the window's end. */
  lineEnd(): number {
    const newline = this.bytes.indexOf(0x0a, this.start);
    return newline < 0 || newline > this.end ? this.end : newline;
  }

  /** Bytes [start, start + length) as text, a character a byte, as far as the window holds them. */
  text(start: number, length: number): string {
    return new TextDecoder("latin1").decode(this.bytes.slice(start, Math.min(start + length, this.end)));
  }
}

/** A window of its own, for one of many traces that are read in turns: it is put into the core's to be decoded. */
export class SmallWindow extends Window {
  private readonly own = new Uint8Array(SMALL);

  override get bytes(): Uint8Array {
    return this.own;
  }

  override show(): void {
    this.coreWindow.set(this.own.subarray(this.start, this.end), this.start);
  }
}
