import type { Core } from "../../engine/core.js";
import type { TraceEvent } from "../events.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { type LineParser, LineReader } from "./lines.js";
import { numberOf } from "./numbers.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"a 0 48", "r 0 64" or "f 0" behind a header of four numbers';
const HEADER_LINES = 4;
/** Digits of a number that is exact, whatever they are. */
const EXACT_DIGITS = 15;
const SPACE = 0x20;
const ZERO = 0x30;

/** The traces of the malloc lab. */
export const rep: Format = {
  name: "rep",
  example: EXAMPLE,
  detect(head) {
    const lines = linesOf(head).filter((line) => /\S/.test(line));
    const header = lines.slice(0, HEADER_LINES);
    const isHeader = header.length === HEADER_LINES && header.every((line) => /^\s*\d+\s*$/.test(line));
    const isEmpty = lines.length === HEADER_LINES && Number(header[2]) === 0;
    return isHeader && (isEmpty || /^\s*[arf]\s+-?\d/.test(lines[HEADER_LINES] ?? ""));
  },
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new RepParser(core, output)),
};

class RepParser implements LineParser {
  private readonly output: Output;
  /** The core's number for what each letter does. */
  private readonly kinds: ReadonlyMap<number, number>;
  private readonly free: number;
  private readonly realloc: number;
  /** A suggested heap size, the numbers of IDs and of operations, a weight. */
  private readonly header: number[] = [];
  private operations = 0;
  /** Where `digits` came to an end. */
  private at = 0;

  constructor(core: Core, output: Output) {
    const { Malloc, Realloc, Free } = core.enums.EventKind;
    this.output = output;
    this.free = Free;
    this.realloc = Realloc;
    const letters = { a: Malloc, r: Realloc, f: Free };
    this.kinds = new Map(Object.entries(letters).map(([letter, kind]) => [letter.charCodeAt(0), kind]));
  }

  line(text: string): void {
    if (this.plain(text) || !/\S/.test(text)) return;
    if (this.header.length < HEADER_LINES) {
      this.headed(text);
      return;
    }
    const [, , promised = 0] = this.header;
    // A bad one is one of those that the header promised.
    this.operations++;
    const event = this.operation(text);
    if (this.operations > promised) this.output.count("operations beyond the header's number");
    this.output.event(event);
  }

  /** Takes a line as nearly all are: a letter and its one or two numbers, a space between each. False for any other. */
  private plain(text: string): boolean {
    const [, ids = 0, promised = 0] = this.header;
    const kind = this.kinds.get(text.charCodeAt(0));
    if (kind === undefined || this.header.length < HEADER_LINES || this.operations >= promised) return false;
    const id = this.digits(text, 1);
    const size = kind === this.free ? 0 : this.digits(text, this.at);
    if (this.at !== text.length || !(id < ids) || size < 0) return false;
    this.operations++;
    if (kind === this.realloc) this.output.numbers(kind, id, id, size);
    else this.output.numbers(kind, id, size);
    return true;
  }

  /** The number behind the space at `from`, and `at` behind it; `NaN` if there is none. */
  private digits(text: string, from: number): number {
    this.at = -1;
    if (text.charCodeAt(from) !== SPACE) return Number.NaN;
    let value = 0;
    let at = from + 1;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const length = at - from - 1;
    if (length === 0 || length > EXACT_DIGITS) return Number.NaN;
    this.at = at;
    return value;
  }

  end(): void {
    const [, , promised = 0] = this.header;
    if (this.operations >= promised) return;
    throw new BadRecord(`the header says ${promised} operations, and there are ${this.operations}`);
  }

  private headed(text: string): void {
    const [, digits] = /^\s{0,20}(\d{1,15})\s*$/.exec(text) ?? [];
    if (digits === undefined) throw new BadRecord(`want a number: the header is ${HEADER_LINES} of them`);
    this.header.push(Number(digits));
  }

  private operation(text: string): TraceEvent {
    const [verb = "", id = "", size, ...more] = text.trim().split(/\s+/);
    if (!/^[arf]$/.test(verb)) throw new BadRecord(`want ${EXAMPLE}`);
    if (verb === "f" && id === "-1" && size === undefined) return { event: "free", id: "0x0" };
    this.checkId(id);
    if (verb === "f" ? size !== undefined : more.length > 0) throw new BadRecord(`want ${EXAMPLE}`);
    if (verb === "f") return { event: "free", id: String(Number(id)) };
    if (size === undefined) throw new BadRecord("the size is missing; want the operation, an ID and a size");
    if (/^-\d+$/.test(size)) throw new BadRecord("the size is negative; want a number below 2^64");
    if (!/^\d+$/.test(size)) throw new BadRecord("the size is no decimal number");
    const block = String(Number(id));
    const bytes = numberOf(size, "size");
    if (verb === "a") return { event: "malloc", id: block, size: bytes };
    return { event: "realloc", id: block, newId: block, size: bytes };
  }

  private checkId(id: string): void {
    const [, ids = 0] = this.header;
    if (/^\d{1,15}$/.test(id) && Number(id) < ids) return;
    throw new BadRecord(`want an ID from 0 to ${ids - 1}, for the header says that there are ${ids}`);
  }
}
