import type { Core } from "../../engine/core.js";
import { PagewalkError, quote } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import type { Format, Reader, ReaderOptions } from "../format.js";

const NEWLINE = 0x0a;
/** Text of a line that an error may show. */
const SHOWN = 200;

/** Valgrind lackey: `valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM`. */
export const lackey: Format = {
  name: "lackey",
  example: '"I  04025870,3" or " L 1ffefff8d8,8"',
  detect(head) {
    const lines = text(head).split("\n").slice(0, 50);
    return lines.some((line) => /^(I {2}| [LSM] )[0-9a-fA-F]/.test(line) || /^==\d+==/.test(line));
  },
  open: (core, bytes, options) => new LackeyReader(core, bytes, options),
};

/** Moves text through the core's window, where the core decodes it. */
class LackeyReader implements Reader {
  skipped = 0;
  private readonly core: Core;
  private readonly bytes: ByteSource;
  private readonly options: ReaderOptions;
  /** Bytes of the window that are still to be decoded: [start, end). */
  private start = 0;
  private end = 0;
  private atEnd = false;
  /** Why the bytes ended early; thrown when all that came before is handed out. */
  private failure: unknown;
  /** Bytes of the trace before the window, and lines before `start`. */
  private base = 0;
  private lines = 0;
  private anyRecords = false;
  private pid: number | undefined;

  constructor(core: Core, bytes: ByteSource, options: ReaderOptions) {
    this.core = core;
    this.bytes = bytes;
    this.options = options;
  }

  get processes(): readonly number[] {
    return this.pid === undefined ? [] : [this.pid];
  }

  async next(): Promise<number> {
    while (true) {
      const { records, bad } = this.decode(this.atEnd && !this.hasHeader && !this.failure);
      if (records > 0) {
        this.anyRecords = true;
        return records;
      }
      if (bad) this.passOver(this.lineEnd(), this.reason());
      else if (!this.atEnd) await this.refill();
      else return this.finish();
    }
  }

  /** Decodes from `start`; `final` says that the window's last line needs no newline. */
  private decode(final: boolean): { records: number; bad: boolean } {
    const { exports, enums } = this.core;
    const status = exports.decodeLackey(this.start, this.end, final);
    const results = this.core.results();
    const records = results[enums.Result.Records] ?? 0;
    this.start = results[enums.Result.Consumed] ?? 0;
    this.lines += results[enums.Result.Lines] ?? 0;
    return { records, bad: records === 0 && status === enums.Status.BadLine };
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
    if (first) this.pid = Number(/^==(\d+)==/m.exec(this.shown(0, 1 << 12))?.[1]) || undefined;
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
    const length = this.core.window().length;
    this.countBad(`the line is longer than ${length} characters`);
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
    if (this.skipped >= this.options.skipBad) throw this.broken(why, this.start);
    this.skipped++;
  }

  /** Nothing is left but, after valgrind's header, a last line without its newline. */
  private finish(): 0 {
    if (this.failure) throw this.failure;
    if (this.start < this.end) {
      if (!this.shown(this.start, 2).startsWith("=="))
        throw this.broken("the trace is cut in this line", this.start);
      this.decode(true);
    }
    const { file } = this.options;
    const { lackeyFooter } = this.core.exports;
    if (!this.anyRecords) {
      const hint = this.hasHeader
        ? "valgrind wrote no accesses; was --trace-mem=yes given?"
        : `want lines such as ${lackey.example}`;
      throw new PagewalkError("E_TRACE", `${file}: holds no records; ${hint}`, { file });
    }
    if (this.hasHeader && !lackeyFooter.value) {
      throw new PagewalkError(
        "E_TRACE",
        `${file}: ends after line ${this.lines} without the footer that valgrind writes: the trace is cut`,
        { file, line: this.lines, byte: this.base + this.end },
      );
    }
    return 0;
  }

  private broken(why: string, start: number): PagewalkError {
    const { file } = this.options;
    const line = this.lines + 1;
    const found = quote(this.shown(start, Math.min(this.lineEnd() - start, SHOWN)));
    return new PagewalkError("E_TRACE", `${file}: line ${line}: ${found}: ${why}`, {
      file,
      line,
      byte: this.base + start,
    });
  }

  /** Why the core refused the line. */
  private reason(): string {
    const { LackeyFault, Batch } = this.core.enums;
    const reasons: Record<number, string> = {
      [LackeyFault.Kind]: 'no record of lackey\'s; want "I  ", " L ", " S " or " M " and an address',
      [LackeyFault.Address]: "the address is missing; want 1 to 16 hexadecimal digits",
      [LackeyFault.AddressTooLong]: "the address has more than 16 hexadecimal digits",
      [LackeyFault.Comma]: "no comma after the address; want ADDRESS,SIZE",
      [LackeyFault.Size]: "the size is missing; want a decimal number after the comma",
      [LackeyFault.SizeTooLarge]: `the size is too large; want 0 to ${Batch.MaxSize}`,
      [LackeyFault.Trailing]: "there is something after the size; want the end of the line",
    };
    return reasons[this.core.exports.lackeyFault.value] ?? "not a record";
  }

  /** Where the line at `start` ends in the window: its newline, or the window's end. */
  private lineEnd(): number {
    const newline = this.core.window().indexOf(NEWLINE, this.start);
    return newline < 0 || newline > this.end ? this.end : newline;
  }

  private shown(start: number, length: number): string {
    return text(this.core.window().subarray(start, Math.min(start + length, this.end))).replace(/\r$/, "");
  }

  private get hasHeader(): boolean {
    return Boolean(this.core.exports.lackeyHeader.value);
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 1 << 16));
}
