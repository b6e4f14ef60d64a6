const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that grow: numbers in groups of seven bits, the lowest first, the eighth bit saying that more follow. */
export class VarintWriter {
  private buffer = new Uint8Array(1 << 12);
  private length = 0;

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  get size(): number {
    return this.length;
  }

  clear(): void {
    this.length = 0;
  }

  /** A number of 64 bits, by its halves. */
  long(low: number, high: number): void {
    this.reserve(10);
    const { buffer } = this;
    let at = this.length;
    let lo = low >>> 0;
    let hi = high >>> 0;
    while (hi !== 0 || lo > 0x7f) {
      buffer[at++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    buffer[at++] = lo;
    this.length = at;
  }

  word(value: number): void {
    this.long(value, 0);
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.word(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + bytes));
    larger.set(this.buffer);
    this.buffer = larger;
  }
}

/** Reads them again. @throws RangeError where the bytes end, or a number has more than 64 bits */
export class VarintReader {
  /** The halves of the number read last. */
  low = 0;
  high = 0;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isDone(): boolean {
    return this.at === this.bytes.length;
  }

  long(): void {
    this.low = 0;
    this.high = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      if (shift < 32) this.low |= bits << shift;
      if (shift > 25) this.high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
      if (byte < 0x80) {
        if (shift === 63 && bits > 1) break;
        this.low >>>= 0;
        this.high >>>= 0;
        return;
      }
    }
    throw new RangeError("a number has more than 64 bits");
  }

  /** A number of 32 bits. */
  word(): number {
    this.long();
    if (this.high !== 0) throw new RangeError("a number has more than 32 bits");
    return this.low;
  }

  text(): string {
    const length = this.word();
    if (length > this.bytes.length - this.at) throw new RangeError("a string ends early");
    this.at += length;
    try {
      return UTF8.decode(this.bytes.subarray(this.at - length, this.at));
    } catch {
      throw new RangeError("a string is no UTF-8");
    }
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError("the events end early");
    return byte;
  }
}
