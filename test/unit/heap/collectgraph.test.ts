import { expect, test } from "vitest";
import { HEAP_BASE, Heap } from "../../../src/heap/heap.js";
import { BUILDS, buildOf, runs } from "../../builds.js";

/** Blocks of the graph; each leads to two others at most. */
const BLOCKS = 1_000_000;
const SIZE = 40;

/** A generator of numbers; the seed is what the graph hangs on. */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** By block, the two that it leads to (-1: to none), and by how many bytes into them. Half of the blocks lead to a later one, or back: chains, trees and cycles. */
function graph(count: number) {
  const draw = drawn(1);
  const edges = Int32Array.from({ length: 2 * count }, (_, at) => {
    const kind = draw(10);
    if (kind < 4) return -1;
    // Most edges are short ones, so that what a root does not lead to is more than single blocks.
    return kind < 9 ? Math.max(0, Math.min(count - 1, (at >> 1) + draw(64) - 30)) : draw(count);
  });
  const offsets = Uint8Array.from(edges, () => (draw(3) === 0 ? draw(SIZE) : 0));
  return { edges, offsets };
}

function searched(edges: Int32Array, roots: readonly number[]): Set<number> {
  const found = new Set<number>();
  const left = [...roots];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    for (const to of edges.subarray(2 * at, 2 * at + 2)) if (to >= 0) left.push(to);
  }
  return found;
}

test.each(BUILDS)(
  "a graph of 1 M blocks, with cycles and interior pointers, on the %s build",
  async (build) => {
    const count = build === "debug" ? runs(BLOCKS / 10, BLOCKS) : BLOCKS;
    const { edges, offsets } = graph(count);
    const heap = await Heap.create({ preset: "tlsf", limit: 2 ** 28 }, { module: await buildOf(build) });
    const pointers = Float64Array.from({ length: count }, () => heap.malloc(SIZE));
    const { core } = heap;
    const base = core.exports.heapBase() - HEAP_BASE;
    const memory = core.u32(0, (base + (pointers.at(-1) ?? 0) + 4096) >> 2);
    const put = (at: number, value: number) => {
      memory[at >> 2] = value;
      memory[(at >> 2) + 1] = 0;
    };
    for (let block = 0; block < count; block++) {
      const at = base + (pointers[block] as number);
      for (let word = 0; word < 5; word++) {
        const edge = word === 1 ? 2 * block : word === 3 ? 2 * block + 1 : -1;
        const to = edge < 0 ? -1 : (edges[edge] as number);
        put(at + 8 * word, to < 0 ? 0 : (pointers[to] as number) + (offsets[edge] as number));
      }
    }
    const roots = Array.from({ length: 20 }, (_, at) => Math.floor((at * count) / 40));
    const expected = searched(edges, roots);
    const { live, collected, wordsMarked } = heap.collect({
      roots: roots.map((at) => pointers[at] as number),
    });
    expect(live).toEqual({ blocks: expected.size, bytes: expected.size * SIZE });
    expect(collected.blocks).toBe(count - expected.size);
    expect(wordsMarked).toBe(roots.length + expected.size * 5);
    expect(expected.size).toBeGreaterThan(count / 20);
    expect(collected.blocks).toBeGreaterThan(count / 20);
    let wrong = 0;
    for (let block = 0; block < count; block++) {
      const isThere = core.exports.heapSizeOf(base + (pointers[block] as number)) >= 0n;
      if (isThere !== expected.has(block)) wrong++;
    }
    expect(wrong).toBe(0);
    expect(heap.validate()).toBeNull();
  },
);
