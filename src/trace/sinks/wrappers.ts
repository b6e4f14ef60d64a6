import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Sink } from "../sink.js";
import type { Wrapper } from "../writers/index.js";

/** Bytes that are compressed at once. A zstd frame holds so many, and frames may follow one another. */
const PIECE = 1 << 20;
const GZIP_CHUNK = 1 << 18;

/** Puts a compression in front of a sink. */
export function wrapped(sink: Sink, wrapper: Wrapper): Sink {
  return wrapper === "gzip" ? gzipSink(sink) : zstdSink(sink);
}

function gzipSink(sink: Sink): Sink {
  const gzip = createGzip({ chunkSize: GZIP_CHUNK });
  const pumped = (async () => {
    for await (const chunk of gzip) await sink.write(chunk as Buffer);
  })();
  // It is waited for at the end; a failure before that shows there.
  pumped.catch(() => gzip.destroy());
  return {
    async write(bytes) {
      if (gzip.destroyed) await pumped;
      if (gzip.write(bytes)) return;
      await Promise.race([new Promise((resolve) => gzip.once("drain", resolve)), pumped]);
    },
    async end() {
      gzip.end();
      await finished(gzip).catch(() => undefined);
      await pumped;
      await sink.end();
    },
  };
}

function zstdSink(sink: Sink): Sink {
  const parts: Uint8Array[] = [];
  let length = 0;
  let frames = 0;
  const flush = async () => {
    frames++;
    const { Zstd } = await import("@hpcc-js/wasm-zstd");
    const piece = Buffer.concat(parts);
    parts.length = 0;
    length = 0;
    const zstd = await Zstd.load();
    await sink.write(zstd.compress(piece));
  };
  return {
    async write(bytes) {
      parts.push(bytes);
      length += bytes.length;
      if (length >= PIECE) await flush();
    },
    async end() {
      if (length > 0 || frames === 0) await flush();
      await sink.end();
    },
  };
}
