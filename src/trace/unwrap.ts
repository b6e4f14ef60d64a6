import { messageOf, PagewalkError } from "../errors.js";
import { type Chunks, peek } from "./bytes.js";
import { compressionOf, isZip } from "./compression/index.js";
import { detectByLines } from "./detect.js";

/** Bytes of a stream, which may be slow to give more: so many, or a line. */
const STREAM_HEAD = 512;
/** Compressions within compressions that are followed. */
const MAX_NESTING = 4;

/** Bytes, and the names of the compressions that were taken off them, from the outside in. */
export interface Unwrapped {
  names: string[];
  chunks: Chunks;
}

/** Takes the compressions off, by what the bytes start with. */
export async function unwrap(name: string, wrapped: Unwrapped): Promise<Unwrapped & { head: Uint8Array }> {
  const names = [...wrapped.names];
  let { head, all } = await peek(wrapped.chunks, tells);
  for (let found = compressionOf(head); found; found = compressionOf(head)) {
    if (names.push(found.name) > MAX_NESTING) {
      throw new PagewalkError("E_TRACE", `${name}: compressed more than ${MAX_NESTING} times`, {
        file: name,
      });
    }
    ({ head, all } = await peek(placed(name, broken(found.name), found.decompress(all)), tells));
  }
  if (!isZip(head)) return { head, chunks: all, names };
  const where = names.length > 0 ? `inside ${names.join("+")}` : "in a stream";
  const want = "want it as a file of its own, for it is read from its end";
  throw new PagewalkError("E_TRACE", `${name}: a zip archive ${where}; ${want}`, { file: name });
}

/** Whether the head of a stream tells its compression and format. A line of text does, if it is of a format. */
function tells(head: Uint8Array): boolean {
  if (head.length >= STREAM_HEAD) return true;
  return head.includes(0x0a) && !compressionOf(head) && detectByLines(head) !== undefined;
}

/** What to say of a compression that cannot be read on. */
export function broken(compression: string): string {
  return `the ${compression} data is broken or ends early`;
}

/** Gives what a decompressor throws a place, behind `problem`. */
export async function* placed(
  name: string,
  problem: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (thrown) {
    if (thrown instanceof PagewalkError) throw thrown;
    const where = `after ${bytes} decompressed bytes (${messageOf(thrown)})`;
    throw new PagewalkError("E_TRACE", `${name}: ${problem}, ${where}`, { file: name, byte: bytes });
  }
}
