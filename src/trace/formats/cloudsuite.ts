import type { Format } from "../format.js";
import { BAD_FLAGS } from "./champsim.js";
import { FixedReader, type FixedRules } from "./fixed.js";

const rules: FixedRules = {
  bytes: 96,
  decode: ({ exports }, start, end) => exports.decodeCloudSuite(start, end),
  why: () => BAD_FLAGS,
};

/** ChampSim's records of CloudSuite. Nothing in them tells them apart from others, so their format must be named. */
export const cloudsuite: Format = {
  name: "champsim-cloudsuite",
  example: "records of 96 bytes, if named by --format",
  detect: () => false,
  open(core, bytes, options) {
    core.exports.openChampSim();
    return new FixedReader(core, bytes, options, rules);
  },
};
