import fc from "fast-check";
import { expect, test } from "vitest";
import { HEAP_BASE, Heap } from "../../src/heap/heap.js";
import { heapPresets } from "../../src/heap/policy.js";
import { buildOf, runs } from "../builds.js";

const size = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 20_000 }),
  fc.constant(2 ** 33),
);
const step = fc.record({
  call: fc.constantFrom(
    "malloc",
    "malloc",
    "malloc",
    "calloc",
    "aligned",
    "realloc",
    "realloc",
    "free",
    "free",
  ),
  which: fc.nat(),
  size,
  byte: fc.integer({ min: 1, max: 255 }),
  bits: fc.integer({ min: 0, max: 13 }),
});

test.each(Object.keys(heapPresets))("%s keeps what is written into its blocks", async (preset) => {
  const module = await buildOf("release");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 400, size: "max" }), async (steps) => {
      const heap = await Heap.create({ preset, limit: 2 ** 20, mmapThreshold: 9000 }, { module });
      const live = new Map<number, Uint8Array>();
      let failed = 0;
      for (const { call, which, size, byte, bits } of steps) {
        const pointers = [...live.keys()];
        const pointer = pointers[which % (pointers.length + 1)] ?? 0;
        if (call === "free") {
          heap.free(pointer);
          live.delete(pointer);
        } else {
          const old = call === "realloc" ? live.get(pointer) : undefined;
          const got = requested();
          if (got === 0) {
            if (!(call === "realloc" && size === 0 && pointer !== 0)) {
              failed++;
              expect(heap.errno).toBe("ENOMEM");
              continue;
            }
          }
          if (call === "realloc") live.delete(pointer);
          if (got !== 0) took(got, old);
        }
        expect(heap.validate()).toBeNull();

        function requested(): number {
          if (call === "malloc") return heap.malloc(size);
          if (call === "calloc") return heap.calloc(size, 1);
          if (call === "aligned") return heap.aligned(2 ** bits, size);
          return heap.realloc(pointer, size);
        }

        function took(got: number, old: Uint8Array | undefined): void {
          expect(live.has(got)).toBe(false);
          expect(heap.size(got)).toBe(size);
          expect((got - HEAP_BASE) % (call === "aligned" ? 2 ** bits : heap.policy.alignment)).toBe(0);
          const kept = old?.subarray(0, size) ?? new Uint8Array(call === "calloc" ? size : 0);
          expect(Buffer.compare(heap.read(got, kept.length), kept)).toBe(0);
          const bytes = new Uint8Array(size).fill(byte);
          heap.write(got, bytes);
          live.set(got, bytes);
        }
      }
      for (const [pointer, bytes] of live) expect(Buffer.compare(heap.read(pointer), bytes)).toBe(0);
      const payload = [...live.values()].reduce((sum, { length }) => sum + length, 0);
      expect(heap.stats()).toMatchObject({ failed, livePayload: payload, liveBlocks: live.size });
    }),
    { numRuns: runs(5, 200) },
  );
});
