import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PagewalkError } from "../../src/errors.js";
import { type Collection, type CollectOptions, Heap, heapPresets } from "../../src/index.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { type Block, disorder, reachable, type Search, wordsOf } from "../oracle/heap/reachable.js";

/** A block by its place among those that there are. */
const nth = fc.nat(1000);
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat(96) },
  { weight: 3, arbitrary: fc.integer({ min: 100, max: 5000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 9000, 17_000) },
);
/** What is stored: a pointer into a block, near to one, or a number. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.record({ to: nth, offset: fc.constant(0) }) },
  { weight: 4, arbitrary: fc.record({ to: nth, offset: fc.integer({ min: -9, max: 110 }) }) },
  { weight: 1, arbitrary: fc.record({ to: nth, offset: fc.nat(5000) }) },
  { weight: 1, arbitrary: fc.record({ number: fc.bigInt(0n, 2n ** 64n - 1n) }) },
  { weight: 1, arbitrary: fc.record({ number: fc.bigInt(0xfff0n, 0x13000n) }) },
);
const layout = fc.oneof(
  fc.constantFrom("atomic" as const, "unknown" as const),
  fc
    .record({
      units: fc.integer({ min: 1, max: 8 }),
      places: fc.array(fc.nat(7), { maxLength: 4 }),
      by: fc.constantFrom(4, 8),
    })
    .map(({ units, places, by }) => ({
      size: units * by,
      pointers: places.filter((place) => place < units).map((place) => place * by),
    })),
);
const command = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("malloc" as const), size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("calloc" as const), size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("realloc" as const), block: nth, size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("free" as const), block: nth }) },
  {
    weight: 24,
    arbitrary: fc.record({ do: fc.constant("store" as const), block: nth, at: fc.nat(40), value }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("layout" as const), block: nth, layout }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("finalizer" as const), block: nth, wanted: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("root" as const), value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unroot" as const), root: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("collect" as const),
      interior: fc.boolean(),
      precise: fc.boolean(),
      lazy: fc.boolean(),
      falsePointers: fc.boolean(),
      word: fc.constantFrom(4 as const, 8 as const),
      inSegment: fc.boolean(),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer Each> ? Each : never;
type Value = typeof value extends fc.Arbitrary<infer Each> ? Each : never;

const presets = Object.keys(heapPresets);

/** A heap beside Maps. */
class Twins {
  readonly heap: Heap;
  readonly blocks = new Map<number, Block>();
  readonly dead = new Set<number>();
  private roots: bigint[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  perform(each: Command): void {
    const { heap, blocks } = this;
    if (each.do === "malloc" || each.do === "calloc") {
      const pointer = each.do === "malloc" ? heap.malloc(each.size) : heap.calloc(1, each.size);
      if (pointer !== 0)
        this.add(pointer, { bytes: heap.read(pointer), pointers: null, atomic: false, finalize: false });
    } else if (each.do === "root") {
      this.roots.push(this.numberOf(each.value));
    } else if (each.do === "unroot") {
      this.roots.splice(each.root % Math.max(this.roots.length, 1), 1);
    } else if (each.do === "sweep") {
      heap.sweep();
    } else if (each.do === "collect") {
      this.collect(each);
    } else {
      const pointer = this.pointer(each.block);
      const block = blocks.get(pointer ?? 0);
      if (pointer !== undefined && block) this.change(each, pointer, block);
    }
  }

  private change(
    each: Exclude<Command, { do: "collect" | "malloc" | "calloc" | "root" | "unroot" | "sweep" }>,
    pointer: number,
    block: Block,
  ): void {
    const { heap, blocks } = this;
    if (each.do === "free") {
      heap.free(pointer);
      blocks.delete(pointer);
    } else if (each.do === "realloc") {
      this.resize(pointer, block, each.size);
    } else if (each.do === "finalizer") {
      heap.setFinalizer(pointer, each.wanted);
      block.finalize = each.wanted;
    } else if (each.do === "layout") {
      heap.setLayout(pointer, each.layout);
      block.atomic =
        each.layout === "atomic" || (each.layout !== "unknown" && each.layout.pointers.length === 0);
      block.pointers = each.layout === "unknown" ? null : pointersOf(block.bytes.length, each.layout);
    } else {
      const offset = each.at * 4;
      if (offset + 8 > block.bytes.length) return;
      const word = new Uint8Array(8);
      new DataView(word.buffer).setBigUint64(0, this.numberOf(each.value), true);
      heap.write(pointer, word, offset);
      block.bytes.set(word, offset);
    }
  }

  private resize(pointer: number, block: Block, size: number): void {
    const { heap, blocks } = this;
    const moved = heap.realloc(pointer, size);
    if (size > 0 && moved === 0) return;
    blocks.delete(pointer);
    if (size === 0) return;
    const bytes = heap.read(moved);
    const kept = Math.min(size, block.bytes.length);
    expect(bytes.subarray(0, kept)).toEqual(block.bytes.subarray(0, kept));
    const pointers = block.pointers && new Set([...block.pointers].filter((at) => at + 4 <= size));
    this.add(moved, { bytes, pointers: pointers ?? null, atomic: block.atomic, finalize: block.finalize });
  }

  private collect(options: Extract<Command, { do: "collect" }>): void {
    const { heap, blocks, roots } = this;
    const { word, inSegment } = options;
    const search: Search = options;
    const known = word === 4 && inSegment ? roots.flatMap(halves) : roots;
    const { found, words } = reachable(blocks, known, search);
    const due = [...blocks].filter(([pointer, { finalize }]) => finalize && !found.has(pointer));
    const kept = reachable(
      blocks,
      due.map(([pointer]) => BigInt(pointer)),
      search,
    );
    const all = new Set([...found, ...kept.found]);
    const collection = heap.collect(asked(options, roots));
    expect(new Set(collection.finalized)).toEqual(new Set(due.map(([pointer]) => pointer)));
    expect(disorder(blocks, collection.finalized, search)).toBeNull();
    const again = [...kept.found].filter((pointer) => !found.has(pointer));
    const sum = (pointers: Iterable<number>) =>
      [...pointers].reduce((bytes, pointer) => bytes + (blocks.get(pointer)?.bytes.length ?? 0), 0);
    const dead = [...blocks.keys()].filter((pointer) => !all.has(pointer));
    const wordsAgain = again.reduce(
      (count, pointer) => count + wordsOf(blocks.get(pointer) as Block, search).length,
      0,
    );
    const expected: Collection = {
      wordsMarked: words + 2 * wordsAgain,
      blocksSwept: options.lazy ? 0 : blocks.size,
      live: { blocks: all.size, bytes: sum(all) },
      collected: { blocks: dead.length, bytes: sum(dead) },
      falselyRetained: null,
      finalized: collection.finalized,
      resurrected: again.length - due.length,
    };
    if (options.falsePointers) {
      const sure = reachable(blocks, known, { ...search, precise: true }).found;
      const only = [...found].filter((pointer) => !sure.has(pointer));
      expected.falselyRetained = { blocks: only.length, bytes: sum(only) };
    }
    expect(collection).toEqual(expected);
    for (const [, block] of due) block.finalize = false;
    for (const pointer of dead) {
      blocks.delete(pointer);
      this.dead.add(pointer);
    }
    this.check();
  }

  private add(pointer: number, block: Block): void {
    this.blocks.set(pointer, block);
    this.dead.delete(pointer);
  }

  /** The heap has what it should, and nothing else. */
  check(): void {
    const { heap, blocks } = this;
    expect(heap.validate()).toBeNull();
    for (const [pointer, { bytes }] of blocks) expect(Buffer.compare(heap.read(pointer), bytes)).toBe(0);
    for (const pointer of this.dead) expect(() => heap.size(pointer)).toThrow(PagewalkError);
  }

  private pointer(place: number): number | undefined {
    const pointers = [...this.blocks.keys()];
    return pointers[place % Math.max(pointers.length, 1)];
  }

  private numberOf(stored: Value): bigint {
    if ("number" in stored) return stored.number;
    const pointer = this.pointer(stored.to) ?? 0;
    return BigInt(Math.max(pointer + stored.offset, 0));
  }
}

function pointersOf(
  bytes: number,
  layout: "atomic" | { size: number; pointers: readonly number[] },
): Set<number> {
  const set = new Set<number>();
  if (layout === "atomic" || layout.pointers.length === 0) return set;
  const word = [layout.size, ...layout.pointers].every((each) => each % 8 === 0) ? 8 : 4;
  for (let from = 0; from < bytes; from += layout.size) {
    for (const offset of layout.pointers) if (from + offset + word <= bytes) set.add(from + offset);
  }
  return set;
}

function halves(value: bigint): bigint[] {
  return [value & 0xffffffffn, value >> 32n];
}

/** Roots as pointers, as far as those are numbers, or all of them as memory. */
function asked(options: Extract<Command, { do: "collect" }>, roots: readonly bigint[]): CollectOptions {
  const { do: _, inSegment, ...rest } = options;
  if (!inSegment)
    return { ...rest, roots: roots.map(Number).map((root) => Math.min(root, Number.MAX_SAFE_INTEGER)) };
  const bytes = new Uint8Array(8 * roots.length + 3);
  const view = new DataView(bytes.buffer);
  for (const [at, root] of roots.entries()) view.setBigUint64(8 * at, root, true);
  return { ...rest, segments: [bytes] };
}

describe.each(BUILDS)("the collector of the %s build", (build) => {
  test("frees what a search does not find, and nothing else", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...presets),
        fc.array(command, { minLength: 20, maxLength: 160 }),
        async (policy, commands) => {
          const heap = await Heap.create({ preset: policy, limit: 2 ** 24, mmapThreshold: 8192 }, { module });
          const twins = new Twins(heap);
          for (const each of commands) twins.perform(each);
          heap.sweep();
          twins.check();
          expect(heap.stats().liveBlocks).toBe(twins.blocks.size);
        },
      ),
      { numRuns: runs(30, 3000) },
    );
  });
});
