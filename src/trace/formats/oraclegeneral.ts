import type { Format } from "../format.js";
import { FixedReader, type FixedRules } from "./fixed.js";

/** Bytes of a record, and where its fields lie. */
const BYTES = 24;
const SIZE = 12;
const NEXT = 16;
/** Records that a detector looks at, at least and at most. */
const FEWEST = 2;
const MOST = 512;
/** What `next` is where an object is not asked for again. */
const NEVER = [-1n, (1n << 63n) - 1n];
/** No trace is longer. */
const LONGEST = 1n << 48n;

const rules: FixedRules = {
  bytes: BYTES,
  decode: ({ exports }, start, end) => exports.decodeOracleGeneral(start, end),
  why: () => "its object id is no page number; want one below 2^52",
  notes: ["object ids are taken for numbers of 4K pages, and a request for a load of the page's first byte"],
};

/** libCacheSim's oracleGeneral: requests for objects. */
export const oracleGeneral: Format = {
  name: "oracleGeneral",
  example: "records of 24 bytes",
  detect(head) {
    const records = Math.min(Math.floor(head.length / BYTES), MOST);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    let before = 0;
    for (let at = 0; at < records * BYTES; at += BYTES) {
      const time = view.getUint32(at, true);
      if (time < before || !isRequest(view, at)) return false;
      before = time;
    }
    return records >= FEWEST;
  },
  open: (core, bytes, options) => new FixedReader(core, bytes, options, () => rules),
};

function isRequest(view: DataView, at: number): boolean {
  const next = view.getBigInt64(at + NEXT, true);
  const isNext = NEVER.includes(next) || (next > 0n && next < LONGEST);
  return isNext && view.getUint32(at + SIZE, true) > 0;
}
