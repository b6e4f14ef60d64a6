const INITIAL = 1 << 10;
/** Words of an entry: the key's halves, and the value + 1; 0 is an empty entry. */
const WORDS = 3;

/** From numbers of 64 bits, as halves, to numbers below 2^32 - 1: a table with linear probing, in one flat array. */
export class IdMap {
  private entries: Uint32Array;
  private mask: number;
  private count = 0;

  constructor(from?: IdMap) {
    this.entries = from ? from.entries.slice() : new Uint32Array(INITIAL * WORDS);
    this.mask = this.entries.length / WORDS - 1;
    this.count = from?.count ?? 0;
  }

  get size(): number {
    return this.count;
  }

  /** The value of a key; -1 where there is none. */
  get(low: number, high: number): number {
    const { entries, mask } = this;
    for (let at = hashOf(low, high) & mask; ; at = (at + 1) & mask) {
      const word = at * WORDS;
      const value = entries[word + 2] as number;
      if (value === 0) return -1;
      if (entries[word] === low && entries[word + 1] === high) return value - 1;
    }
  }

  set(low: number, high: number, value: number): void {
    if (this.count * 2 > this.mask) this.grow();
    if (this.put(low, high, value + 1)) this.count++;
  }

  /** Removes a key. Its value; -1 where there is none. */
  take(low: number, high: number): number {
    const { entries, mask } = this;
    let at = hashOf(low, high) & mask;
    for (; ; at = (at + 1) & mask) {
      const word = at * WORDS;
      const value = entries[word + 2] as number;
      if (value === 0) return -1;
      if (entries[word] === low && entries[word + 1] === high) break;
    }
    const value = (entries[at * WORDS + 2] as number) - 1;
    this.empty(at);
    this.count--;
    return value;
  }

  /** Empties an entry, and moves up those behind it that were put further on for want of it. */
  private empty(hole: number): void {
    const { entries, mask } = this;
    let free = hole;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const word = at * WORDS;
      if (entries[word + 2] === 0) break;
      const home = hashOf(entries[word] as number, entries[word + 1] as number) & mask;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      entries.copyWithin(free * WORDS, word, word + WORDS);
      free = at;
    }
    entries[free * WORDS + 2] = 0;
  }

  /** Whether the key is new. */
  private put(low: number, high: number, stored: number): boolean {
    const { entries, mask } = this;
    for (let at = hashOf(low, high) & mask; ; at = (at + 1) & mask) {
      const word = at * WORDS;
      const isNew = entries[word + 2] === 0;
      if (!isNew && (entries[word] !== low || entries[word + 1] !== high)) continue;
      entries[word] = low;
      entries[word + 1] = high;
      entries[word + 2] = stored;
      return isNew;
    }
  }

  private grow(): void {
    const { entries } = this;
    this.entries = new Uint32Array(entries.length * 2);
    this.mask = this.entries.length / WORDS - 1;
    for (let word = 0; word < entries.length; word += WORDS) {
      const stored = entries[word + 2] as number;
      if (stored !== 0) this.put(entries[word] as number, entries[word + 1] as number, stored);
    }
  }
}

function hashOf(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
