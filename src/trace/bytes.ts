/** Compressed or plain bytes, in order, a piece at a time. A piece is the receiver's until it asks for the next. */
export type Chunks = AsyncIterator<Uint8Array, undefined>;

/** Where a reader gets a trace's bytes, decompressed. */
export interface ByteSource {
  /**
   * Fills what `into` gives, from its start, as far as it can; 0 only at the end. `into` is asked when there is
   * something to write, for linear memory may move while that is waited for.
   */
  read(into: () => Uint8Array): number | Promise<number>;
}

/** Bytes read at a time from a file that is then decompressed. */
export const CHUNK = 1 << 18;

/** Bytes that can be read at any place. */
export interface RandomAccess {
  readonly size: number;
  /** So many bytes from `position` on, or as many as there are. */
  read(position: number, length: number): Uint8Array;
}

/** Bytes that arrive in chunks of the sender's size. */
export class ChunkSource implements ByteSource {
  private readonly chunks: Chunks;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: Chunks) {
    this.chunks = chunks;
  }

  async read(into: () => Uint8Array): Promise<number> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done) return 0;
      this.rest = next.value;
    }
    const target = into();
    const part = this.rest.subarray(0, target.length);
    target.set(part);
    this.rest = this.rest.subarray(part.length);
    return part.length;
  }
}

/**
 * Takes bytes off the front until there are enough; `all` has them back in front. An error on the way is kept,
 * to come where the bytes end.
 *
 * @throws what the chunks threw, if they threw before any byte
 */
export async function peek(
  chunks: Chunks,
  enough: (head: Uint8Array) => boolean,
): Promise<{ head: Uint8Array; all: Chunks }> {
  let head: Uint8Array = new Uint8Array(0);
  let rest = chunks;
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      const joined = head.length === 0 ? next.value : concat(head, next.value);
      const isEnough = enough(joined);
      // What the next chunk may be written over is copied; a first chunk that is enough may be large.
      head = isEnough || head.length > 0 ? joined : joined.slice();
      if (isEnough) break;
    }
  } catch (thrown) {
    if (head.length === 0) throw thrown;
    rest = failing(thrown);
  }
  return { head, all: prepend(head, rest) };
}

// biome-ignore lint/correctness/useYield: it only ever throws.
async function* failing(thrown: unknown): AsyncGenerator<Uint8Array, undefined> {
  throw thrown;
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function* prepend(head: Uint8Array, rest: Chunks): AsyncGenerator<Uint8Array, undefined> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Bytes at hand, as if they were a file. */
export function randomAccess(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
  };
}

/** Bytes [position, position + length), as far as there are so many. */
export async function* chunksAt(
  bytes: RandomAccess,
  position = 0,
  length = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array, undefined> {
  for (let at = 0; at < length; ) {
    const chunk = bytes.read(position + at, Math.min(CHUNK, length - at));
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}

/** The chunks of anything that holds bytes. */
export async function* chunksOf(
  source: Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  if (source instanceof Uint8Array) {
    yield source;
    return;
  }
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`a chunk is no Uint8Array but ${typeof chunk}`);
    if (chunk.length > 0) yield chunk;
  }
}

/** The same chunks, with their bytes added up. */
export async function* metered(
  chunks: Chunks,
  meter: { done: number },
): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      meter.done += next.value.length;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
