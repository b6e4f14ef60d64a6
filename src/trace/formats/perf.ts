import type { Kind } from "../../config/model.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { type LineParser, LineReader } from "./lines.js";
import { hexOf } from "./numbers.js";
import { Switches } from "./switches.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"prog 4711/4712 14707.801386: 1 cpu/mem-loads,ldlat=30/P: 7ffdf1391b0c"';
/** Longer lines are no sample. */
const MAX_LINE = 2000;
/** Command, process/thread or thread, CPU, time, period, event; then the address and what else was asked for. */
const SAMPLE =
  /^\s*(?:\S.*?\s+)?(\d{1,10})(?:\/(\d{1,10}))?\s+(?:\[\d+\]\s+)?(?:\d+\.\d+:\s+)(?:\d+\s+)?(\S+):\s+(\S.*)$/;
/** A caller, indented: an instruction, its function, its object. */
const CALLER = /^\s+[0-9a-f]{1,16} \S.*\)$/;
const ADDRESS = /^([0-9a-f]{1,16})(\s+\|OP)?(\s|$)/;

/** `perf script -F comm,pid,tid,time,event,addr` of what `perf mem record` sampled. */
export const perf: Format = {
  name: "perf",
  example: EXAMPLE,
  detect(head) {
    const line = linesOf(head).find((line) => /\S/.test(line) && !line.startsWith("#")) ?? "";
    return line.length <= MAX_LINE && SAMPLE.test(line.trimEnd());
  },
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new PerfParser(output)),
};

class PerfParser implements LineParser {
  private readonly output: Output;
  private readonly switches: Switches;

  constructor(output: Output) {
    this.output = output;
    this.switches = new Switches(output);
  }

  line(text: string): void {
    if (text.startsWith("#") || !/\S/.test(text)) return;
    const sample = text.length <= MAX_LINE ? SAMPLE.exec(text.trimEnd()) : null;
    if (!sample) {
      if (text.length <= MAX_LINE && CALLER.test(text)) {
        this.output.count("callers");
        return;
      }
      throw new BadRecord(`want a sample such as ${EXAMPLE}`);
    }
    const [, pid = "", tid = pid, event = "", rest = ""] = sample;
    const kind = kindOf(event, rest);
    if (!kind) {
      this.output.count("samples of other events");
      return;
    }
    const [, digits, isSource] = ADDRESS.exec(rest) ?? [];
    if (digits === undefined || isSource) {
      throw new BadRecord("the sample tells no address; want perf script -F comm,pid,tid,time,event,addr");
    }
    const address = hexOf(digits, "address");
    if (address === 0n) {
      this.output.count("samples without an address");
      return;
    }
    this.switches.to(BigInt(pid), BigInt(tid));
    this.output.access(kind, address, 1);
  }
}

/** By the event's name (Intel, Arm, POWER), or by the operation where one event samples both (AMD, Arm). */
function kindOf(event: string, rest: string): Kind | undefined {
  if (/mem-loads-aux/.test(event)) return undefined;
  if (/load/i.test(event)) return "load";
  if (/store/i.test(event)) return "store";
  if (!/^(ibs_op\/|memory$|memory:)/.test(event)) return undefined;
  const [, operation] = /\|OP (LOAD|STORE)\b/.exec(rest) ?? [];
  if (operation === undefined) return undefined;
  return operation === "LOAD" ? "load" : "store";
}
