import type { Core, Enums } from "../../engine/core.js";
import { PagewalkError, quote } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import type { Reader, ReaderOptions } from "../format.js";

const NEWLINE = 0x0a;
/** Text of a line that an error may show. */
const SHOWN = 200;

/** A format of lines that the core decodes. */
export interface TextRules {
  /** The core's name for it. */
  format: keyof Enums["TextFormat"];
  example: string;
  /** What a line that is no record lacks, by the core's name for it; for the rest, `REASONS`. */
  reasons: Partial<Record<keyof Enums["TextFault"], string>>;
}

const REASONS: TextRules["reasons"] = {
  Address: "the address is missing; want 1 to 16 hexadecimal digits",
  AddressTooLong: "the address has more than 64 bits, or 16 hexadecimal digits",
  Trailing: "there is something behind the record; want the end of the line",
};

/** The head of a trace as text, a character a byte. */
export function headText(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 1 << 16));
}

/** Whether the first line that is neither blank nor a comment (#) is of a pattern. */
export function firstLineIs(head: Uint8Array, pattern: RegExp): boolean {
  const line = headText(head)
    .split("\n")
    .find((line) => /\S/.test(line) && !/^\s*#/.test(line));
  return line !== undefined && pattern.test(line);
}

/** Moves text through the core's window, where the core decodes it. */
export class TextReader implements Reader {
  skipped = 0;
  protected readonly core: Core;
  protected readonly options: ReaderOptions;
  /** Bytes of the window that are still to be decoded: [start, end). */
  protected start = 0;
  protected end = 0;
  /** Bytes of the trace before the window, and lines before `start`. */
  protected base = 0;
  protected lines = 0;
  private readonly bytes: ByteSource;
  private readonly rules: TextRules;
  private atEnd = false;
  /** Why the bytes ended early; thrown when all that came before is handed out. */
  private failure: unknown;
  protected anyRecords = false;

  constructor(core: Core, bytes: ByteSource, options: ReaderOptions, rules: TextRules) {
    this.core = core;
    this.bytes = bytes;
    this.options = options;
    this.rules = rules;
  }

  get processes(): readonly number[] {
    return [];
  }

  async next(): Promise<number> {
    while (true) {
      const { records, bad } = this.decode(this.atEnd && this.lastLineIsWhole && !this.failure);
      if (records > 0) {
        this.anyRecords = true;
        return records;
      }
      if (bad) this.passOver(this.lineEnd(), this.reason());
      else if (!this.atEnd) await this.refill();
      else return this.finish();
    }
  }

  /** Whether a last line without its newline is a line like any other. */
  protected get lastLineIsWhole(): boolean {
    return true;
  }

  /** What a format says of the text at the trace's start, and at its end. */
  protected begun(): void {}
  protected ended(): void {}

  /** Decodes from `start`; `final` says that the window's last line needs no newline. */
  protected decode(final: boolean): { records: number; bad: boolean } {
    const { exports, enums } = this.core;
    const format = enums.TextFormat[this.rules.format];
    const status = exports.decodeText(format, this.start, this.end, final);
    const results = this.core.results();
    const records = results[enums.Result.Records] ?? 0;
    this.start = results[enums.Result.Consumed] ?? 0;
    this.lines += results[enums.Result.Lines] ?? 0;
    return { records, bad: records === 0 && status === enums.Status.BadLine };
  }

  protected broken(why: string): PagewalkError {
    const { file } = this.options;
    const line = this.lines + 1;
    const found = quote(this.shown(this.start, Math.min(this.lineEnd() - this.start, SHOWN)));
    const at = { file, line, byte: this.base + this.start };
    return new PagewalkError("E_TRACE", `${file}: line ${line}: ${found}: ${why}`, at);
  }

  protected shown(start: number, length: number): string {
    return headText(this.core.window().subarray(start, Math.min(start + length, this.end))).replace(
      /\r$/,
      "",
    );
  }

  /** Why there is not one record in the trace. */
  protected whyEmpty(): string {
    return `want lines such as ${this.rules.example}`;
  }

  /** Moves the line that is not yet whole to the window's start, and reads more behind it. */
  private async refill(): Promise<void> {
    const first = this.base === 0 && this.end === 0;
    this.core.window().copyWithin(0, this.start, this.end);
    this.base += this.start;
    this.end -= this.start;
    this.start = 0;
    if (this.end === this.core.window().length) await this.passOverLongLine();
    await this.readMore();
    if (first) this.begun();
  }

  private async readMore(): Promise<void> {
    try {
      const read = this.bytes.read(this.core.window().subarray(this.end));
      const bytes = typeof read === "number" ? read : await read;
      if (bytes === 0) this.atEnd = true;
      this.end += bytes;
    } catch (thrown) {
      this.failure = thrown;
      this.atEnd = true;
    }
  }

  /** A line that fills the window is no record of any kind; what follows its newline may be. */
  private async passOverLongLine(): Promise<void> {
    this.countBad(`the line is longer than ${this.core.window().length} characters`);
    while (!this.atEnd) {
      this.base += this.end;
      this.end = 0;
      await this.readMore();
      const newline = this.lineEnd();
      if (newline >= this.end) continue;
      this.start = newline + 1;
      this.lines++;
      return;
    }
  }

  /** Goes on behind a bad line, if that is allowed. */
  private passOver(lineEnd: number, why: string): void {
    this.countBad(why);
    this.start = Math.min(lineEnd + 1, this.end);
    this.lines++;
  }

  private countBad(why: string): void {
    if (this.skipped >= this.options.skipBad) throw this.broken(why);
    this.skipped++;
  }

  private finish(): 0 {
    if (this.failure) throw this.failure;
    this.ended();
    if (this.anyRecords) return 0;
    const { file } = this.options;
    throw new PagewalkError("E_TRACE", `${file}: holds no records; ${this.whyEmpty()}`, { file });
  }

  /** Why the core refused the line. */
  private reason(): string {
    const faults = Object.entries(this.core.enums.TextFault) as [keyof Enums["TextFault"], number][];
    const [fault = "None"] = faults.find(([, number]) => number === this.core.exports.textFault.value) ?? [];
    return this.rules.reasons[fault] ?? REASONS[fault] ?? `want a line such as ${this.rules.example}`;
  }

  /** Where the line at `start` ends in the window: its newline, or the window's end. */
  private lineEnd(): number {
    const newline = this.core.window().indexOf(NEWLINE, this.start);
    return newline < 0 || newline > this.end ? this.end : newline;
  }
}
