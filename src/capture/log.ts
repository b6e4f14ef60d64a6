import type { Core } from "../engine/core.js";

/** The longest line that is waited for; a program's arguments are one. */
const MAX_LINE = 1 << 18;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

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

  /** Decodes whole lines into the core's columns, and calls `take` for each batch of records. */
  async push(bytes: Uint8Array, take: (records: number) => Promise<void>): Promise<void> {
    const { Window } = this.core.enums.Batch;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + Window - this.rest.length);
      at += part.length;
      await this.decode(this.rest.length > 0 ? Buffer.concat([this.rest, part]) : part, take);
    }
  }

  /** Behind the last byte. A line without its end is cut. */
  end(): void {
    if (this.rest.length > 0) this.isWhole = false;
  }

  private async decode(text: Uint8Array, take: (records: number) => Promise<void>): Promise<void> {
    const { core } = this;
    const { TextFormat, Result, Status } = core.enums;
    core.window().set(text);
    let start = 0;
    while (start < text.length) {
      const status = core.exports.decodeText(TextFormat.Lackey, start, text.length, false);
      const results = core.results();
      const records = results[Result.Records] ?? 0;
      start = results[Result.Consumed] ?? 0;
      if (records > 0) await take(records);
      else if (status !== Status.BadRecord) break;
      else start = this.passOver(text, start);
    }
    if (start > 0) this.isWhole = beginsLikeValgrind(text, start);
    if (text.length - start > MAX_LINE) start = this.passOver(text, start);
    this.rest = text.slice(start);
  }

  private passOver(text: Uint8Array, start: number): number {
    this.skipped++;
    const newline = text.indexOf(NEWLINE, start);
    return newline < 0 ? text.length : newline + 1;
  }
}

/** Whether the line that ends at `end` is valgrind's own. */
function beginsLikeValgrind(text: Uint8Array, end: number): boolean {
  const start = text.subarray(0, end - 1).lastIndexOf(NEWLINE) + 1;
  return text[start] === EQUALS && text[start + 1] === EQUALS;
}
