import { PROTECTIONS, type Protection } from "../events.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { type LineParser, LineReader } from "./lines.js";
import { firstLineIs } from "./text.js";

const EXAMPLE = '"557b802c4000-557b802c9000 r-xp 00002000 fe:00 260131 /usr/bin/cat"';
const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-r][-w][-x])([ps]) ([0-9a-f]{1,16}) [0-9a-f]+:[0-9a-f]+ (\d+)(?: +(\S.*))?$/;
/** What the kernel lends a process: there is nothing for the program to map. */
const LENT = /^\[(vdso|vvar\w*|vsyscall|uprobes|vectors|sigpage)\]$/;

/** `/proc/PID/maps`. */
export const maps: Format = {
  name: "maps",
  example: EXAMPLE,
  detect: (head) => firstLineIs(head, /^[0-9a-f]{1,16}-[0-9a-f]{1,16} [-r][-w][-x][ps] [0-9a-f]+ /),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new MapsParser(output)),
};

class MapsParser implements LineParser {
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  line(text: string): void {
    const line = text.trimEnd();
    if (line === "") return;
    const [, from, to, letters = "", sharing, offset, , name = ""] = LINE.exec(line) ?? [];
    if (from === undefined || to === undefined) throw new BadRecord(whyNot(line));
    const address = BigInt(`0x${from}`);
    const length = BigInt(`0x${to}`) - address;
    if (length <= 0n) throw new BadRecord("the mapping ends before it begins");
    const protection: Protection[] = PROTECTIONS.filter((_, i) => letters[i] !== "-");
    const isNamed = /^\[.*\]$/.test(name);
    if (!LENT.test(name)) {
      const isAnonymous = name === "" || isNamed;
      this.output.event({
        event: "mmap",
        address,
        length,
        protection,
        flags: [
          ...(sharing === "s" ? (["shared"] as const) : []),
          ...(isAnonymous ? (["anon"] as const) : []),
          "fixed",
          ...(name === "[stack]" ? (["growsdown"] as const) : []),
        ],
        ...(isAnonymous ? {} : { file: name, offset: BigInt(`0x${offset}`) }),
      });
    }
    if (isNamed) this.output.event({ event: "region", address, length, protection, name });
  }
}

function whyNot(line: string): string {
  const smaps = /^(Size|Rss|Pss|KernelPageSize|VmFlags):/.test(line);
  return smaps ? "this is smaps; want /proc/PID/maps" : `want a mapping such as ${EXAMPLE}`;
}
