// Page tables that are a tree, as a map of tables a level. An entry leads on where the table below is there.

import type { Physical } from "./physical.js";
import type { Level, Shape } from "./shapes.js";

export interface FreedTable {
  /** The level of the entry that led to it, and its address above that level's shift. */
  level: number;
  number: bigint;
}

/** Tables that are there, by level: of all trees together. */
export type TableCounts = number[];

export class Tree {
  private readonly levels: Level[];
  private readonly pteBytes: bigint;
  /** A level: by the part of an address above it, where the table is. */
  private readonly tables: Map<bigint, bigint>[];
  private readonly memory: Physical;
  private readonly counts: TableCounts;

  constructor(shape: Shape, memory: Physical, counts: TableCounts) {
    this.levels = shape.levels;
    this.pteBytes = BigInt(shape.pteBytes);
    this.tables = shape.levels.map(() => new Map());
    this.memory = memory;
    this.counts = counts;
  }

  /** Where the entry of a level for an address is; undefined where there is no table. */
  entry(level: number, va: bigint): bigint | undefined {
    const { shift, bits } = this.at(level);
    const table = this.tables[level]?.get(va >> (shift + bits));
    if (table === undefined) return undefined;
    return table + ((va >> shift) % (1n << bits)) * this.pteBytes;
  }

  /** Makes the tables down to a level. */
  extend(level: number, va: bigint): void {
    for (let i = 0; i <= level; i++) {
      const { shift, bits, bytes } = this.at(i);
      const number = va >> (shift + bits);
      if (this.tables[i]?.has(number)) continue;
      this.tables[i]?.set(number, this.memory.takeTable(bytes));
      this.counts[i] = (this.counts[i] ?? 0) + 1;
    }
  }

  /** Frees all tables below a level within [first, end): a table after those that it leads to, by rising address. */
  freeBelow(level: number, first: bigint, end: bigint): FreedTable[] {
    const found: { level: number; number: bigint; end: bigint }[] = [];
    for (let i = level + 1; i < this.levels.length; i++) {
      const { shift, bits } = this.at(i);
      for (const number of this.tables[i]?.keys() ?? []) {
        const start = number << (shift + bits);
        if (start >= first && start < end) {
          found.push({ level: i, number, end: start + (1n << (shift + bits)) });
        }
      }
    }
    found.sort((a, b) => (a.end === b.end ? b.level - a.level : a.end < b.end ? -1 : 1));
    return found.map(({ level, number }) => {
      this.memory.freeTable(this.tables[level]?.get(number) ?? 0n, this.at(level).bytes);
      this.tables[level]?.delete(number);
      this.counts[level] = (this.counts[level] ?? 0) - 1;
      return { level: level - 1, number };
    });
  }

  private at(level: number): Level {
    return this.levels[level] as Level;
  }
}
