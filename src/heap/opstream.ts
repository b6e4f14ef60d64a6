/** Operations of a chunk, in bits. */
const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;
/** A step between lines that a byte has no room for, and that stands in a table. */
const FAR = 255;
/** The largest size that stands in two bytes. */
const SHORT = 2 ** 16 - 1;

/** Operations that follow each other: the first words of all; and the second ones, in two bytes each while they have room. */
interface Chunk {
  words: Uint32Array;
  sizes: Uint16Array | Uint32Array;
}

/**
 * Operations on a heap in their order, two words each (`opcodes.ts`), and the line of the trace of each. They may begin with
 * those of another stream: of the process that forked.
 */
export class OpStream {
  /** Operations, those of `base` too. */
  length: number;
  private readonly base: OpStream | undefined;
  private readonly baseLength: number;
  private readonly chunks: Chunk[] = [];
  private readonly lines = new Lines();
  /** What `words` gives. */
  private taken = new Uint32Array(0);

  constructor(base?: OpStream) {
    this.base = base;
    this.baseLength = base?.length ?? 0;
    this.length = this.baseLength;
  }

  /** Operations that are not those of another stream. */
  get own(): number {
    return this.length - this.baseLength;
  }

  push(word: number, size: number, line: number): void {
    const at = this.length++ - this.baseLength;
    const place = at & (CHUNK - 1);
    if (place === 0) this.chunks.push({ words: new Uint32Array(CHUNK), sizes: new Uint16Array(CHUNK) });
    const chunk = this.chunks[at >>> CHUNK_BITS] as Chunk;
    if (size > SHORT && chunk.sizes instanceof Uint16Array) chunk.sizes = Uint32Array.from(chunk.sizes);
    chunk.words[place] = word;
    chunk.sizes[place] = size;
    this.lines.push(line);
  }

  /** The words of operations from `from` on, as many as lie together, up to `to`. They stand until the next call. */
  words(from: number, to: number): Uint32Array {
    const { base, baseLength } = this;
    if (base && from < baseLength) return base.words(from, Math.min(to, baseLength));
    const at = from - baseLength;
    const first = at & (CHUNK - 1);
    const count = Math.min(to - from, CHUNK - first);
    const chunk = this.chunks[at >>> CHUNK_BITS];
    if (!chunk || count <= 0) return new Uint32Array(0);
    if (this.taken.length === 0) this.taken = new Uint32Array(2 * CHUNK);
    const { taken } = this;
    for (let i = 0; i < count; i++) {
      taken[2 * i] = chunk.words[first + i] as number;
      taken[2 * i + 1] = chunk.sizes[first + i] as number;
    }
    return taken.subarray(0, 2 * count);
  }

  /** Calls with every run of operations of [from, to) that lie together; what it is called with stands until it returns. */
  each(from: number, to: number, take: (words: Uint32Array, at: number) => void): void {
    for (let at = from; at < to; ) {
      const words = this.words(at, to);
      take(words, at);
      at += words.length / 2;
    }
  }

  /** The line of an operation; 0 where the trace has none. Many are to be asked for in ascending order. */
  lineOf(at: number): number {
    const { base, baseLength } = this;
    return base && at < baseLength ? base.lineOf(at) : this.lines.at(at - baseLength);
  }
}

/** A list of numbers that mostly grow by little: a byte each. */
class Lines {
  private readonly chunks: Uint8Array[] = [];
  /** What stands before the first of each chunk. */
  private readonly starts: number[] = [];
  private readonly far = new Map<number, number>();
  private count = 0;
  private last = 0;
  /** How many were read, and what the last of them is. */
  private read = 0;
  private line = 0;

  push(line: number): void {
    const at = this.count++;
    const place = at & (CHUNK - 1);
    if (place === 0) {
      this.chunks.push(new Uint8Array(CHUNK));
      this.starts.push(this.last);
    }
    const step = line - this.last;
    const isNear = step >= 0 && step < FAR;
    if (!isNear) this.far.set(at, line);
    (this.chunks[at >>> CHUNK_BITS] as Uint8Array)[place] = isNear ? step : FAR;
    this.last = line;
  }

  /** From the last one that was asked for on, where that is in the same chunk: asked for in ascending order, all of them are read once. */
  at(index: number): number {
    const number = index >>> CHUNK_BITS;
    const first = number * CHUNK;
    const chunk = this.chunks[number] ?? new Uint8Array(0);
    if (this.read < first || this.read > index + 1) {
      this.read = first;
      this.line = this.starts[number] ?? 0;
    }
    for (; this.read <= index; this.read++) {
      const step = chunk[this.read - first] ?? 0;
      this.line = step === FAR ? (this.far.get(this.read) ?? 0) : this.line + step;
    }
    return this.line;
  }
}
