import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { Allocations } from "./allocations.js";
import { argumentsOf, type Call, calledBy } from "./calls.js";
import { type LineParser, LineReader } from "./lines.js";
import { Switches } from "./switches.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"--32323-- malloc(24) = 0x4A42040" (valgrind --trace-malloc=yes)';

/** `valgrind --trace-malloc=yes --log-file=FILE PROGRAM`, with memcheck or another tool that sees the heap. */
export const memcheck: Format = {
  name: "memcheck",
  example: EXAMPLE,
  detect: (head) =>
    linesOf(head)
      .slice(0, 50)
      .some((line) => /^==\d+== (Memcheck|Helgrind|drd|DHAT|Massif)\b|^--\d+-- \w+\(.*\)( = |$)/.test(line)),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new MemcheckParser(output)),
};

class MemcheckParser implements LineParser {
  private readonly output: Output;
  private readonly allocations: Allocations;
  private readonly switches: Switches;

  constructor(output: Output) {
    this.output = output;
    this.allocations = new Allocations(output);
    this.switches = new Switches(output);
  }

  line(line: string): void {
    if (!/\S/.test(line)) return;
    const [, mark, pid, text = ""] = /^(--|==|\*\*)(\d{1,10})\1 ?(.*)$/.exec(line) ?? [];
    if (pid === undefined) throw new BadRecord(`want a line of valgrind's, such as ${EXAMPLE}`);
    const call = mark === "--" ? lastCallOf(text) : undefined;
    if (!call) {
      this.output.count("messages");
      return;
    }
    // The end of a realloc that had freed its block on the line before.
    if (call.name === "") return;
    this.switches.to(BigInt(pid));
    if (!this.allocations.take(call, undefined)) this.output.count("other calls");
  }
}

/** The last call of a line: a realloc that goes on to malloc or free is printed in front of it. */
function lastCallOf(text: string): Call | undefined {
  if (/^ = (0x)?0$/.test(text)) return { name: "", args: [], result: "0" };
  let rest = text;
  for (let calls = 0; calls < 3; calls++) {
    const name = calledBy(rest);
    if (name === undefined) return undefined;
    const { args, end } = argumentsOf(rest, name.length + 1);
    rest = rest.slice(end);
    if (rest === "" || rest.startsWith(" = ")) {
      const values = args.map((arg) => arg.replace(/^(al|alignment|size) /, ""));
      return { name, args: values, result: rest.slice(3) };
    }
  }
  return undefined;
}
