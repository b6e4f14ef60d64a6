import { Readable } from "node:stream";
import type { Chunks } from "./bytes.js";

/** Chunks as a stream of node's, which holds on to more than one: so each is copied. */
export function readable(chunks: Chunks): Readable {
  return Readable.from(copied(chunks), { objectMode: true, highWaterMark: 4 });
}

async function* copied(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value.slice();
  } finally {
    await chunks.return?.();
  }
}
