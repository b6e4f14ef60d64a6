import fc from "fast-check";
import { expect, test } from "vitest";
import { type Demand, demandOf } from "../../src/heap/distributions.js";
import { Numbering } from "../../src/heap/numbering.js";
import { HUGE, NULL_SLOT, type OpCodes } from "../../src/heap/opcodes.js";
import { OpStream } from "../../src/heap/opstream.js";
import { runs } from "../builds.js";
import { readOps, repOf } from "../heapops.js";

test("a few operations, worked out by hand", async () => {
  const lines = [
    "a 0 100", // 1: 100 live
    "a 1 0", // 2
    "r 0 300", // 3: 300 live
    "a 2 5", // 4: 305 live, in three blocks: the peak
    "f 1", // 5: it lived three operations
    "f 0", // 6: five, of 300 bytes
    "a 3 4294967295", // 7: no heap has this
    "f -1",
    "a 4 300", // 9: 305 live again, but not first
  ];
  const { demand } = await readOps(repOf(lines));
  expect(demand).toEqual<Demand>({
    operations: { malloc: 5, calloc: 0, realloc: 1, free: 3, aligned: 0 },
    sizes: [
      { upTo: 0, requests: 1, bytes: 0 },
      { upTo: 8, requests: 1, bytes: 5 },
      { upTo: 128, requests: 1, bytes: 100 },
      { upTo: 512, requests: 2, bytes: 600 },
    ],
    huge: 1,
    lifetimes: [
      { upTo: 4, blocks: 1, bytes: 0 },
      { upTo: 8, blocks: 1, bytes: 300 },
    ],
    neverFreed: { blocks: 2, bytes: 305 },
    peak: { payload: 305, blocks: 3, operation: 4 },
  });
});

const OP: OpCodes = { Malloc: 0, Calloc: 1, Realloc: 2, Free: 3, Align: 4 };
const SLOTS = 6;
const operation = fc.record({
  op: fc.integer({ min: 0, max: 4 }),
  slot: fc.oneof(
    { weight: 9, arbitrary: fc.nat(SLOTS - 1) },
    { weight: 1, arbitrary: fc.constant(NULL_SLOT) },
  ),
  size: fc.oneof(fc.nat(70), fc.nat(5000), fc.constantFrom(0, HUGE, HUGE - 1, 2 ** 31)),
});

/** Operations that make sense: what has no block is allocated, what has one is not, and NULL is only freed. */
function sensible(list: { op: number; slot: number; size: number }[]): typeof list {
  const live = new Set<number>();
  return list.flatMap(({ op, slot, size }) => {
    if (slot === NULL_SLOT || op === OP.Free) {
      live.delete(slot);
      return [{ op: OP.Free, slot, size: 0 }];
    }
    if (live.has(slot)) {
      if (size === 0) live.delete(slot);
      return [{ op: OP.Realloc, slot, size }];
    }
    if (size !== HUGE) live.add(slot);
    if (op === OP.Align)
      return [
        { op, slot: NULL_SLOT, size: 64 },
        { op: OP.Malloc, slot, size },
      ];
    return [{ op: op === OP.Realloc ? OP.Malloc : op, slot, size }];
  });
}

interface Block {
  size: number;
  born: number;
}

