import { numbers } from "../cli/pagewalk.js";

const TEXT = " \t\n\r\n0123456789abcdefxLSMIRW,:=+-@#$\"'()[]{}<>./\\\u0000\u00e9";
/** Numbers that lengths and counts are garbled to. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

/** Makes bad traces out of a good one, the same ones for the same seed. */
export class Garbler {
  private readonly sample: Uint8Array;
  private readonly random: Generator<number, never>;

  constructor(sample: Uint8Array, seed: number) {
    this.sample = sample;
    this.random = numbers(seed);
  }

  /** A number from 0 up to `below`. */
  number(below: number): number {
    return this.random.next().value % below;
  }

  /** One byte of the sample is another. */
  flipped(): Uint8Array {
    const bytes = this.sample.slice();
    const at = this.number(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 + this.number(255));
    return bytes;
  }

  /** Some pieces of the sample are missing, doubled, moved, or other bytes. */
  mangled(): Uint8Array {
    let bytes: Uint8Array = this.sample.slice();
    for (let changes = 1 + this.number(4); changes > 0; changes--) bytes = this.changed(bytes);
    return bytes;
  }

  /** Bytes that have nothing to do with the sample, or but its start. */
  unrelated(): Uint8Array {
    const bytes = this.bytes(this.number(600), this.number(2) === 0);
    const start = this.number(2) === 0 ? 0 : this.number(this.sample.length);
    return joined(this.sample.subarray(0, start), bytes);
  }

  private changed(bytes: Uint8Array): Uint8Array {
    const from = this.number(bytes.length + 1);
    const to = Math.min(bytes.length, from + this.number(40));
    const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
    switch (this.number(6)) {
      case 0:
        return joined(before, after);
      case 1:
        return joined(before, part, part, after);
      case 2:
        return joined(after, part, before);
      case 3:
        return joined(before, this.bytes(part.length, true), after);
      case 4:
        return joined(before, this.bytes(this.number(20), false), after);
      default:
        return joined(before, new Uint8Array(part.length).fill(EXTREMES[this.number(5)] ?? 0), after);
    }
  }

  private bytes(length: number, isText: boolean): Uint8Array {
    const one = () => (isText ? TEXT.charCodeAt(this.number(TEXT.length)) : this.number(256));
    return Uint8Array.from({ length }, one);
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
