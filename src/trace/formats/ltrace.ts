import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { Allocations, allocates } from "./allocations.js";
import { calledBy, callLineOf, callOf, UNFINISHED, Unfinished } from "./calls.js";
import { type LineParser, LineReader } from "./lines.js";
import { Switches } from "./switches.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"prog->malloc(24) = 0x55fdb8bb26c0"';
/** Lines at the start that may tell. */
const LOOKED_AT = 50;

/** `ltrace -e malloc+free+calloc+realloc [-i] [-f] -o FILE PROGRAM`. */
export const ltrace: Format = {
  name: "ltrace",
  example: EXAMPLE,
  detect: (head) => linesOf(head).slice(0, LOOKED_AT).some(looksLikeLtrace),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new LtraceParser(output)),
};

function looksLikeLtrace(line: string): boolean {
  const { text } = callLineOf(line.trimEnd());
  const function_ = withoutCaller(text);
  const name = calledBy(function_);
  if (name === undefined || !(function_.endsWith(UNFINISHED) || callOf(function_))) return false;
  return function_ !== text || allocates(name) || name === "__libc_start_main";
}

class LtraceParser implements LineParser {
  private readonly output: Output;
  private readonly allocations: Allocations;
  private readonly switches: Switches;
  private readonly unfinished = new Unfinished((name) => {
    // A process that ends never comes back from the call.
    if (!/^_?exit(_group)?$/.test(name)) this.output.count(`unfinished ${name}`);
  });
  /** Threads in whose unfinished call another has allocated. */
  private readonly nested = new Set<bigint>();

  constructor(output: Output) {
    this.output = output;
    this.allocations = new Allocations(output);
    this.switches = new Switches(output);
  }

  line(line: string): void {
    if (!/\S/.test(line)) return;
    const { pid, ip, text } = callLineOf(line);
    const thread = pid ?? 0n;
    if (/^--- .* ---$/.test(text)) {
      this.output.count("signals");
      return;
    }
    if (/^\+\+\+ (exited|killed)/.test(text)) {
      this.exit(pid, thread);
      return;
    }
    const part = withoutCaller(text);
    if (this.unfinished.keep(thread, part) !== undefined) return;
    const resumed = this.unfinished.resume(thread, part);
    const hasNested = resumed !== undefined && this.nested.has(thread);
    if (!this.unfinished.has(thread)) this.nested.delete(thread);
    const call = callOf(resumed ?? part);
    if (!call) throw new BadRecord(`want a call such as ${EXAMPLE}`);
    const name = call.name.replace(/@.*$/, "");
    if (!allocates(name)) {
      this.output.count("other calls");
      return;
    }
    if (hasNested) {
      this.output.count("calls whose inner call allocates");
      return;
    }
    if (this.unfinished.has(thread)) this.nested.add(thread);
    if (pid !== undefined) this.switches.to(pid);
    this.allocations.take({ ...call, name }, ip === undefined ? undefined : { file: ip, line: 0 });
  }

  end(): void {
    this.unfinished.end();
  }

  private exit(pid: bigint | undefined, thread: bigint): void {
    this.unfinished.forget(thread);
    this.nested.delete(thread);
    if (pid !== undefined) this.switches.to(pid);
    this.output.event({ event: "exit" });
  }
}

/** A call's text without the object that makes it, as in `prog->`. */
function withoutCaller(text: string): string {
  return text.replace(/^[^\s("]{1,200}?->/, "");
}
