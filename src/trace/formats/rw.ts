import type { Format } from "../format.js";
import { Window } from "../window.js";
import { firstLineIs, TextReader, type TextRules } from "./text.js";

const rules: TextRules = {
  format: "Rw",
  example: '"0041f7a0 R"',
  reasons: { Kind: "neither R nor W behind the address", Address: "want a hexadecimal address, then R or W" },
};

/** An address and R or W. It has no sizes: an access counts as one byte. */
export const rw: Format = {
  name: "rw",
  example: rules.example,
  detect: (head) => firstLineIs(head, /^\s*(0x)?[0-9a-f]{1,16}\s+[RW]\s*$/i),
  open: (core, bytes, options) => new TextReader(core, new Window(core, bytes), options, rules),
};
