import { PagewalkError } from "../../errors.js";
import type { Format } from "../format.js";
import { Window } from "../window.js";
import { linesOf, TextReader, type TextRules } from "./text.js";

const rules: TextRules = {
  format: "Lackey",
  example: '"I  04025870,3" or " L 1ffefff8d8,8"',
  reasons: {
    Kind: 'no record of lackey\'s; want "I  ", " L ", " S " or " M " and an address',
    AddressTooLong: "the address has more than 16 hexadecimal digits",
    Comma: "no comma after the address; want ADDRESS,SIZE",
    Size: "the size is missing; want a decimal number after the comma",
    Trailing: "there is something after the size; want the end of the line",
  },
};

/** Valgrind lackey: `valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM`. */
export const lackey: Format = {
  name: "lackey",
  example: rules.example,
  detect(head) {
    const lines = linesOf(head).slice(0, 50);
    return lines.some((line) => /^(I {2}| [LSM] )[0-9a-fA-F]/.test(line) || /^==\d+==/.test(line));
  },
  open: (core, bytes, options) => new LackeyReader(core, new Window(core, bytes), options, rules),
};

/** Valgrind frames a log with a header and a footer of lines that begin `==pid==`. */
class LackeyReader extends TextReader {
  private pid: number | undefined;

  override get processes(): readonly number[] {
    return this.pid === undefined ? [] : [this.pid];
  }

  /** With a header, the last line is the footer's; anything else was cut. */
  protected override get lastLineIsWhole(): boolean {
    return !this.hasHeader;
  }

  protected override begun(): void {
    this.pid = Number(/^==(\d+)==/m.exec(this.window.text(0, 1 << 12))?.[1]) || undefined;
  }

  protected override ended(): void {
    const { window } = this;
    if (window.start < window.end) {
      if (window.text(window.start, 2) !== "==") throw this.broken("the trace is cut in this line");
      this.decode(true);
    }
    if (!this.hasHeader || !this.anyRecords || this.core.exports.lackeyFooter.value) return;
    const { file } = this.options;
    throw new PagewalkError(
      "E_TRACE",
      `${file}: ends after line ${this.lines} without the footer that valgrind writes: the trace is cut`,
      { file, line: this.lines, byte: window.position },
    );
  }

  protected override whyEmpty(): string {
    if (!this.hasHeader) return super.whyEmpty();
    return "valgrind wrote no accesses; was --trace-mem=yes given?";
  }

  private get hasHeader(): boolean {
    return Boolean(this.core.exports.lackeyHeader.value);
  }
}
