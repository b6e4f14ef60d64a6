import type { Format } from "../format.js";
import { FixedReader, type FixedRules } from "./fixed.js";

/** Bytes of a record; `is_branch` and `branch_taken` are 0 or 1. */
const BYTES = 64;
const FLAGS = [8, 9];

/** Whether bytes may be instructions, of so many bytes each, by their flags. */
export function haveFlags(head: Uint8Array, bytes: number): boolean {
  const starts = startsOf(head, bytes);
  return starts.length > 0 && starts.every((start) => FLAGS.every((flag) => (head[start + flag] ?? 2) <= 1));
}

/** The places of the first records. */
function startsOf(head: Uint8Array, bytes: number): number[] {
  return Array.from({ length: Math.min(Math.floor(head.length / bytes), 64) }, (_, i) => i * bytes);
}

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
  detect: (head) =>
    haveFlags(head, BYTES) &&
    startsOf(head, BYTES).every((start) => head.subarray(start, start + 8).some((byte) => byte !== 0)),
  open: (core, bytes, options) => new FixedReader(core, bytes, options, () => rules),
};
