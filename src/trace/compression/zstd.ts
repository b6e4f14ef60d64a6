import type { Chunks } from "../bytes.js";

/** zstddec is given so much at a time: what it allocates and copies at once. */
const PIECE = 1 << 16;

/**
 * By zstddec. (Node's own decoder, where it has one, ends at the first frame and says nothing of what follows.)
 *
 * It takes its input from a synchronous iterator, which it asks once for each piece; so a piece is always
 * waiting when it is let run. It does not report errors, but stops taking input: each of its steps that is in
 * order either takes a byte or gives one.
 */
export async function* unzstd(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  const { ZSTDDecoder } = await import("zstddec/stream");
  const decoder = new ZSTDDecoder();
  await decoder.init();

  const waiting: Uint8Array[] = [];
  const pieces = (function* () {
    for (let piece = waiting.shift(); piece; piece = waiting.shift()) yield piece;
  })();
  const output = decoder.decodeStreaming(pieces);
  let ended = false;
  let idle = 0;
  try {
    while (true) {
      while (waiting.length === 0 && !ended) {
        const next = await chunks.next();
        if (next.done) ended = true;
        else waiting.push(...cut(next.value));
      }
      const before = waiting.length;
      const step = output.next();
      if (step.done) return;
      idle = step.value.length > 0 || waiting.length < before ? 0 : idle + 1;
      if (idle > PIECE) throw new Error("the zstd data is corrupt");
      if (step.value.length > 0) yield step.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function cut(chunk: Uint8Array): Uint8Array[] {
  const count = Math.ceil(chunk.length / PIECE);
  return Array.from({ length: count }, (_, i) => chunk.subarray(i * PIECE, (i + 1) * PIECE));
}
