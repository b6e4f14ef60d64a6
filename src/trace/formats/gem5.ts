import type { Format } from "../format.js";
import { Gem5Reader } from "./gem5reader.js";

const MAGIC = [..."gem5"].map((letter) => letter.charCodeAt(0));

/** gem5's packet traces, as its CommMonitor writes them. */
export const gem5: Format = {
  name: "gem5",
  example: "protobuf messages behind gem5",
  detect: (head) => MAGIC.every((byte, i) => head[i] === byte),
  open: (core, bytes, options) => new Gem5Reader(core, bytes, options),
};
