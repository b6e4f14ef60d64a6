// The page tables of a machine that are no tree: which there are, and how many entries a walk of them reads.

import type { PageTableConfig } from "../../src/config/model.js";
import { NaiveChained, NaiveCuckoo, NaiveInverted, NaiveOpen } from "./hashed.js";
import { OutOfMemory } from "./physical.js";
import type { Shape } from "./shapes.js";

type PerSize = NaiveOpen | NaiveChained | NaiveCuckoo;

export class Hashed {
  private readonly config: PageTableConfig;
  private readonly shape: Shape;
  /** The one table of all spaces, or by space, then by size. */
  private readonly inverted: NaiveInverted | null;
  private readonly spaces = new Map<number, (PerSize | undefined)[]>();

  constructor(config: PageTableConfig, shape: Shape) {
    this.config = config;
    this.shape = shape;
    this.inverted = config.format === "inverted" ? new NaiveInverted(config.frames) : null;
  }

  get tables(): number {
    return this.inverted ? 1 : this.all().length;
  }

  /** Bytes of all tables; how many an elastic cuckoo table takes is its own affair: 0. */
  get bytes(): number {
    if (this.inverted) return this.inverted.bytes;
    return this.all().reduce((all, table) => all + ("bytes" in table ? table.bytes : 0), 0);
  }

  /** Maps a page. Where it is, if the table says. */
  insert(space: number, size: number, number: bigint): bigint | undefined {
    if (this.inverted) {
      if (!this.inverted.insert(number, space)) throw new OutOfMemory("all frames are used");
      return BigInt(this.inverted.frameOf(number, space) ?? 0) * 4096n;
    }
    const tables = this.spaces.get(space) ?? this.shape.sizes.map(() => undefined);
    this.spaces.set(space, tables);
    const table = tables[size] ?? this.newTable();
    tables[size] = table;
    table.insert(number);
    return undefined;
  }

  remove(space: number, size: number, number: bigint): void {
    if (this.inverted) this.inverted.remove(number, space);
    else this.spaces.get(space)?.[size]?.remove(number);
  }

  /** Entries that a walk to an address reads: of the table of each size, until the page is found; of cuckoo tables side by side. */
  reads(space: number, va: bigint): number {
    if (this.inverted) return this.inverted.walk(va >> 12n, space).reads;
    let all = 0;
    for (const [size, table] of (this.spaces.get(space) ?? []).entries()) {
      if (!table) continue;
      const { found, reads } = table.walk(va >> (this.shape.sizes[size]?.bits ?? 0n));
      all += reads;
      if (found && !(table instanceof NaiveCuckoo)) break;
    }
    return all;
  }

  private newTable(): PerSize {
    const { config } = this;
    if (config.format === "elastic-cuckoo") return new NaiveCuckoo(config.ways);
    if (config.format !== "hashed") throw new RangeError(config.format);
    return config.collisions === "open" ? new NaiveOpen(config.slots) : new NaiveChained(config.slots);
  }

  private all(): PerSize[] {
    return [...this.spaces.values()].flat().filter((table) => table !== undefined);
  }
}
