import type { TraceEvent } from "../events.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { type LineParser, LineReader } from "./lines.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"a 0 48", "r 0 64" or "f 0" behind a header of four numbers';
const HEADER_LINES = 4;

/** The traces of the malloc lab. */
export const rep: Format = {
  name: "rep",
  example: EXAMPLE,
  detect(head) {
    const lines = linesOf(head).filter((line) => /\S/.test(line));
    const header = lines.slice(0, HEADER_LINES);
    const isHeader = header.length === HEADER_LINES && header.every((line) => /^\s*\d+\s*$/.test(line));
    return isHeader && /^\s*[arf]\s+-?\d/.test(lines[HEADER_LINES] ?? "");
  },
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new RepParser(output)),
};

class RepParser implements LineParser {
  private readonly output: Output;
  /** A suggested heap size, the numbers of IDs and of operations, a weight. */
  private readonly header: number[] = [];
  private operations = 0;

  constructor(output: Output) {
    this.output = output;
  }

  line(text: string): void {
    if (!/\S/.test(text)) return;
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
    if (!/^\d{1,18}$/.test(size)) throw new BadRecord("the size is no decimal number");
    const block = String(Number(id));
    if (verb === "a") return { event: "malloc", id: block, size: BigInt(size) };
    return { event: "realloc", id: block, newId: block, size: BigInt(size) };
  }

  private checkId(id: string): void {
    const [, ids = 0] = this.header;
    if (/^\d{1,15}$/.test(id) && Number(id) < ids) return;
    throw new BadRecord(`want an ID from 0 to ${ids - 1}, for the header says that there are ${ids}`);
  }
}
