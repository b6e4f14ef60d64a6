import type { Format } from "../format.js";

const MAGIC = [..."gem5"].map((letter) => letter.charCodeAt(0));

/** gem5's packet traces, as its CommMonitor writes them. */
export const gem5: Format = {
  name: "gem5",
  example: "protobuf messages behind gem5",
  detect: (head) => MAGIC.every((byte, i) => head[i] === byte),
  async open(core, bytes, options) {
    const { Gem5Reader } = await import("./gem5reader.js");
    return new Gem5Reader(core, bytes, options);
  },
};
