import { kindsByNumber } from "../../engine/codes.js";
import type { TraceEvent } from "../events.js";
import type { OutputFormat } from "../writer.js";
import { TextWriter } from "./text.js";

const COMMA = 0x2c;

/** Comma-separated values: a row an access, with the process that the last `switch` named. */
export const csvOutput: OutputFormat = {
  name: "csv",
  extensions: [".csv"],
  leavesOut: "events other than switches",
  open(core, sink) {
    const encoder = new TextEncoder();
    const kinds = kindsByNumber(core).map((kind) => encoder.encode(`,${kind},`));
    const prefix = encoder.encode("0x");
    let process = encoder.encode("");
    return new TextWriter(core, sink, {
      header: "address,kind,size,process",
      access(lines, kind, low, high, size) {
        lines.all(prefix);
        lines.hex(low, high, 1);
        lines.all(kinds[kind] ?? prefix);
        lines.decimal(size);
        lines.byte(COMMA);
        lines.all(process);
        return true;
      },
      event(event: TraceEvent) {
        if (event.event !== "switch") return undefined;
        process = encoder.encode(String(event.process));
        return "";
      },
    });
  },
};
