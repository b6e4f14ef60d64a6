import type { SourcePlace } from "../events.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { Allocations } from "./allocations.js";
import { type LineParser, LineReader } from "./lines.js";
import { hexOf } from "./numbers.js";
import { firstLineIs } from "./text.js";

const EXAMPLE = '"+ 18 12 5628e8434a70" of heaptrack --raw';
/** Strings carry their length since this version of the file. */
const WITH_LENGTHS = 3;
const MAX_SEGMENTS = 1 << 14;
/** What is neither an allocation nor needed for one. */
const COUNTED: ReadonlyMap<string, string> = new Map([
  ["c", "timestamps"],
  ["R", "resident sizes"],
  ["A", "attachments"],
  ["S", "suppressions"],
]);

interface Segment {
  module: string;
  base: number;
  from: number;
  to: number;
}

/** `heaptrack --raw PROGRAM`: the file that heaptrack_interpret has not read yet. */
export const heaptrack: Format = {
  name: "heaptrack",
  example: EXAMPLE,
  detect: (head) => firstLineIs(head, /^v [0-9a-f]{1,8} [0-9a-f]{1,4}\s*$/),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new HeaptrackParser(output)),
};

/** Numbers are hexadecimal. */
class HeaptrackParser implements LineParser {
  private readonly output: Output;
  private readonly allocations: Allocations;
  private fileVersion = WITH_LENGTHS;
  private executable = "";
  private segments: Segment[] = [];
  /** The instructions of the trace nodes, from 1 on, and where they lie, for those that allocate. */
  private readonly ips: number[] = [0];
  private readonly places = new Map<number, SourcePlace>();

  constructor(output: Output) {
    this.output = output;
    this.allocations = new Allocations(output);
  }

  line(text: string): void {
    if (text === "" || text.startsWith("#")) return;
    const letter = text.split(" ", 1)[0] ?? "";
    const rest = text.slice(letter.length + 1);
    const counted = COUNTED.get(letter);
    if (letter === "+") this.allocate(rest);
    else if (letter === "-") this.allocations.free(hexOf(rest, "address"), undefined);
    else if (letter === "t") this.node(rest);
    else if (letter === "m") this.mapping(rest);
    else if (letter === "x") this.executable = this.string(rest).text;
    else if (letter === "v") this.version(rest);
    else if (letter === "X" || letter === "I") return;
    else if (counted) this.output.count(counted);
    else if (/^[sai]$/.test(letter)) {
      throw new BadRecord("heaptrack_interpret has left the addresses out; want a file of heaptrack --raw");
    } else throw new BadRecord(`want a line such as ${EXAMPLE}`);
  }

  private allocate(rest: string): void {
    const [size, trace, address, ...more] = rest.split(" ");
    if (address === undefined || more.length > 0) throw new BadRecord("want a size, a trace and an address");
    const place = this.placeOf(Number(hexOf(trace, "trace")));
    this.allocations.malloc(hexOf(address, "address"), hexOf(size, "size"), place);
  }

  private node(rest: string): void {
    const [ip, parent, ...more] = rest.split(" ");
    if (more.length > 0) throw new BadRecord("want an instruction and its parent");
    if (Number(hexOf(parent, "parent")) >= this.ips.length) {
      throw new BadRecord("the parent is a trace that has not been told");
    }
    this.ips.push(Number(hexOf(ip, "instruction")));
  }

  /** A module and its segments, each an offset and a size; `-` before the first of a new list. */
  private mapping(rest: string): void {
    const { text: name, rest: numbers } = this.string(rest);
    if (name === "-") {
      this.segments = [];
      return;
    }
    const [base = 0, ...pairs] = numbers
      .trim()
      .split(" ")
      .map((digits) => Number(hexOf(digits, "address")));
    if (pairs.length % 2 > 0) throw new BadRecord("want an offset and a size for each segment");
    if (this.segments.length + pairs.length / 2 > MAX_SEGMENTS) throw new BadRecord("too many segments");
    const module = name === "x" ? this.executable : name;
    for (let i = 0; i < pairs.length; i += 2) {
      const from = base + (pairs[i] ?? 0);
      this.segments.push({ module, base, from, to: from + (pairs[i + 1] ?? 0) });
    }
  }

  private version(rest: string): void {
    const [, version] = rest.split(" ");
    this.fileVersion = Number(hexOf(version, "version"));
  }

  private placeOf(trace: number): SourcePlace | undefined {
    if (trace === 0) return undefined;
    const known = this.places.get(trace);
    if (known) return known;
    const ip = this.ips[trace];
    if (ip === undefined) throw new BadRecord("the trace has not been told");
    const segment = this.segments.find(({ from, to }) => ip >= from && ip < to);
    const file = segment ? `${segment.module}+0x${(ip - segment.base).toString(16)}` : `0x${ip.toString(16)}`;
    const place = { file, line: 0 };
    this.places.set(trace, place);
    return place;
  }

  /** A string with its length in bytes before it, and what follows it. */
  private string(rest: string): { text: string; rest: string } {
    if (this.fileVersion < WITH_LENGTHS) {
      const [text = "", ...more] = rest.split(" ");
      return { text, rest: more.join(" ") };
    }
    const [digits = ""] = rest.split(" ", 1);
    const length = Number(hexOf(digits, "length"));
    const bytes = new TextEncoder().encode(rest.slice(digits.length + 1));
    if (length > bytes.length) throw new BadRecord("the string is shorter than its length says");
    const decoder = new TextDecoder();
    return { text: decoder.decode(bytes.subarray(0, length)), rest: decoder.decode(bytes.subarray(length)) };
  }
}
