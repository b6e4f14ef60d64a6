import type { Core } from "../engine/core.js";

/** The longest line that is waited for; a program's arguments are one. */
const MAX_LINE = 1 << 18;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const DASH = 0x2d;
const OWN = Buffer.from("\n--");
/** What valgrind's scheduler says where another thread runs, and where one is gone. */
const SCHEDULED = /^--\d+-- +SCHED\[(\d+)\]: +(acquired lock|release lock in VG_\(exit_thread\))/;

/** Who takes what a log says. */
export interface Listener {
  /** Records in the core's columns. */
  records(count: number): Promise<void>;
  /** What follows is done by this thread. */
  runs(thread: number): Promise<void>;
  /** It is gone; another one may get its number. */
  ends(thread: number): Promise<void>;
}

/** The text that lackey writes of one process, as it arrives. */
export class LackeyLog {
  /** Lines that are no records. */
  skipped = 0;
  /** The last line is of the footer that valgrind writes. */
  isWhole = false;
  private readonly core: Core;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(core: Core) {
    this.core = core;
  }

  /** Decodes whole lines into the core's columns, a batch of records after the other. */
  async push(bytes: Uint8Array, listener: Listener): Promise<void> {
    const { Window } = this.core.enums.Batch;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + Window - this.rest.length);
      at += part.length;
      await this.decode(this.rest.length > 0 ? Buffer.concat([this.rest, part]) : part, listener);
    }
  }

  /** Behind the last byte. A line without its end is cut. */
  end(): void {
    if (this.rest.length > 0) this.isWhole = false;
  }

  private async decode(bytes: Uint8Array, listener: Listener): Promise<void> {
    const { core } = this;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    core.window().set(text);
    let start = 0;
    while (start < text.length) {
      const own = beginsOwn(text, start) ? start : text.indexOf(OWN, start) + 1 || text.length;
      const from = start;
      if (own > start) start = await this.records(text, start, own, listener);
      else start = await this.said(text, start, listener);
      if (start === from) break;
    }
    if (start > 0) this.isWhole = beginsLikeValgrind(text, start);
    if (text.length - start > MAX_LINE) start = this.passOver(text, start);
    // A copy: the bytes are their owner's again.
    this.rest = new Uint8Array(text.subarray(start));
  }

  /** Takes records of [start, end). Where to go on; `start` if there is no whole line. */
  private async records(text: Buffer, start: number, end: number, listener: Listener): Promise<number> {
    const { core } = this;
    const { TextFormat, Result, Status } = core.enums;
    const status = core.exports.decodeText(TextFormat.Lackey, start, end, false);
    const results = core.results();
    const records = results[Result.Records] ?? 0;
    const next = results[Result.Consumed] ?? 0;
    if (records > 0) await listener.records(records);
    else if (status === Status.BadRecord) return this.passOver(text, next);
    return next;
  }

  /** Takes a line of valgrind's own. Where the next one begins; `start` if this one is not whole. */
  private async said(text: Buffer, start: number, listener: Listener): Promise<number> {
    const newline = text.indexOf(NEWLINE, start);
    if (newline < 0) return start;
    const [, thread, what] = SCHEDULED.exec(text.toString("latin1", start, newline)) ?? [];
    if (what === "acquired lock") await listener.runs(Number(thread));
    else if (what) await listener.ends(Number(thread));
    return newline + 1;
  }

  private passOver(text: Uint8Array, start: number): number {
    this.skipped++;
    const newline = text.indexOf(NEWLINE, start);
    return newline < 0 ? text.length : newline + 1;
  }
}

/** Whether a line of valgrind's own begins there. */
function beginsOwn(text: Uint8Array, at: number): boolean {
  return text[at] === DASH && text[at + 1] === DASH;
}

/** Whether the line that ends at `end` is valgrind's own. */
function beginsLikeValgrind(text: Uint8Array, end: number): boolean {
  const start = text.subarray(0, end - 1).lastIndexOf(NEWLINE) + 1;
  return text[start] === EQUALS && text[start + 1] === EQUALS;
}
