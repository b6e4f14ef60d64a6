import type { Format } from "../format.js";
import { Window } from "../window.js";
import { DrmemReader, ThreadFile } from "./drmemreader.js";

const BYTES = 12;
const HEADER = 25;
/** What may follow the header: the thread, or a marker. */
const SECOND = [22, 28];
const LATEST_VERSION = 99n;

/** DynamoRIO's traces of one thread or several, as its postprocessor writes them. */
export const drmemtrace: Format = {
  name: "drmemtrace",
  example: "records of 12 bytes behind a header",
  detect(head) {
    if (head.length < BYTES) return false;
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const version = view.getBigUint64(4, true);
    const header = view.getUint32(0, true) === HEADER && version > 0n && version <= LATEST_VERSION;
    return header && (head.length < 2 * BYTES || SECOND.includes(view.getUint16(BYTES, true)));
  },
  open: (core, bytes, options) =>
    new DrmemReader(core, [new ThreadFile(0, options.file, new Window(core, bytes))], options),
};
