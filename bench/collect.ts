// The collector: a whole collection, its tables made and every block looked at for sweeping, of a heap in which all is live; and the same search in JavaScript.

import { Heap } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { HEAP_BASE } from "./inside.js";
import { median, printRow, same } from "./rows.js";
import { time } from "./time.js";

const ROUNDS = 9;
/** Blocks, and words of each. */
const BLOCKS = 1_000_000;
const WORDS = 5;
/** Those of a block's words that may be pointers. */
const EDGES = [1, 3];
const BAR = 200;

/** A heap's blocks, as they lead to each other. */
interface Shape {
  name: string;
  /** Where a word of a block leads; `BLOCKS`: nowhere. */
  target: (block: number, edge: number, random: (below: number) => number) => number;
  isInterior: boolean;
}

const SHAPES: Shape[] = [
  { name: "a list", target: (block, edge) => (edge === 0 ? block + 1 : BLOCKS), isInterior: false },
  { name: "a random graph", target: (_, __, random) => random(BLOCKS), isInterior: false },
  { name: "interior pointers", target: (_, __, random) => random(BLOCKS), isInterior: true },
];

export async function collectRows(): Promise<void> {
  for (const shape of SHAPES) {
    const graph = await Graph.create(shape);
    // What nothing leads to goes with the first collection.
    const { live } = graph.collect();
    const { blockBytes } = graph.heap.stats();
    const core = await time(() => same("live blocks", graph.collect().live.blocks, live.blocks), ROUNDS);
    const plain = await time(() => same("live blocks", graph.search(), live.blocks), 1);
    const rate = (milliseconds: number) => blockBytes / milliseconds / 1000;
    printRow({
      name: `collect, ${shape.name}`,
      figure: `${rate(median(core)).toFixed(0)} MB/s of heap (${rate(Math.max(...core)).toFixed(0)} to ${rate(Math.min(...core)).toFixed(0)})`,
      against: `${live.blocks.toLocaleString("en-US")} blocks, ${(blockBytes / 1e6).toFixed(0)} MB; in JavaScript ${rate(median(plain)).toFixed(0)} MB/s, ${(median(plain) / median(core)).toFixed(1)} times as long`,
      ratio: rate(median(core)),
      unit: "MB/s",
      bar: BAR,
      better: "above",
    });
  }
}

/** A heap full of blocks of one size. */
class Graph {
  readonly heap: Heap;
  private readonly pointers: Float64Array;
  /** What to add to a pointer for its place in linear memory. */
  private readonly shift: number;
  private readonly core: Core;

  private constructor(heap: Heap) {
    this.heap = heap;
    this.core = (heap as unknown as { core: Core }).core;
    this.pointers = Float64Array.from({ length: BLOCKS }, () => heap.malloc(8 * WORDS));
    this.shift = this.core.exports.heapBase() - HEAP_BASE;
  }

  static async create({ target, isInterior }: Shape): Promise<Graph> {
    const graph = new Graph(await Heap.create({ preset: "tlsf", limit: 2 ** 27 }));
    const random = randomNumbers(1);
    const memory = graph.words();
    for (const [block, pointer] of graph.pointers.entries()) {
      memory.fill(0, (graph.shift + pointer) >> 2, (graph.shift + pointer + 8 * WORDS) >> 2);
      for (const [edge, word] of EDGES.entries()) {
        const to = graph.pointers[target(block, edge, random)] ?? 0;
        const by = isInterior && to > 0 ? random(8 * WORDS) : 0;
        memory[(graph.shift + pointer + 8 * word) >> 2] = to + by;
      }
    }
    return graph;
  }

  collect() {
    return this.heap.collect({ roots: [this.pointers[0] ?? 0] });
  }

  /** How many blocks the first leads to: pointers sorted, and looked up by halves. */
  search(): number {
    const { pointers, shift } = this;
    const memory = this.words();
    const found = new Uint8Array(BLOCKS);
    const left = [0];
    let count = 0;
    for (let block = left.pop(); block !== undefined; block = left.pop()) {
      if (found[block] === 1) continue;
      found[block] = 1;
      count++;
      const from = (shift + (pointers[block] as number)) >> 2;
      for (let at = from; at < from + 2 * WORDS; at += 2) {
        if (memory[at + 1] !== 0) continue;
        const to = this.blockOf(memory[at] as number);
        if (to >= 0) left.push(to);
      }
    }
    return count;
  }

  private blockOf(value: number): number {
    const { pointers } = this;
    let low = 0;
    let high = pointers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pointers[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && value - (pointers[low - 1] as number) < 8 * WORDS ? low - 1 : -1;
  }

  private words(): Uint32Array {
    return this.core.u32(0, (this.shift + (this.pointers.at(-1) ?? 0) + 8 * WORDS) >> 2);
  }
}

/** Numbers below a bound, the same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}
