import type { Format } from "../format.js";
import { Window } from "../window.js";
import { firstLineIs, TextReader, type TextRules } from "./text.js";

const rules: TextRules = {
  format: "Pinatrace",
  example: '"0x7f3e1c2a1090: R 0x7ffd5b8a0f78" or "W 3212859348"',
  reasons: { Kind: "no record of pinatrace's; want PC: R ADDRESS, PC: W ADDRESS, R ADDRESS or W ADDRESS" },
};

/** Pin's pinatrace, with the instruction's address or without. An access counts as one byte; there are no fetches. */
export const pinatrace: Format = {
  name: "pinatrace",
  example: rules.example,
  detect: (head) =>
    firstLineIs(head, /^\s*(0x)?[0-9a-f]{1,16}:\s*[RW]\s/i) ||
    firstLineIs(head, /^\s*[RW]\s+(0x[0-9a-f]+|\d+)\s*$/i),
  open: (core, bytes, options) => new TextReader(core, new Window(core, bytes), options, rules),
};
