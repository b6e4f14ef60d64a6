import { kindNumber } from "../../engine/codes.js";
import type { OutputFormat } from "../writer.js";
import { TextWriter } from "./text.js";

const BLANK = 0x20;
const NEWLINE = 0x0a;

/** Dinero's din: a modify is a read and a write, for there is no word for it. */
export const dinOutput: OutputFormat = {
  name: "din",
  extensions: [".din"],
  leavesOut: "events and sizes",
  open(core, sink) {
    const [load, store, fetch] = [0x30, 0x31, 0x32];
    const labels: number[][] = [];
    labels[kindNumber(core, "instruction")] = [fetch];
    labels[kindNumber(core, "load")] = [load];
    labels[kindNumber(core, "store")] = [store];
    labels[kindNumber(core, "modify")] = [load, store];
    return new TextWriter(core, sink, {
      access(lines, kind, low, high) {
        for (const [i, label] of (labels[kind] ?? []).entries()) {
          if (i > 0) lines.byte(NEWLINE);
          lines.byte(label);
          lines.byte(BLANK);
          lines.hex(low, high, 1);
        }
        return true;
      },
    });
  },
};
