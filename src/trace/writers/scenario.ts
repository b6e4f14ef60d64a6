import { kindsByNumber } from "../../engine/codes.js";
import { LETTER_OF, printEvent } from "../scenario/print.js";
import type { OutputFormat } from "../writer.js";
import { TextWriter } from "./text.js";

const COMMA = 0x2c;

/** The text that a person can write: everything has a place in it. */
export const scenarioOutput: OutputFormat = {
  name: "scenario",
  extensions: [".scenario"],
  leavesOut: "",
  open(core, sink) {
    const prefixes = kindsByNumber(core).map((kind) => new TextEncoder().encode(`${LETTER_OF[kind]} 0x`));
    return new TextWriter(core, sink, {
      header: "# pagewalk scenario",
      access(lines, kind, low, high, size) {
        lines.all(prefixes[kind] ?? new Uint8Array(0));
        lines.hex(low, high, 1);
        lines.byte(COMMA);
        lines.decimal(size);
        return true;
      },
      event: printEvent,
    });
  },
};