/** The same by arrays of all that happened. */
function naive(list: { op: number; slot: number; size: number }[]): Demand {
  const live = new Map<number, Block>();
  const asked: number[] = [];
  const dead: { age: number; size: number }[] = [];
  const loads: { payload: number; blocks: number }[] = [];
  let huge = 0;
  const operations = list.filter(({ op }) => op !== OP.Align);
  for (const [i, { op, slot, size }] of operations.entries()) {
    const block = live.get(slot);
    const ends = op === OP.Free || (op === OP.Realloc && block && size === 0);
    if (ends && block) {
      dead.push({ age: i - block.born, size: block.size });
      live.delete(slot);
    }
    if (!ends && size === HUGE) huge++;
    if (!ends && size !== HUGE) {
      asked.push(size);
      live.set(slot, { size, born: op === OP.Realloc && block ? block.born : i });
    }
    loads.push({ payload: [...live.values()].reduce((sum, { size }) => sum + size, 0), blocks: live.size });
  }
  const payload = Math.max(0, ...loads.map(({ payload }) => payload));
  const count = (kind: number) => operations.filter(({ op }) => op === kind).length;
  const left = [...live.values()];
  return {
    operations: {
      malloc: count(OP.Malloc),
      calloc: count(OP.Calloc),
      realloc: count(OP.Realloc),
      free: count(OP.Free),
      aligned: list.length - operations.length,
    },
    sizes: classes(asked.map((size) => ({ key: size, size }))).map(({ upTo, count, bytes }) => ({
      upTo,
      requests: count,
      bytes,
    })),
    huge,
    lifetimes: classes(dead.map(({ age, size }) => ({ key: age, size }))).map(({ upTo, count, bytes }) => ({
      upTo,
      blocks: count,
      bytes,
    })),
    neverFreed: { blocks: left.length, bytes: left.reduce((sum, { size }) => sum + size, 0) },
    peak: {
      payload,
      blocks: Math.max(0, ...loads.map(({ blocks }) => blocks)),
      operation: payload === 0 ? 0 : loads.findIndex((load) => load.payload === payload) + 1,
    },
  };
}

function classes(values: { key: number; size: number }[]): { upTo: number; count: number; bytes: number }[] {
  const powers = [0, ...Array.from({ length: 33 }, (_, i) => 2 ** i)];
  return powers
    .map((upTo, i) => {
      const of = values.filter(({ key }) => key <= upTo && (i === 0 || key > (powers[i - 1] ?? 0)));
      return { upTo, count: of.length, bytes: of.reduce((sum, { size }) => sum + size, 0) };
    })
    .filter(({ count }) => count > 0);
}

function streamOf(list: { op: number; slot: number; size: number }[], base?: OpStream): OpStream {
  const stream = new OpStream(base);
  for (const { op, slot, size } of list) stream.push(((op << 28) | slot) >>> 0, size, 0);
  return stream;
}

test("what a trace asks for is what a naive count says", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (list) => {
      const ops = sensible(list);
      expect(demandOf(streamOf(ops), SLOTS, OP)).toEqual(naive(ops));
    }),
    { numRuns: runs(300, 20000) },
  );
});

test("entries and operations are told apart", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (list) => {
      const ops = sensible(list);
      const alignments = ops.filter(({ op }) => op === OP.Align).length;
      const numbering = new Numbering(streamOf(ops), alignments, OP);
      const seen = ops.map((_, i) => ops.slice(0, i + 1).filter(({ op }) => op !== OP.Align).length);
      for (const [i, operations] of seen.entries()) {
        expect(numbering.operations(i + 1)).toBe(operations);
        // The first entry behind which so many are done is the last of them.
        if (ops[i]?.op !== OP.Align) expect(numbering.entries(operations)).toBe(i + 1);
      }
      expect([numbering.operations(0), numbering.entries(0)]).toEqual([0, 0]);
    }),
    { numRuns: runs(200, 10000) },
  );
});

test("a stream behind another holds both, whatever is pushed to the first later", () => {
  const count = 70_000;
  const first = new OpStream();
  for (let i = 0; i < count; i++) first.push(i, 2 * i, 3 * i);
  const second = new OpStream(first);
  for (let i = 0; i < count; i++) second.push(count + i, 2 * i, 3 * i);
  first.push(7, 7, 7);
  const words: number[] = [];
  second.each(count - 70_000, second.length, (run) => {
    for (let i = 0; i < run.length; i += 2) words.push(run[i] ?? -1);
  });
  expect(words.length).toBe(2 * count);
  expect(words.findIndex((word, i) => word !== i)).toBe(-1);
  expect([second.own, first.own, second.lineOf(5), second.lineOf(count + 65_540)]).toEqual([
    count,
    count + 1,
    15,
    3 * 65_540,
  ]);
  expect(second.words(65_530, 65_540).length).toBe(12);
});
