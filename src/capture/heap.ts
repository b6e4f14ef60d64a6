import type { Symbols } from "../symbols/addr2line.js";
import { allocationRows } from "../trace/allocrows.js";
import type { SourcePlace } from "../trace/events.js";
import type { Forks } from "./forks.js";
import { CELL_KIND, type Ring, WORD, type Words } from "./ring.js";
import type { Tape } from "./tape.js";

/** What to put into a row: its kind and flags, and the words of the cell that become its A, B and C. */
interface Recipe {
  kind: number;
  flags: number;
  a: number;
  b: number;
  c: number;
}

const NONE = -1;

/** Puts a recorder's events on the tape, with their places in the source. */
export class HeapEvents {
  private readonly tape: Tape;
  private readonly symbols: Symbols;
  private readonly forks: Forks;
  /** What is where in a row: copied, for it is asked for millions of times. */
  private readonly slots: { Flags: number; A: number; B: number; C: number; File: number; Line: number };
  /** By the kind of a cell. */
  private readonly recipes: Recipe[];
  /** Rows whose places are still to be found, and where the calls in them return to. */
  private rows: { row: number; ip: number; ring: Ring }[] = [];

  constructor(tape: Tape, symbols: Symbols, forks: Forks) {
    this.tape = tape;
    this.symbols = symbols;
    this.forks = forks;
    const { Flags, A, B, C, File, Line } = tape.core.enums.EventRow;
    this.slots = { Flags, A, B, C, File, Line };
    const { malloc, calloc, realloc, free } = allocationRows(tape.core);
    const { ptr, other, size } = WORD;
    this.recipes = [];
    this.recipes[CELL_KIND.malloc] = { ...malloc, a: ptr, b: size, c: NONE };
    this.recipes[CELL_KIND.aligned] = { ...malloc, a: ptr, b: size, c: other };
    this.recipes[CELL_KIND.calloc] = { ...calloc, a: ptr, b: other, c: size };
    this.recipes[CELL_KIND.realloc] = { ...realloc, a: other, b: ptr, c: size };
    this.recipes[CELL_KIND.free] = { ...free, a: ptr, b: NONE, c: NONE };
    const unmap = tape.codec.kindOf("allocator unmap") ?? 0;
    this.recipes[CELL_KIND.unmap] = { kind: unmap, flags: 0, a: ptr, b: size, c: NONE };
    const fork = tape.codec.kindOf("fork") ?? 0;
    this.recipes[CELL_KIND.fork] = { kind: fork, flags: 0, a: ptr, b: NONE, c: NONE };
  }

  /** Takes the ring's next event into the columns, if there is one. */
  take(ring: Ring): boolean {
    const at = ring.next();
    if (at < 0) return false;
    const kind = ring.words[at + WORD.kind] ?? 0;
    const recipe = this.recipes[kind];
    if (!recipe) return true;
    if (kind === CELL_KIND.fork && !this.forks.tell(ring.long(at + WORD.ptr))) return true;
    const { slots } = this;
    const { columns } = this.tape;
    const row = columns.eventAt(recipe.kind);
    const { words } = columns;
    words[row + slots.Flags] = recipe.flags;
    copy(ring.words, at + recipe.a, words, row + slots.A);
    if (recipe.b !== NONE) copy(ring.words, at + recipe.b, words, row + slots.B);
    if (recipe.c !== NONE) copy(ring.words, at + recipe.c, words, row + slots.C);
    const ip = ring.long(at + WORD.ip);
    if (ip === 0) return true;
    const place = ring.places.get(ip);
    if (place) this.write(row, place);
    else this.rows.push({ row, ip, ring });
    return true;
  }

  /** Gives the events in the columns their places. */
  async place(): Promise<void> {
    if (this.rows.length === 0) return;
    const unknown = new Map<Ring, Set<number>>();
    for (const { ip, ring } of this.rows) unknown.set(ring, (unknown.get(ring) ?? new Set()).add(ip));
    for (const [ring, ips] of unknown) await this.find(ring, [...ips]);
    for (const { row, ip, ring } of this.rows) {
      const place = ring.places.get(ip);
      if (place) this.write(row, place);
    }
    this.rows = [];
  }

  private write(row: number, { file, line }: Words): void {
    const { words } = this.tape.columns;
    words[row + this.slots.File] = file;
    words[row + this.slots.Line] = line;
  }

  private async find(ring: Ring, ips: number[]): Promise<void> {
    const places = await this.symbols.places(
      ips.map((ip) => ({ address: ip - 1, module: ring.moduleOf(ip - 1) })),
    );
    for (const [i, ip] of ips.entries()) {
      const { file, line } = places[i] as SourcePlace;
      ring.places.set(ip, { file: this.tape.strings.numberOf(file), line });
    }
  }
}

function copy(from: Uint32Array, at: number, to: Uint32Array, slot: number): void {
  to[slot] = from[at] ?? 0;
  to[slot + 1] = from[at + 1] ?? 0;
}
