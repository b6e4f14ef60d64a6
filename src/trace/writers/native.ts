import { NativeWriter } from "../native/writer.js";
import type { OutputFormat } from "../writer.js";

/** pagewalk's own: see docs/native-format.md. */
export const nativeOutput: OutputFormat = {
  name: "pagewalk",
  extensions: [".pagewalk"],
  leavesOut: "",
  open: (core, sink, options) => new NativeWriter(core, sink, options),
};
