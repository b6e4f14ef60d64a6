import type { ByteSource } from "../bytes.js";

/** Bytes of a file to look for something in, and to read at once at least. */
const CHUNK = 1 << 16;

/** A source's bytes, to be looked at before they are taken. */
export class ByteQueue {
  /** Bytes taken. */
  position = 0;
  private readonly source: ByteSource;
  private buffer = new Uint8Array(2 * CHUNK);
  private start = 0;
  private end = 0;
  private atEnd = false;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The next bytes, which hold until the next call; fewer only where the source ends. */
  async need(length: number): Promise<Uint8Array> {
    while (this.end - this.start < length && !this.atEnd) await this.more(length);
    return this.buffer.subarray(this.start, Math.min(this.start + length, this.end));
  }

  take(length: number): void {
    this.start += length;
    this.position += length;
  }

  /** Takes bytes unseen. False where the source has fewer. */
  async pass(length: number): Promise<boolean> {
    for (let left = length; left > 0; ) {
      const part = (await this.need(Math.min(left, CHUNK))).length;
      if (part === 0) return false;
      this.take(part);
      left -= part;
    }
    return true;
  }

  /** Goes on to the next place where so many bytes are what is wanted; at the end, true with nothing left. */
  async find(isIt: (bytes: Uint8Array) => unknown, length: number): Promise<boolean> {
    const bytes = await this.need(CHUNK);
    const last = bytes.length - length;
    for (let at = 0; at <= last; at++) {
      if (!isIt(bytes.subarray(at, at + length))) continue;
      this.take(at);
      return true;
    }
    this.take(this.atEnd && this.end - this.start === bytes.length ? bytes.length : Math.max(last, 0));
    return this.atEnd && this.start === this.end;
  }

  private async more(wanted: number): Promise<void> {
    this.buffer.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    if (this.buffer.length < wanted + CHUNK) {
      const larger = new Uint8Array(wanted + CHUNK);
      larger.set(this.buffer.subarray(0, this.end));
      this.buffer = larger;
    }
    const bytes = await this.source.read(() => this.buffer.subarray(this.end));
    if (bytes === 0) this.atEnd = true;
    this.end += bytes;
  }
}
