import { describe, expect, test } from "vitest";
import { Heap, PagewalkError } from "../../../src/index.js";
import { BUILDS, buildOf } from "../../builds.js";

const heapOf = async (build: string, policy: object = {}) =>
  Heap.create({ preset: "tlsf", limit: 2 ** 24, ...policy }, { module: await buildOf(build) });

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

/** A block of so many words, zeroed but for these. */
function block(heap: Heap, words: number, ...values: number[]): number {
  const pointer = heap.calloc(words, 8);
  for (const [at, value] of values.entries()) heap.write(pointer, word(value), 8 * at);
  return pointer;
}

function isLive(heap: Heap, pointer: number): boolean {
  try {
    heap.size(pointer);
    return true;
  } catch {
    return false;
  }
}

const codeOf = (call: () => unknown) => {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof PagewalkError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return "no error";
};

describe.each(BUILDS)("a collection of the %s build", (build) => {
  test("takes no options but its own, each as it may be", async () => {
    const heap = await heapOf(build);
    const kept = heap.malloc(16);
    const saying = (options: unknown) => codeOf(() => heap.collect(options as object));
    expect(saying({ roots: kept })).toMatch(/^E_OPTION: collect: roots: \d+; want pointers in an array/);
    expect(saying({ rots: [kept] })).toMatch(/^E_OPTION: collect: no option "rots"; did you mean roots\?/);
    expect(saying({ roots: [kept], origin: 0 })).toMatch(/^E_OPTION: collect: no option "origin"/);
    for (const name of ["interior", "precise", "lazy", "falsePointers"])
      expect(saying({ roots: [kept], [name]: "no" })).toBe(
        `E_OPTION: collect: ${name}: "no"; want true or false`,
      );
    expect(saying({ roots: "12" })).toMatch(/^E_OPTION: collect: roots: "12"; want/);
    expect(saying({ segments: new Uint8Array(8) })).toMatch(/^E_OPTION: collect: segments: an object; want/);
    expect(saying({ word: 2 })).toBe("E_OPTION: collect: word: 2; want 8 or 4");
    expect(saying([kept])).toMatch(/^E_OPTION: collect: an array; want an object of options: roots,/);
    expect(saying(null)).toMatch(/^E_OPTION: collect: null; want/);
    expect(codeOf(() => heap.setFinalizer(kept, 1 as never))).toMatch(
      /^E_OPTION: setFinalizer: 1; want true/,
    );
    expect(heap.collect({ roots: new Set([kept]), interior: undefined as never }).live.blocks).toBe(1);
  });

  test("ends where its tables have other blocks than the heap counts", async () => {
    const heap = await heapOf(build);
    heap.malloc(16);
    const { HeapStat } = heap.core.enums;
    const stats = heap.core.u64(heap.core.exports.heapStats.value, HeapStat.Length);
    stats[HeapStat.LiveBlocks] = 2n;
    expect(codeOf(() => heap.collect())).toContain("E_INTERNAL: collect: the tables");
  });

  test("follows chains, passes over cycles that nothing leads to, and counts its work", async () => {
    const heap = await heapOf(build);
    const tail = block(heap, 2);
    const head = block(heap, 2, tail);
    const first = block(heap, 1);
    const second = block(heap, 1, first);
    heap.write(first, word(second));
    const done = heap.collect({ roots: [head] });
    expect(done).toEqual({
      // The root, and two words of each of two blocks.
      wordsMarked: 5,
      blocksSwept: 4,
      live: { blocks: 2, bytes: 32 },
      collected: { blocks: 2, bytes: 16 },
      falselyRetained: null,
      finalized: [],
      resurrected: 0,
    });
    expect([tail, head, first, second].map((each) => isLive(heap, each))).toEqual([true, true, false, false]);
    expect(heap.validate()).toBeNull();
  });

  test("knows a pointer into a block from one past its end, and to a block of 0 bytes", async () => {
    const heap = await heapOf(build);
    const target = heap.malloc(20);
    const empty = heap.malloc(0);
    const live = (root: number, interior: boolean) => heap.collect({ roots: [root, target], interior }).live;
    expect(live(empty, true).blocks).toBe(2);
    const kept = (root: number, interior: boolean) => {
      const fresh = heap.malloc(20);
      heap.collect({ roots: [target, fresh + root], interior });
      return isLive(heap, fresh);
    };
    expect(kept(0, false)).toBe(true);
    expect(kept(19, true)).toBe(true);
    expect(kept(19, false)).toBe(false);
    expect(kept(20, true)).toBe(false);
    expect(kept(-1, true)).toBe(false);
  });

  test("looks at whole aligned words only, of 8 bytes or 4", async () => {
    const heap = await heapOf(build);
    const kept = (offset: number, width: 4 | 8) => {
      const target = heap.malloc(8);
      const from = heap.calloc(1, 28);
      heap.write(from, word(target).subarray(0, width), offset);
      heap.collect({ roots: [from], word: width });
      return isLive(heap, target);
    };
    expect(kept(8, 8)).toBe(true);
    expect(kept(4, 8)).toBe(false);
    expect(kept(4, 4)).toBe(true);
    expect(kept(24, 4)).toBe(true);
    expect(kept(2, 4)).toBe(false);
  });

  test("finds a large block by any of its bytes, and follows all of its words", async () => {
    const heap = await heapOf(build);
    const kept = (offset: number) => {
      const large = heap.calloc(1, 5000);
      const far = heap.malloc(8);
      heap.write(large, word(far), 4992);
      const { live } = heap.collect({ roots: [large + offset] });
      return [live.blocks, isLive(heap, large), isLive(heap, far)];
    };
    for (const offset of [0, 3, 504, 511, 512, 513, 2048, 4991, 4992, 4999]) {
      expect([offset, ...kept(offset)]).toEqual([offset, 2, true, true]);
    }
    for (const offset of [-1, 5000, 5007])
      expect([offset, ...kept(offset)]).toEqual([offset, 0, false, false]);
  });

  test("follows any number of pointers out of one block", async () => {
    const heap = await heapOf(build);
    const targets = Array.from({ length: 3000 }, () => heap.calloc(1, 8));
    const table = block(heap, 3000, ...targets.map((target, at) => target + (at % 8)));
    expect(heap.collect({ roots: [table] })).toMatchObject({
      wordsMarked: 1 + 3000 + 3000,
      live: { blocks: 3001 },
    });
    expect(heap.collect({ roots: [table], interior: false }).live.blocks).toBe(1 + 3000 / 8);
  });

  test("in a heap that is full to its end", async () => {
    for (const limit of [4096, 69_632]) {
      for (const preset of ["csapp-implicit-first", "tlsf", "dl"]) {
        const heap = await heapOf(build, { preset, limit, chunk: 0 });
        const blocks: number[] = [];
        for (let pointer = heap.malloc(20); pointer !== 0; pointer = heap.malloc(20)) blocks.push(pointer);
        const kept = blocks.filter((_, at) => at % 3 > 0);
        const roots = kept.map((pointer, at) => pointer + (at % 20));
        expect(heap.collect({ roots, falsePointers: true }).live.blocks).toBe(kept.length);
        expect(kept.filter((pointer) => !isLive(heap, pointer))).toEqual([]);
        expect(heap.stats().liveBlocks).toBe(kept.length);
      }
    }
  });

  test("takes segments as words, and leaves out the bytes behind the last", async () => {
    const heap = await heapOf(build);
    const kept = heap.malloc(8);
    const lost = heap.malloc(8);
    const stack = new Uint8Array(31);
    stack.set(word(kept), 8);
    stack.set(word(lost).subarray(0, 7), 24);
    expect(heap.collect({ segments: [stack] })).toMatchObject({ wordsMarked: 4, live: { blocks: 1 } });
    expect(isLive(heap, kept)).toBe(true);
  });

  test("with layouts: what an integer keeps, and what is atomic", async () => {
    const heap = await heapOf(build);
    const real = block(heap, 1);
    const looksReal = block(heap, 1);
    const record = block(heap, 2, real, looksReal);
    heap.setLayout(record, { size: 16, pointers: [0] });
    const options = { roots: [record], falsePointers: true };
    expect(heap.collect(options).falselyRetained).toEqual({ blocks: 1, bytes: 8 });
    expect(heap.collect({ ...options, precise: true })).toMatchObject({
      // The root, a word of the record, and one of what it leads to.
      wordsMarked: 3,
      collected: { blocks: 1, bytes: 8 },
      falselyRetained: { blocks: 0, bytes: 0 },
    });
    expect(isLive(heap, looksReal)).toBe(false);
    heap.setLayout(record, "atomic");
    expect(heap.collect(options).collected.blocks).toBe(1);
    expect(isLive(heap, real)).toBe(false);
  });

  test("a layout is repeated to the block's end, and stays through realloc", async () => {
    const heap = await heapOf(build);
    const targets = [1, 2, 3, 4].map(() => block(heap, 1));
    const [a = 0, b = 0, c = 0, d = 0] = targets;
    const array = block(heap, 4, a, b, c, d);
    heap.setLayout(array, { size: 16, pointers: [8] });
    block(heap, 1);
    const moved = heap.realloc(array, 400);
    heap.collect({ roots: [moved], precise: true });
    expect(targets.map((each) => isLive(heap, each))).toEqual([false, true, false, true]);
    heap.setLayout(moved, "unknown");
    expect(heap.collect({ roots: [moved], precise: true }).wordsMarked).toBe(1 + 50 + 1 + 1);
  });

  test("a layout does not outlive its block", async () => {
    const heap = await heapOf(build);
    const target = block(heap, 1);
    const old = block(heap, 4);
    heap.setLayout(old, "atomic");
    heap.free(old);
    const fresh = block(heap, 4, target);
    expect(fresh).toBe(old);
    expect(heap.collect({ roots: [fresh], precise: true }).live.blocks).toBe(2);
    heap.setLayout(fresh, "atomic");
    heap.collect({});
    const again = block(heap, 4, block(heap, 1));
    expect(heap.collect({ roots: [again], precise: true }).live.blocks).toBe(2);
  });

  test("finalizers: a block before what it leads to, a cycle by address, and the end of it one collection later", async () => {
    const heap = await heapOf(build);
    const plain = block(heap, 1);
    const last = block(heap, 1);
    const [first, second] = [block(heap, 2), block(heap, 2)];
    heap.write(first, word(second));
    heap.write(second, word(first));
    heap.write(second, word(last), 8);
    heap.write(last, word(plain));
    const top = block(heap, 1, second);
    for (const each of [last, first, second, top]) heap.setFinalizer(each);
    const done = heap.collect();
    expect(done.finalized).toEqual([top, first, second, last]);
    expect(done).toMatchObject({ live: { blocks: 5 }, collected: { blocks: 0 }, resurrected: 1 });
    expect(heap.collect()).toMatchObject({ finalized: [], collected: { blocks: 5 } });
  });

  test("a finalizer waits while its block is live, goes with free, and can be taken back", async () => {
    const heap = await heapOf(build);
    const [a, b, c] = [block(heap, 1), block(heap, 1), block(heap, 1)];
    for (const each of [a, b, c]) heap.setFinalizer(each);
    heap.setFinalizer(b, false);
    heap.free(c);
    expect(block(heap, 1)).toBe(c);
    expect(heap.collect({ roots: [a] })).toMatchObject({ finalized: [], collected: { blocks: 2 } });
    expect(heap.collect().finalized).toEqual([a]);
  });

  test("lazily, the heap does not grow before what is dead was used again", async () => {
    const heap = await heapOf(build, { chunk: 0 });
    const blocks = Array.from({ length: 1000 }, () => heap.malloc(56));
    const kept = blocks.filter((_, at) => at % 4 === 0);
    const { heapBytes } = heap.stats();
    const done = heap.collect({ roots: kept, lazy: true });
    expect(done).toMatchObject({
      blocksSwept: 0,
      live: { blocks: 250 },
      collected: { blocks: 750, bytes: 42000 },
    });
    expect(heap.stats().liveBlocks).toBe(1000);
    for (let at = 0; at < 750; at++) heap.malloc(56);
    expect(heap.stats()).toMatchObject({ heapBytes, liveBlocks: 1000, failed: 0 });
    expect(heap.sweep()).toEqual({ blocksSwept: 1000, mostAtOnce: 32 });
    expect(heap.validate()).toBeNull();
    heap.malloc(56);
    expect(heap.stats().heapBytes).toBeGreaterThan(heapBytes);
  });

  test("a block that is dead and not yet freed is none", async () => {
    const heap = await heapOf(build);
    const dead = heap.malloc(24);
    const live = heap.malloc(24);
    heap.collect({ roots: [live], lazy: true });
    for (const call of [
      () => heap.free(dead),
      () => heap.size(dead),
      () => heap.realloc(dead, 10),
      () => heap.setFinalizer(dead),
    ]) {
      expect(codeOf(call)).toMatch(/^E_OPTION: .*is no block of the heap/);
    }
    heap.free(live);
    heap.sweep();
    expect(heap.stats().liveBlocks).toBe(0);
  });

  test("a chain of any length", async () => {
    const heap = await heapOf(build);
    let head = 0;
    for (let at = 0; at < 100_000; at++) head = block(heap, 1, head);
    expect(heap.collect({ roots: [head] }).live.blocks).toBe(100_000);
    heap.setFinalizer(head);
    expect(heap.collect()).toMatchObject({ finalized: [head], resurrected: 99_999 });
    expect(heap.collect().collected.blocks).toBe(100_000);
  });

  test("says what it does not take", async () => {
    const heap = await heapOf(build);
    const pointer = heap.malloc(8);
    expect(codeOf(() => heap.collect({ roots: [-1] }))).toBe(
      "E_OPTION: collect: root -1; want a pointer, 0 or more",
    );
    expect(codeOf(() => heap.collect({ segments: ["x" as never] }))).toMatch(/^E_OPTION: .*Uint8Array/);
    expect(codeOf(() => heap.collect({ word: 2 as never }))).toBe("E_OPTION: collect: word: 2; want 8 or 4");
    for (const layout of [
      "none",
      null,
      { size: 8, pointers: [8] },
      { size: 12, pointers: [2] },
      { size: 0, pointers: [] },
    ]) {
      expect(codeOf(() => heap.setLayout(pointer, layout as never))).toMatch(
        /^E_OPTION: setLayout: .*want "atomic"/,
      );
    }
    expect(codeOf(() => heap.setLayout(pointer + 8, "atomic"))).toMatch(/^E_OPTION: setLayout: .*no block/);
    expect(isLive(heap, pointer)).toBe(true);
  });
});

test("up to 1 GiB of blocks are collected", async () => {
  const heap = await Heap.create({ preset: "tlsf", limit: 1.5 * 2 ** 30 });
  const roots = Array.from({ length: 1023 }, () => heap.malloc(2 ** 20));
  for (const each of roots) heap.setLayout(each, "atomic");
  expect(heap.collect({ roots }).live.blocks).toBe(1023);
  heap.malloc(2 ** 20);
  expect(codeOf(() => heap.collect({ roots }))).toMatch(
    /^E_MEMORY: collect: the heap has 10737\d{5} bytes of blocks; a collector takes up to 1073741824$/,
  );
});
