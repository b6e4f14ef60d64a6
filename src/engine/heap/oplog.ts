/** Operations of a heap, as its core takes them. @internal */
export const OPS = ["malloc", "aligned", "calloc", "realloc", "free"] as const;
export type Op = (typeof OPS)[number];

const WORDS = 3;

/**
 * @internal
 *
 * What a heap was asked for since it began, and what its process gave it: enough to make another that is the same. It only grows, so that copies of the heap share
 * it, each up to where it was when they were made.
 */
export class OpLog {
  private words = new Uint32Array(64 * WORDS);
  private ops = 0;
  /** Which requests for growth were refused, by their number; and where areas were mapped, null where they were not. */
  private asked = 0;
  private readonly refused: number[] = [];
  private readonly areas: (bigint | null)[] = [];

  get length(): LogLength {
    return { ops: this.ops, asked: this.asked, refused: this.refused.length, areas: this.areas.length };
  }

  add(op: Op, a: number, b: number): void {
    const at = this.ops++ * WORDS;
    if (at === this.words.length) {
      const grown = new Uint32Array(2 * at);
      grown.set(this.words);
      this.words = grown;
    }
    this.words[at] = OPS.indexOf(op);
    this.words[at + 1] = a;
    this.words[at + 2] = b;
  }

  grew(granted: boolean): void {
    if (!granted) this.refused.push(this.asked);
    this.asked++;
  }

  mapped(address: bigint | null): void {
    this.areas.push(address);
  }

  /** A log of its own with the beginning of this one. */
  cut(length: LogLength): OpLog {
    const made = new OpLog();
    made.words = this.words.slice(0, Math.max(length.ops, 64) * WORDS);
    made.ops = length.ops;
    made.asked = length.asked;
    made.refused.push(...this.refused.slice(0, length.refused));
    made.areas.push(...this.areas.slice(0, length.areas));
    return made;
  }

  /** What the process answered, in order. */
  answers(): { grows(): boolean; maps(): bigint | null } {
    const refused = new Set(this.refused);
    let asked = 0;
    let area = 0;
    return { grows: () => !refused.has(asked++), maps: () => this.areas[area++] ?? null };
  }

  each(perform: (op: Op, a: number, b: number) => void): void {
    for (let at = 0; at < this.ops * WORDS; at += WORDS) {
      const [op = 0, a = 0, b = 0] = this.words.subarray(at, at + WORDS);
      perform(OPS[op] ?? "free", a, b);
    }
  }
}

/** Where a log ended at some time. @internal */
export interface LogLength {
  ops: number;
  asked: number;
  refused: number;
  areas: number;
}
