import type { Format } from "../format.js";
import { FixedReader, type FixedRules } from "./fixed.js";

/** Bytes of a record; `is_branch` and `branch_taken` are 0 or 1. */
const BYTES = 64;
const FLAGS = [8, 9];

export const BAD_FLAGS = "its branch flags are not 0 or 1";

const rules: FixedRules = {
  bytes: BYTES,
  decode: ({ exports }, start, end) => exports.decodeChampSim(start, end),
  why: () => BAD_FLAGS,
};

/** ChampSim's instruction traces. Data accesses count as 8 bytes, fetches as 4. */
export const champsim: Format = {
  name: "champsim",
  example: "records of 64 bytes",
  detect(head) {
    const records = Math.min(Math.floor(head.length / BYTES), 64);
    const starts = Array.from({ length: records }, (_, i) => i * BYTES);
    return (
      records > 0 &&
      starts.every((start) => FLAGS.every((flag) => (head[start + flag] ?? 2) <= 1)) &&
      starts.every((start) => head.subarray(start, start + 8).some((byte) => byte !== 0))
    );
  },
  open: (core, bytes, options) => new FixedReader(core, bytes, options, rules),
};
