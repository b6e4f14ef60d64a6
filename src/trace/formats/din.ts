import type { Format } from "../format.js";
import { Window } from "../window.js";
import { firstLineIs, TextReader, type TextRules } from "./text.js";

const rules: TextRules = {
  format: "Din",
  example: '"2 408ed4"',
  reasons: {
    Kind: "no record of Dinero's; want 0 (read), 1 (write) or 2 (fetch), a blank and an address",
    Trailing: "the address is not hexadecimal; want digits, then a blank or the end of the line",
  },
};

/** Dinero's din. It has no sizes: an access counts as one byte. */
export const din: Format = {
  name: "din",
  example: rules.example,
  detect: (head) => firstLineIs(head, /^\s*[012]\s+(0x)?[0-9a-f]{1,16}(\s|$)/i),
  open: (core, bytes, options) => new TextReader(core, new Window(core, bytes), options, rules),
};
