import type { Gunzip, InflateRaw } from "node:zlib";
import type { Chunks } from "../bytes.js";
import { readable } from "../readable.js";

/** zlib's own 16K is half as fast (measured: 0.5 against 1.2 GB/s). */
export const INFLATE = { chunkSize: 1 << 18 };

/** By node's zlib, which works in a thread of its own. */
export async function* inflate(
  chunks: Chunks,
  inflater: Gunzip | InflateRaw,
): AsyncGenerator<Uint8Array, undefined> {
  const input = readable(chunks);
  input.on("error", (error) => inflater.destroy(error));
  input.pipe(inflater);
  try {
    for await (const chunk of inflater) yield chunk as Buffer;
  } finally {
    input.destroy();
  }
}
