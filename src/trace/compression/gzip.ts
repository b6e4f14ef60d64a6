import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Chunks } from "../bytes.js";

/** zlib's own 16K is half as fast (measured: 0.5 against 1.2 GB/s). */
const CHUNK = 1 << 18;

/** By node's zlib, which reads files joined end to end as one. */
export async function* gunzip(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  const inflate = createGunzip({ chunkSize: CHUNK });
  const input = Readable.from(
    { [Symbol.asyncIterator]: () => chunks },
    { objectMode: true, highWaterMark: 4 },
  );
  input.on("error", (error) => inflate.destroy(error));
  input.pipe(inflate);
  try {
    for await (const chunk of inflate) yield chunk as Buffer;
  } finally {
    input.destroy();
  }
}
