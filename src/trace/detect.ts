import type { Format } from "./format.js";
import { formats } from "./formats/index.js";

/** The format of a trace that starts so: by its whole lines, which a line that is cut cannot mislead, or else as it is. */
export function detect(head: Uint8Array): Format | undefined {
  return detectByLines(head) ?? first(head);
}

/** The same by whole lines alone. What holds a zero is no text, and taken as it is. */
export function detectByLines(head: Uint8Array): Format | undefined {
  return first(head.includes(0) ? head : head.subarray(0, head.lastIndexOf(0x0a) + 1));
}

function first(head: Uint8Array): Format | undefined {
  return formats().find((format) => format.detect(head));
}
