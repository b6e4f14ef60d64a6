import { kindNumber } from "../../engine/codes.js";
import type { OutputFormat } from "../writer.js";
import { TextWriter } from "./text.js";

const COMMA = 0x2c;

/** The lines of valgrind's lackey, without its header and footer. */
export const lackeyOutput: OutputFormat = {
  name: "lackey",
  extensions: [".lackey"],
  leavesOut: "events",
  open(core, sink) {
    const prefixes: Uint8Array[] = [];
    const prefix = { instruction: "I  ", load: " L ", store: " S ", modify: " M " } as const;
    for (const [kind, text] of Object.entries(prefix)) {
      prefixes[kindNumber(core, kind as keyof typeof prefix)] = new TextEncoder().encode(text);
    }
    return new TextWriter(core, sink, {
      access(lines, kind, low, high, size) {
        lines.all(prefixes[kind] ?? new Uint8Array(0));
        lines.hex(low, high, 8);
        lines.byte(COMMA);
        lines.decimal(size);
        return true;
      },
    });
  },
};
