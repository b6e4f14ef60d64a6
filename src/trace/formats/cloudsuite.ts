import type { Format } from "../format.js";
import type { Window } from "../window.js";
import { BAD_FLAGS, haveFlags } from "./champsim.js";
import { FixedReader, type FixedRules } from "./fixed.js";

/** The struct as a C compiler lays it out. */
const PADDED: FixedRules = {
  bytes: 96,
  decode: ({ exports }, start, end) => exports.decodeCloudSuite(start, end),
  why: () => BAD_FLAGS,
};

/** The asid stands in the gap before the addresses. */
const SHORT: FixedRules = {
  ...PADDED,
  bytes: 88,
  decode: ({ exports }, start, end) => exports.decodeShortCloudSuite(start, end),
};

/** ChampSim's records of CloudSuite. Nothing in them tells them apart from others, so their format must be named. */
export const cloudsuite: Format = {
  name: "champsim-cloudsuite",
  example: "records of 96 or 88 bytes, if named by --format",
  detect: () => false,
  open(core, bytes, options) {
    core.exports.openChampSim();
    return new FixedReader(core, bytes, options, layoutOf);
  },
};

/** The length of records by which the trace's start holds instructions; 96 bytes where both do, or neither. */
function layoutOf(window: Window): FixedRules {
  const head = window.bytes.subarray(window.start, window.end);
  return haveFlags(head, SHORT.bytes) && !haveFlags(head, PADDED.bytes) ? SHORT : PADDED;
}
