import type { SourcePlace } from "../events.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { Allocations } from "./allocations.js";
import { type LineParser, LineReader } from "./lines.js";
import { idOf, numberOf } from "./numbers.js";
import { firstLineIs } from "./text.js";

const EXAMPLE = '"@ ./prog:[0x121f] + 0x55833d2aa680 0x200"';
const ENTRY = /^(?:@ (\S.*) )?([-+<>!]) (0x[0-9a-f]{1,16}|\(nil\))(?: (0x[0-9a-f]{1,16}|0))?$/;
/** Longer callers are no path and offset. */
const MAX_LINE = 1 << 14;

/** glibc's mtrace: the file that MALLOC_TRACE names. */
export const mtrace: Format = {
  name: "mtrace",
  example: EXAMPLE,
  detect: (head) => firstLineIs(head, /^= Start\s*$|^@ .{1,1000} [-+<>!] (0x[0-9a-f]+|\(nil\))( |$)/),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new MtraceParser(output)),
};

class MtraceParser implements LineParser {
  private readonly output: Output;
  private readonly allocations: Allocations;
  /** The block of a realloc whose second line is still to come. */
  private moving: bigint | undefined;

  constructor(output: Output) {
    this.output = output;
    this.allocations = new Allocations(output);
  }

  line(text: string): void {
    if (text === "" || text === "= Start" || text === "= End") return;
    const [whole, caller, mark, address, size] = (text.length < MAX_LINE && ENTRY.exec(text)) || [];
    if (whole === undefined) throw new BadRecord(`want a line such as ${EXAMPLE}`);
    const wantsSize = mark === "+" || mark === ">" || mark === "!";
    if (wantsSize !== (size !== undefined)) {
      throw new BadRecord(wantsSize ? "the size is missing" : "there is a size behind the address");
    }
    const { moving } = this;
    this.moving = undefined;
    if ((moving !== undefined) !== (mark === ">")) {
      throw new BadRecord("a realloc is a line of < and the next of >, and one of them is missing");
    }
    this.entry(mark, numberOf(address, "address"), numberOf(size ?? "0", "size"), moving, placeOf(caller));
  }

  end(): void {
    if (this.moving !== undefined) throw new BadRecord("the trace is cut between < and > of a realloc");
  }

  private entry(
    mark: string | undefined,
    address: bigint,
    size: bigint,
    moving: bigint | undefined,
    at: SourcePlace | undefined,
  ): void {
    if (mark === "+") this.allocations.malloc(address, size, at);
    else if (mark === "-") this.allocations.free(address, at);
    else if (mark === "<") this.moving = address;
    else if (mark === "!") this.output.count("failed realloc");
    else {
      const move = { id: idOf(moving ?? 0n), newId: idOf(address), size };
      this.output.event({ event: "realloc", ...move, ...(at ? { at } : {}) });
    }
  }
}

/** `MODULE:[0xOFFSET]`, `MODULE:(FUNCTION+OFFSET)[0xOFFSET]`, or an address alone. */
function placeOf(caller: string | undefined): SourcePlace | undefined {
  if (caller === undefined) return undefined;
  const open = caller.lastIndexOf("[");
  const [, offset] = /^\[(0x[0-9a-f]+)\]$/.exec(caller.slice(Math.max(open, 0))) ?? [];
  if (offset === undefined) return { file: caller, line: 0 };
  const module = caller.slice(0, open).replace(/:(\([^()]*\))?$/, "");
  return { file: module === "" ? offset : `${module}+${offset}`, line: 0 };
}
