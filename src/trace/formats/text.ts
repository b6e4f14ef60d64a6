import type { Core, Enums } from "../../engine/core.js";
import { PagewalkError, quote } from "../../errors.js";
import type { Reader, ReaderOptions } from "../format.js";
import type { Window } from "../window.js";

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

/** Whether the first line that is neither blank nor a comment (#) is of a pattern. */
export function firstLineIs(head: Uint8Array, pattern: RegExp): boolean {
  return firstLineTakes(head, (line) => pattern.test(line));
}

/** The same of a test. */
export function firstLineTakes(head: Uint8Array, takes: (line: string) => boolean): boolean {
  const line = linesOf(head).find((line) => /\S/.test(line) && !/^\s*#/.test(line));
  return line !== undefined && takes(line.replace(/\r$/, ""));
}

/** The lines of a trace's head, a character a byte. */
export function linesOf(head: Uint8Array): string[] {
  return new TextDecoder("latin1").decode(head).split("\n");
}

/** Moves text through the core's window, where the core decodes it. */
export class TextReader implements Reader {
  skipped = 0;
  protected readonly core: Core;
  protected readonly window: Window;
  protected readonly options: ReaderOptions;
  /** Lines before the window's start. */
  protected lines = 0;
  protected anyRecords = false;
  private readonly rules: TextRules;

  constructor(core: Core, window: Window, options: ReaderOptions, rules: TextRules) {
    this.core = core;
    this.window = window;
    this.options = options;
    this.rules = rules;
    core.exports.openText();
  }

  close(): void {
    this.window.close();
  }

  get processes(): readonly number[] {
    return [];
  }

  async next(): Promise<number> {
    const { window } = this;
    while (true) {
      const { records, bad } = this.decode(window.atEnd && this.lastLineIsWhole && !window.failure);
      if (records > 0) {
        this.anyRecords = true;
        return records;
      }
      if (bad) this.passOver(this.reason());
      else if (window.atEnd) return this.finish();
      else if (window.isFull) await this.passOverLongLine();
      else await this.refill();
    }
  }

  /** Whether a last line without its newline is a line like any other. */
  protected get lastLineIsWhole(): boolean {
    return true;
  }

  /** What a format says of the text when its start is there, and when it has ended. */
  protected begun(): void {}
  protected ended(): void {}

  /** Decodes from the window's start; `final` says that its last line needs no newline. */
  protected decode(final: boolean): { records: number; bad: boolean } {
    const { exports, enums } = this.core;
    const format = enums.TextFormat[this.rules.format];
    const status = exports.decodeText(format, this.window.start, this.window.end, final);
    const results = this.core.results();
    const records = results[enums.Result.Records] ?? 0;
    this.window.start = results[enums.Result.Consumed] ?? 0;
    this.lines += results[enums.Result.Lines] ?? 0;
    return { records, bad: records === 0 && status === enums.Status.BadRecord };
  }

  protected broken(why: string): PagewalkError {
    const { window } = this;
    const { file } = this.options;
    const line = this.lines + 1;
    const length = Math.min(window.lineEnd() - window.start, SHOWN);
    const found = quote(window.text(window.start, length).replace(/\r$/, ""));
    const at = { file, line, byte: window.position };
    return new PagewalkError("E_TRACE", `${file}: line ${line}: ${found}: ${why}`, at);
  }

  /** Why there is not one record in the trace. */
  protected whyEmpty(): string {
    return `want lines such as ${this.rules.example}`;
  }

  private async refill(): Promise<void> {
    const first = this.window.position === 0 && this.window.end === 0;
    await this.window.refill();
    if (first) this.begun();
  }

  /** A line that fills the window is no record of any kind; what follows its newline may be. */
  private async passOverLongLine(): Promise<void> {
    const { window } = this;
    this.countBad(`the line is longer than ${window.end - window.start} characters`);
    do {
      window.empty();
      await window.refill();
    } while (!window.atEnd && window.lineEnd() === window.end);
    window.start = Math.min(window.lineEnd() + 1, window.end);
    this.lines++;
  }

  /** Goes on behind a bad line, if that is allowed. */
  private passOver(why: string): void {
    this.countBad(why);
    this.window.start = Math.min(this.window.lineEnd() + 1, this.window.end);
    this.lines++;
  }

  private countBad(why: string): void {
    if (this.skipped >= this.options.skipBad) throw this.broken(why);
    this.skipped++;
  }

  private finish(): 0 {
    if (this.window.failure) throw this.window.failure;
    this.ended();
    if (this.anyRecords) return 0;
    const { file } = this.options;
    throw new PagewalkError("E_TRACE", `${file}: holds no records; ${this.whyEmpty()}`, { file });
  }

  /** Why the core refused the line. */
  private reason(): string {
    const faults = Object.entries(this.core.enums.TextFault) as [keyof Enums["TextFault"], number][];
    const [fault = "None"] = faults.find(([, number]) => number === this.core.exports.textFault.value) ?? [];
    if (fault === "SizeTooLarge") return `the size is too large; want 0 to ${this.core.enums.Batch.MaxSize}`;
    return this.rules.reasons[fault] ?? REASONS[fault] ?? `want a line such as ${this.rules.example}`;
  }
}
