import type { Format } from "../format.js";
import { MAGIC } from "../native/layout.js";
import { NativeReader } from "../native/reader.js";

/** pagewalk's own: see docs/native-format.md. */
export const native: Format = {
  name: "pagewalk",
  example: "as pagewalk convert writes it",
  detect: (head) => MAGIC.subarray(0, 4).every((byte, i) => head[i] === byte),
  open: (core, bytes, options) => new NativeReader(core, bytes, options),
};
