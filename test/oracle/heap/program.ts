// A program whose blocks are collected, with Maps: when a collection is due, what it finds, and how much it looks at. Blocks have numbers, and no addresses.

/** A word that leads to a byte of a block; `sure`: the trace says that it is a pointer. */
interface Word {
  to: number;
  offset: number;
  sure: boolean;
}

interface Block {
  size: number;
  words: Map<number, Word>;
}

interface Frame {
  /** By place of the word; null: it leads to nothing, and `sure` of it. */
  words: Map<number, Word>;
}

export interface Rules {
  interior: boolean;
  precise: boolean;
  growth: number;
  /** The program tells of memory; otherwise blocks are needed until it frees them. */
  isTold: boolean;
}

export interface Amount {
  blocks: number;
  bytes: number;
}

export interface Pause {
  operation: number;
  wordsMarked: number;
  live: Amount;
  collected: Amount;
  falselyRetained: Amount | null;
}

const LEAST = 65536;

export class Program {
  readonly pauses: Pause[] = [];
  lostUses = 0;
  private readonly rules: Rules;
  private readonly blocks = new Map<number, Block>();
  /** Blocks by the names that the program has for them. */
  private readonly names = new Map<string, number>();
  private readonly roots = new Set<string>();
  private readonly frames: Frame[] = [];
  private operations = 0;
  private since = 0;
  private limit = LEAST;
  private made = 0;

  constructor(rules: Rules) {
    this.rules = rules;
  }

  malloc(name: string, size: number): void {
    if (this.since > this.limit) this.pause();
    this.since += size;
    this.operations++;
    this.blocks.set(++this.made, { size, words: new Map() });
    this.names.set(name, this.made);
  }

  realloc(name: string, size: number): void {
    const old = this.names.get(name) ?? 0;
    if (size === 0) {
      this.free(name);
      return;
    }
    if (this.since > this.limit) this.pause();
    const block = this.blocks.get(old) ?? { size: 0, words: new Map() };
    this.since += Math.max(0, size - block.size);
    this.operations++;
    this.blocks.set(old, { ...block, size });
  }

  free(name: string): void {
    if (!this.blocks.has(this.names.get(name) ?? 0)) this.lostUses++;
    this.operations++;
    this.names.delete(name);
    this.roots.delete(name);
  }

  root(name: string): void {
    this.roots.add(name);
  }

  push(): void {
    this.frames.push({ words: new Map() });
  }

  pop(): void {
    this.frames.pop();
  }

  /** The word at a place, in words, leads to a byte of a block. */
  point(name: string | null, place: number, to: string, offset: number): void {
    const target = this.names.get(to) ?? 0;
    const isThere = this.blocks.has(target);
    if (!isThere) this.lostUses++;
    // Of a block that is gone, the null pointer.
    this.write(name, place, { to: isThere ? target : 0, offset, sure: true });
  }

  /** The word's upper half is written anew, with the zeros that stood there: where it leads to stays, but it is no pointer any more. */
  blur(name: string | null, place: number): void {
    const word = this.wordsOf(name)?.get(place) ?? { to: 0, offset: 0, sure: false };
    this.write(name, place, { ...word, sure: false });
  }

  clear(name: string | null, place: number): void {
    this.write(name, place, { to: 0, offset: 0, sure: false });
  }

  use(name: string): void {
    if (!this.blocks.has(this.names.get(name) ?? 0)) this.lostUses++;
  }

  atEnd(): Pick<Pause, "live" | "collected" | "falselyRetained"> {
    const { live, collected, falselyRetained } = this.collect();
    return { live, collected, falselyRetained };
  }

  private write(name: string | null, place: number, word: Word): void {
    if (name !== null) this.use(name);
    this.wordsOf(name)?.set(place, word);
  }

  private wordsOf(name: string | null): Map<number, Word> | undefined {
    if (name === null) return this.frames.at(-1)?.words;
    return this.blocks.get(this.names.get(name) ?? 0)?.words;
  }

  private pause(): void {
    const found = this.collect();
    this.pauses.push({ operation: this.operations, ...found });
    this.since = 0;
    this.limit = Math.max(LEAST, found.live.bytes * (this.rules.growth - 1));
  }

  private collect(): Omit<Pause, "operation"> {
    const { precise, isTold } = this.rules;
    const { found, words } = this.search(precise);
    const sure = precise || !isTold ? found : this.search(true).found;
    const dead = [...this.blocks.keys()].filter((each) => !found.has(each));
    const result = {
      wordsMarked: words,
      live: this.amount(found),
      collected: this.amount(dead),
      falselyRetained: precise || !isTold ? null : this.amount([...found].filter((each) => !sure.has(each))),
    };
    for (const each of dead) this.blocks.delete(each);
    return result;
  }

  private search(precise: boolean): { found: Set<number>; words: number } {
    const { blocks, names, roots, frames } = this;
    const found = new Set<number>();
    const held = [...(this.rules.isTold ? roots : names.keys())]
      .map((name) => names.get(name) ?? 0)
      .filter((each) => blocks.has(each))
      .map((to) => ({ to, offset: 0, sure: true }));
    const left: Word[] = [...held, ...frames.flatMap(({ words }) => [...words.values()])].filter(
      ({ sure }) => sure || !precise,
    );
    let words = left.length;
    for (let word = left.pop(); word; word = left.pop()) {
      const block = blocks.get(word.to);
      if (!block || found.has(word.to) || (word.offset > 0 && !this.rules.interior)) continue;
      found.add(word.to);
      const inside = [...block.words.values()].filter(({ sure }) => sure || !precise);
      words += precise ? inside.length : block.size >> 3;
      left.push(...inside);
    }
    return { found, words };
  }

  private amount(blocks: Iterable<number>): Amount {
    const sizes = [...blocks].map((each) => this.blocks.get(each)?.size ?? 0);
    return { blocks: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }
}
