import type { Core } from "../../engine/core.js";
import { PagewalkError, quote } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import type { Reader, ReaderOptions } from "../format.js";
import { BadRecord, Output } from "../output.js";
import { Window } from "../window.js";

/** Entries that one line may become. */
const SPARE = 64;
const NEWLINE = 0x0a;

/** Reads the lines of a format into the output that it was made for. */
export interface LineParser {
  /** @throws BadRecord for a line that is none of the format's, before it has put anything out */
  line(text: string): void;
  /** After the last line. @throws BadRecord for what a trace must not end with */
  end?(): void;
}

/** A reader of text whose lines are read in TypeScript. */
export class LineReader implements Reader {
  skipped = 0;
  readonly processes = [];
  private readonly output: Output;
  private readonly window: Window;
  private readonly options: ReaderOptions;
  private readonly example: string;
  private readonly parser: LineParser;
  private lines: string[] = [];
  private at = 0;
  /** The bytes of `lines`. */
  private bytes: Uint8Array = new Uint8Array(0);
  /** Lines before `lines`, and bytes of the trace before them. */
  private linesBefore = 0;
  private bytesBefore = 0;
  private any = false;
  private ended = false;
  private failure: unknown;

  /** @param example what a record looks like, for errors */
  constructor(
    core: Core,
    bytes: ByteSource,
    options: ReaderOptions,
    example: string,
    parser: (output: Output) => LineParser,
  ) {
    this.window = new Window(core, bytes);
    this.output = new Output(core);
    this.options = options;
    this.example = example;
    this.parser = parser(this.output);
  }

  get events(): number {
    return this.output.events;
  }

  get strings(): Output["strings"] {
    return this.output.strings;
  }

  get other(): Output["other"] {
    return this.output.other;
  }

  close(): void {
    this.window.close();
  }

  async next(): Promise<number> {
    const { output } = this;
    output.begin();
    while (!this.failure && !output.isFull(SPARE)) {
      if (this.at < this.lines.length) this.take(this.lines[this.at++] ?? "");
      else if (this.ended || output.records > 0) break;
      else await this.more();
    }
    this.any ||= output.records > 0;
    if (output.records > 0) return output.records;
    if (this.failure) throw this.failure;
    if (!this.any) throw this.empty();
    return 0;
  }

  private take(line: string): void {
    this.output.line = this.linesBefore + this.at;
    this.guarded(() => this.parser.line(line.endsWith("\r") ? line.slice(0, -1) : line));
  }

  /** Cuts the window's whole lines, or reads more of the trace. */
  private async more(): Promise<void> {
    const { window } = this;
    const bytes = window.bytes.subarray(window.start, window.end);
    const whole = window.atEnd && !window.failure ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    if (whole > 0) return this.cut(bytes.subarray(0, whole));
    if (window.atEnd) return this.finish();
    if (window.isFull) return this.passOverLongLine();
    await window.refill();
    this.output.begin();
  }

  private cut(bytes: Uint8Array): void {
    this.linesBefore += this.lines.length;
    this.bytesBefore = this.window.position;
    this.window.start += bytes.length;
    // A copy, for the memory under the view may be shared.
    this.bytes = bytes.slice();
    const decoder = new TextDecoder("utf-8", { ignoreBOM: this.bytesBefore > 0 });
    this.lines = decoder.decode(this.bytes).split("\n");
    this.at = 0;
    if (this.lines.at(-1) === "") this.lines.pop();
  }

  private finish(): void {
    this.ended = true;
    if (this.window.failure) this.failure = this.window.failure;
    else this.guarded(() => this.parser.end?.());
  }

  private async passOverLongLine(): Promise<void> {
    const { window } = this;
    const length = window.end - window.start;
    this.linesBefore += this.lines.length;
    this.bytesBefore = window.position;
    this.bytes = new Uint8Array(0);
    this.lines = [window.text(window.start, 200)];
    this.at = 1;
    this.guarded(() => {
      throw new BadRecord(`the line is longer than ${length} characters`);
    });
    do {
      window.empty();
      await window.refill();
    } while (!window.atEnd && window.lineEnd() === window.end);
    window.start = Math.min(window.lineEnd() + 1, window.end);
    this.output.begin();
  }

  /** Counts a bad line, if that is allowed; else it is the end. */
  private guarded(read: () => void): void {
    try {
      read();
    } catch (thrown) {
      if (!(thrown instanceof BadRecord)) throw thrown;
      if (this.skipped < this.options.skipBad) this.skipped++;
      else this.failure = this.broken(thrown.message);
    }
  }

  private broken(why: string): PagewalkError {
    const { file } = this.options;
    const line = this.linesBefore + this.at;
    const byte = this.ended ? this.window.position : this.bytesBefore + this.lineStart();
    const found = this.ended ? "the end" : quote(this.lines[this.at - 1] ?? "");
    return new PagewalkError("E_TRACE", `${file}: line ${line}: ${found}: ${why}`, { file, line, byte });
  }

  /** Where the line taken last begins in `bytes`. */
  private lineStart(): number {
    let start = 0;
    for (let line = 1; line < this.at; line++) start = this.bytes.indexOf(NEWLINE, start) + 1;
    return start;
  }

  private empty(): PagewalkError {
    const { file } = this.options;
    return new PagewalkError("E_TRACE", `${file}: holds no records; want lines such as ${this.example}`, {
      file,
    });
  }
}
