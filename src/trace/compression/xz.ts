import { type Chunks, concat } from "../bytes.js";

/** The end of one stream, then the start of the next: files joined end to end. Zeros may stand between. */
const FOOTER = [0x59, 0x5a];
const HEADER = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/**
 * xz-decompress reads one stream and does not say where it ended. What follows it is looked for in the
 * chunk that it took last: the footer's magic, zeros in fours, and a header's magic.
 */
export async function* unxz(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  const { XzReadableStream } = await loadXz();
  let following: Uint8Array | undefined;
  do {
    let last: Uint8Array = new Uint8Array(0);
    let previous: Uint8Array = new Uint8Array(0);
    const feed = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const next = following ? { done: false, value: following } : await chunks.next();
          following = undefined;
          if (next.done || !next.value) controller.close();
          else {
            previous = last;
            last = next.value;
            controller.enqueue(next.value);
          }
        },
      },
      { highWaterMark: 0 },
    );
    const reader = new XzReadableStream(feed).getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (next.value.length > 0) yield next.value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
    following = await nextStream(chunks, concat(previous, last));
  } while (following);
}

/** What follows the stream that ends in `tail`, from its header on; undefined if nothing does. */
async function nextStream(chunks: Chunks, tail: Uint8Array): Promise<Uint8Array | undefined> {
  const more = await chunks.next();
  const rest = more.done ? tail : concat(tail, more.value);
  for (let at = rest.length - HEADER.length; at >= FOOTER.length; at--) {
    if (!HEADER.every((byte, i) => rest[at + i] === byte)) continue;
    let end = at;
    while (end >= 4 && rest.subarray(end - 4, end).every((byte) => byte === 0)) end -= 4;
    if (FOOTER.every((byte, i) => rest[end - FOOTER.length + i] === byte)) return rest.slice(at);
  }
  if (!more.done) throw new Error("there is more data behind the xz stream");
  return undefined;
}

async function loadXz(): Promise<typeof import("xz-decompress")> {
  const loaded = (await import("xz-decompress")) as typeof import("xz-decompress") & {
    default?: typeof import("xz-decompress");
  };
  return loaded.default ?? loaded;
}
