import { describe, expect, test } from "vitest";
import { HEAP_BASE, Heap } from "../../src/heap/heap.js";
import type { HeapPolicyInput } from "../../src/heap/policy.js";
import { heapPresets } from "../../src/heap/policy.js";
import { BUILDS, buildOf } from "../builds.js";

describe.each(BUILDS)("on the %s build", (build) => {
  const heapOf = async (policy: string | HeapPolicyInput) => {
    const over = typeof policy === "string" ? { preset: policy } : policy;
    return await Heap.create({ limit: 2 ** 24, ...over }, { module: await buildOf(build) });
  };
  const headers = (heap: Heap) => [...heap.blocks()].map(({ header }) => header);

  test("an implicit list without footers has the textbook's headers", async () => {
    // CS:APP 3e, practice problem 9.6: double-word alignment, header of 4 bytes, no footers.
    const heap = await heapOf({
      footers: "none",
      coalescing: "none",
      minBlock: null,
      splitThreshold: null,
      chunk: 64,
    });
    for (const size of [1, 5, 12, 13]) heap.malloc(size);
    expect(headers(heap)).toEqual([0x9, 0x11, 0x11, 0x19]);
  });

  test("the textbook's heap starts with 16 bytes and a chunk", async () => {
    const heap = await heapOf("csapp-implicit-first");
    expect(heap.stats().heapBytes).toBe(16 + 4096);
    expect(headers(heap)).toEqual([4096]);
    // Header and footer, and a payload of 8 bytes at least.
    expect([0, 1, 8, 9, 16, 17].map((size) => heap.malloc(size) - HEAP_BASE)).toEqual([
      16, 32, 48, 64, 88, 112,
    ]);
    expect(headers(heap)).toEqual([17, 17, 17, 25, 25, 33, 4096 - 128]);
    // 3968 bytes are left, of which 3960 fit; a rest of 8 would be no block, and none is left.
    heap.malloc(3960);
    expect(headers(heap).at(-1)).toBe(3969);
    // Grows by what is wanted, and not by what its last block lacks.
    heap.malloc(5000);
    expect(heap.stats().heapBytes).toBe(16 + 4096 + 5008);
    heap.malloc(1);
    expect(heap.stats().heapBytes).toBe(16 + 4096 + 5008 + 4096);
    expect(heap.validate()).toBeNull();
  });

  test("growth is merged with a free block at the heap's end", async () => {
    const heap = await heapOf("csapp-implicit-first");
    heap.malloc(2000);
    heap.malloc(4000);
    // 4096 - 2008 were free, and 4096 more came.
    expect(headers(heap)).toEqual([2009, 4009, 4096 - 2008 + 4096 - 4008]);
  });

  test("first, next and best fit take the blocks that they should", async () => {
    const places = async (policy: string) => {
      const heap = await heapOf(policy);
      const blocks = [40, 8, 24, 8, 40, 8].map((size) => heap.malloc(size));
      for (const at of [0, 2, 4]) heap.free(blocks[at] ?? 0);
      // Holes of 48, 32 and 48 bytes; the last block that was found lies behind them.
      const found = [24, 40].map((size) => blocks.indexOf(heap.malloc(size)));
      expect(heap.validate()).toBeNull();
      return found;
    };
    expect(await places("csapp-implicit-first")).toEqual([0, 4]);
    expect(await places("csapp-implicit-best")).toEqual([2, 0]);
    expect(await places("csapp-implicit-next")).toEqual([-1, -1]);
    expect(await places("csapp-explicit-address")).toEqual([0, 4]);
    // The one freed last is the first.
    expect(await places("csapp-explicit-lifo")).toEqual([4, 0]);
  });

  test("first fit looks at 16 blocks of a class of many sizes", async () => {
    for (const later of [15, 16]) {
      const heap = await heapOf({ preset: "segregated", chunk: 0 });
      const large = heap.malloc(700);
      heap.malloc(8);
      const small = Array.from({ length: later }, () => [heap.malloc(520), heap.malloc(8)][0] ?? 0);
      for (const pointer of [large, ...small]) heap.free(pointer);
      const { visited } = heap.stats();
      expect(heap.malloc(690) === large).toBe(later === 15);
      expect(heap.stats().visited - visited).toBe(16);
      expect(heap.validate()).toBeNull();
    }
  });

  test("the rover of next fit moves to the block that swallows its own", async () => {
    const heap = await heapOf("csapp-implicit-next");
    const [a = 0, b = 0] = [heap.malloc(24), heap.malloc(24), heap.malloc(24)];
    heap.free(a);
    // The rover is on the third block: this one is behind it. Then the rover is on the new one.
    const c = heap.malloc(24);
    expect(c).toBeGreaterThan(b);
    heap.free(b);
    heap.free(c);
    // c went into the rest of the heap, and the rover is there.
    expect(heap.malloc(24)).toBe(c);
  });

  test("freed neighbours become one block", async () => {
    const heap = await heapOf("csapp-implicit-first");
    const [a = 0, b = 0, c = 0] = [24, 24, 24, 24].map((size) => heap.malloc(size));
    heap.free(a);
    heap.free(c);
    expect(headers(heap)).toEqual([32, 33, 32, 33, 4096 - 128]);
    heap.free(b);
    expect(headers(heap)).toEqual([96, 33, 4096 - 128]);
    expect(heap.stats()).toMatchObject({ merges: 2, freeBlocks: 2, largestFree: 3968, freeBytes: 4064 });
  });

  test("neighbours are merged when nothing fits, where that is deferred", async () => {
    const heap = await heapOf({ coalescing: "deferred", chunk: 96 });
    const [a = 0, b = 0] = [24, 24, 24].map((size) => heap.malloc(size));
    heap.free(a);
    heap.free(b);
    expect(headers(heap)).toEqual([32, 32, 33]);
    expect(heap.malloc(50)).toBe(a);
    expect(headers(heap)).toEqual([65, 33]);
    const never = await heapOf({ coalescing: "none", chunk: 96 });
    for (const pointer of [24, 24, 24].map((size) => never.malloc(size))) never.free(pointer);
    never.malloc(50);
    expect(headers(never)).toEqual([32, 32, 32, 65, 32]);
  });

  test("only free blocks have footers, where the next header says so", async () => {
    const heap = await heapOf({ footers: "free", minBlock: null, splitThreshold: null, chunk: 64 });
    const a = heap.malloc(4);
    heap.malloc(5);
    // Header 4: 8 and 16 bytes; the first block has allocated ones before it.
    expect(headers(heap)).toEqual([8 + 3, 16 + 3, 40 + 2]);
    heap.free(a);
    expect(headers(heap)).toEqual([8 + 2, 16 + 1, 40 + 2]);
  });

  test("realloc stays where it is if it can, or copies always", async () => {
    const copying = await heapOf("csapp-implicit-first");
    const old = copying.malloc(100);
    copying.write(old, new Uint8Array([1, 2, 3]));
    const moved = copying.realloc(old, 50);
    expect(moved).not.toBe(old);
    expect([...copying.read(moved, 3)]).toEqual([1, 2, 3]);
    expect(copying.stats()).toMatchObject({ copied: 50, inPlace: 0, livePayload: 50, peakPayload: 100 });

    const heap = await heapOf("segregated");
    const a = heap.malloc(100);
    const b = heap.malloc(100);
    const c = heap.malloc(100);
    expect(heap.realloc(a, 40)).toBe(a);
    expect(heap.realloc(a, 100)).toBe(a);
    heap.free(b);
    expect(heap.realloc(a, 190)).toBe(a);
    // At the heap's end, it grows.
    expect(heap.realloc(c, 100_000)).toBe(c);
    expect(heap.stats()).toMatchObject({ copied: 0, inPlace: 4, livePayload: 100_190 });
    expect(heap.realloc(a, 300)).not.toBe(a);
    expect(heap.validate()).toBeNull();
  });

  test.each(Object.keys(heapPresets))(
    "%s: what C says of NULL, of nothing, and of too much",
    async (name) => {
      const heap = await heapOf({ preset: name, limit: 2 ** 20 });
      const nothing = [heap.malloc(0), heap.malloc(0), heap.calloc(0, 8), heap.calloc(8, 0)];
      expect(new Set(nothing).size).toBe(4);
      for (const pointer of nothing) {
        expect(pointer).toBeGreaterThan(HEAP_BASE);
        heap.free(pointer);
      }
      heap.free(0);
      const block = heap.realloc(0, 10);
      expect(heap.size(block)).toBe(10);
      expect(heap.realloc(block, 0)).toBe(0);
      expect(heap.errno).toBeNull();
      expect(heap.stats()).toMatchObject({ liveBlocks: 0, livePayload: 0, failed: 0 });
      for (const size of [2 ** 20, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 63]) expect(heap.malloc(size)).toBe(0);
      expect(heap.errno).toBe("ENOMEM");
      expect(heap.calloc(2 ** 16, 2 ** 16)).toBe(0);
      expect(heap.calloc(2 ** 32, 2 ** 32)).toBe(0);
      expect(heap.stats().failed).toBe(7);
      const kept = heap.malloc(100);
      heap.write(kept, new Uint8Array(100).fill(7));
      expect(heap.realloc(kept, 2 ** 30)).toBe(0);
      expect(heap.errno).toBe("ENOMEM");
      expect(heap.read(kept)).toEqual(new Uint8Array(100).fill(7));
      heap.free(kept);
      // All of it can be had, and no more.
      const all: number[] = [];
      for (let got = heap.malloc(1000); got !== 0; got = heap.malloc(1000)) all.push(got);
      expect(all.length).toBeGreaterThan(500);
      expect(heap.validate()).toBeNull();
      for (const pointer of all) heap.free(pointer);
      expect(heap.malloc(1000)).toBeGreaterThan(0);
      expect(heap.validate()).toBeNull();
    },
  );

  test.each(Object.keys(heapPresets))(
    "%s: aligned blocks, zeroed blocks, blocks that add up",
    async (name) => {
      const heap = await heapOf(name);
      const dirty = heap.malloc(5000);
      heap.write(dirty, new Uint8Array(5000).fill(255));
      heap.free(dirty);
      expect(heap.read(heap.calloc(10, 500)).every((byte) => byte === 0)).toBe(true);
      for (const alignment of [1, 2, 16, 64, 4096, 65_536]) {
        for (const size of [0, 10, 3000, 300_000]) {
          const pointer = heap.aligned(alignment, size);
          expect((pointer - HEAP_BASE) % alignment).toBe(0);
          heap.write(pointer, new Uint8Array(size).fill(alignment));
        }
      }
      for (const alignment of [0, 3, 2 ** 33 + 8, 1.5]) {
        if (alignment === 1.5) expect(() => heap.aligned(alignment, 8)).toThrow("1.5 is no size");
        else expect(heap.aligned(alignment, 8)).toBe(0);
      }
      expect(heap.errno).toBe("EINVAL");
      expect(heap.validate()).toBeNull();
      const { grownBytes, mmapBytes, blockBytes, freeBytes, liveBlocks } = heap.stats();
      const blocks = [...heap.blocks()];
      const sum = (which: typeof blocks) => which.reduce((all, { bytes }) => all + bytes, 0);
      const used = blocks.filter((block) => block.used);
      expect(used).toHaveLength(liveBlocks);
      expect(sum(used)).toBe(blockBytes);
      expect(sum(used.filter(({ mapped }) => mapped))).toBe(mmapBytes);
      expect(sum(blocks.filter(({ used, mapped }) => !used && !mapped))).toBe(freeBytes);
      // The rest is before the first block, and the last header, whose block is nothing.
      expect(grownBytes - (blockBytes - mmapBytes) - freeBytes).toBe((blocks[0]?.start ?? 0) - HEAP_BASE + 4);
    },
  );

  test("large blocks are mapped by themselves, on pages from the limit down", async () => {
    const heap = await heapOf({ preset: "tuned", mmapThreshold: 10_000, limit: 2 ** 20 });
    const end = HEAP_BASE + 2 ** 20;
    const a = heap.malloc(10_000);
    expect(a).toBe(end - 3 * 4096 + 16);
    expect(heap.malloc(9_999)).toBeLessThan(HEAP_BASE + 10_000);
    const b = heap.malloc(20_000);
    expect(b).toBe(end - 8 * 4096 + 16);
    expect(heap.stats()).toMatchObject({ mmapBytes: 8 * 4096, peakMmapBytes: 8 * 4096, liveBlocks: 3 });
    heap.free(a);
    // A hole, while there is something below it; then it is used from its end.
    expect([...heap.blocks()].filter(({ mapped }) => mapped).map(({ used, bytes }) => [used, bytes])).toEqual(
      [
        [true, 5 * 4096],
        [false, 3 * 4096],
      ],
    );
    expect(heap.malloc(10_100)).toBe(a);
    expect(heap.realloc(b, 20_400)).toBe(b);
    expect(heap.realloc(b, 20_500)).not.toBe(b);
    expect(heap.validate()).toBeNull();
  });

  test("what is told of a heap is the share and the bytes that `heap` tells", async () => {
    const heap = await heapOf({ preset: "csapp-implicit-first", mmapThreshold: 10_000 });
    heap.free(heap.malloc(20_000));
    heap.malloc(100);
    heap.malloc(12);
    // 112 and 24 bytes; the 20,000 were on five pages.
    expect(heap.stats()).toMatchObject({
      peakPayload: 20_000,
      grownBytes: 4112,
      peakMmapBytes: 20_480,
      heapBytes: 24_592,
      utilization: 20_000 / 24_592,
      internalFragmentation: 136 - 112,
      externalFragmentation: 0,
    });
    expect((await heapOf({ preset: "tuned" })).stats()).toMatchObject({
      utilization: 0,
      internalFragmentation: 0,
    });
  });

  test("buddies lie at multiples of their size, and grow together again", async () => {
    const heap = await heapOf({ preset: "buddy", chunk: 256 });
    const [a = 0, b = 0] = [heap.malloc(12), heap.malloc(13)];
    expect(headers(heap)).toEqual([17, 16, 33, 64, 128]);
    expect([a - HEAP_BASE, b - HEAP_BASE]).toEqual([8, 40]);
    heap.free(a);
    heap.free(b);
    expect(headers(heap)).toEqual([256]);
    heap.malloc(500);
    // 256 bytes more, and one with what was there.
    expect(headers(heap)).toEqual([513]);
  });

  test("what is no block is no block", async () => {
    const heap = await heapOf("segregated");
    const block = heap.malloc(100);
    const freed = heap.malloc(100);
    heap.free(freed);
    for (const pointer of [
      freed,
      block + 8,
      block - 8,
      1,
      HEAP_BASE,
      -1,
      1.5,
      Number.NaN,
      2 ** 32 + block,
      2 ** 53,
    ]) {
      expect(() => heap.free(pointer)).toThrow("is no block of the heap");
      expect(() => heap.realloc(pointer, 10)).toThrow("is no block of the heap");
      expect(() => heap.read(pointer, 1)).toThrow("is no block of the heap");
    }
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "8" as unknown as number]) {
      expect(() => heap.malloc(size)).toThrow(/malloc: .* is no size; want a whole number from 0 up/);
    }
    expect(() => heap.read(block, 101)).toThrow(
      "read: 101 bytes at 0 of the block at 0x10008, which has 100",
    );
    expect(() => heap.write(block, new Uint8Array(10), 91)).toThrow("write: 10 bytes at 91 of the block");
    expect(() => heap.write(block, new Uint8Array(10), -1)).toThrow("write: 10 bytes at -1 of the block");
    expect(heap.stats()).toMatchObject({ ops: 3, liveBlocks: 1, failed: 0 });
    expect(heap.validate()).toBeNull();
  });
});

test("a heap is made with the options that there are", async () => {
  const saying = async (options: unknown) => Heap.create("tlsf", options as object).catch(String);
  expect(await saying({ modul: 1 })).toMatch(/Heap.create: no option "modul"; did you mean module\?/);
  expect(await saying({ module: {} })).toMatch(/Heap.create: module: an object; want a WebAssembly.Module/);
  expect(await saying(null)).toMatch(/Heap.create: null; want an object of options/);
});

test("an alignment that no heap has room for is none the less one", async () => {
  const heap = await Heap.create({ preset: "dl", limit: 2 ** 24 });
  for (const alignment of [2 ** 32, 2 ** 33, 2 ** 60]) {
    expect([heap.aligned(alignment, 8), heap.errno]).toEqual([0, "ENOMEM"]);
  }
  for (const alignment of [0, 3, 2 ** 32 + 1, 2 ** 53 - 1, 3 * 2 ** 40]) {
    expect([heap.aligned(alignment, 8), heap.errno]).toEqual([0, "EINVAL"]);
  }
  expect(heap.stats().failed).toBe(3);
  expect(heap.aligned(2 ** 12, 8) % 2 ** 12).toBe(0);
});
