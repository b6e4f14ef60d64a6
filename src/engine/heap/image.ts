import type { Core } from "../core.js";

/** Words of 32 bits that are kept, or not, together; memory has a multiple of them. */
const CHUNK = 1024;
const BYTES = 4 * CHUNK;
const ZERO = new Uint32Array(CHUNK);

/** The globals of a core that its heap needs, beside what lies in memory (assembly/index.ts). */
const GLOBALS = [
  "imageTop",
  "imageTable",
  "imageTableBits",
  "imageCalls",
  "imageReserved",
  "imageFirsts",
  "imageLevels",
  "imageRoom",
  "imageTouched",
  "imageOrigin",
  "notes",
] as const satisfies (keyof Core["exports"])[];

/**
 * @internal
 *
 * A core as its heap needs it, so that any other core can go on with that heap. It never changes, and images of one heap share what did not change between them.
 */
export interface HeapImage {
  globals: (number | bigint)[];
  /** By number; what others have is of no interest. */
  chunks: Map<number, Uint32Array>;
}

/** @param before an image of the same heap, to share chunks with @internal */
export function takeImage(core: Core, before?: HeapImage): HeapImage {
  const { exports } = core;
  const globals = GLOBALS.map((name) => exports[name].value);
  const count = Math.ceil(core.bytesUsed / BYTES);
  const words = core.u32(0, count * CHUNK);
  const chunks: HeapImage["chunks"] = new Map();
  const keep = (from: number, to: number) => {
    for (let at = Math.floor(from / BYTES); at * BYTES < to; at++) {
      const known = [before?.chunks.get(at), ZERO].find((chunk) => chunk && isAt(words, at, chunk));
      chunks.set(at, known ?? words.slice(at * CHUNK, (at + 1) * CHUNK));
    }
  };
  // All but the notes, and the region that neither the heap nor mapped areas have taken.
  const notes = exports.notes.value >>> 0;
  keep(0, notes);
  keep(notes + 4 * exports.notesRoom.value, exports.heapTop() >>> 0);
  keep(exports.heapLow() >>> 0, count * BYTES);
  return { globals, chunks };
}

/** A core becomes what another was. Its own heap is gone. @internal */
export function putImage(core: Core, { globals, chunks }: HeapImage): void {
  const { exports } = core;
  const end = Number(globals[GLOBALS.indexOf("imageTop")]);
  const old = core.bytesUsed;
  core.reserve(end);
  const words = core.u32(0, Math.ceil(end / BYTES) * CHUNK);
  for (const [at, chunk] of chunks) {
    // What is not written to takes no memory.
    if (!isAt(words, at, chunk)) words.set(chunk, at * CHUNK);
  }
  // What is taken of memory is zero, as it always is.
  if (end < old) core.bytes(end, old - end).fill(0);
  GLOBALS.forEach((name, i) => {
    (exports[name] as { value: number | bigint }).value = globals[i] as number | bigint;
  });
  exports.emptyNotes();
}

/** Whether a chunk of memory is as one that was kept. */
function isAt(words: Uint32Array, at: number, chunk: Uint32Array): boolean {
  const from = at * CHUNK;
  for (let i = 0; i < CHUNK; i++) {
    if (words[from + i] !== chunk[i]) return false;
  }
  return true;
}
