import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { type HeapPolicyInput, resolvePolicy } from "../../src/heap/policy.js";
import { BUILDS, buildOf } from "../builds.js";
import { CoreHeap } from "../heap.js";

describe.each(BUILDS)("the %s build sees", (build) => {
  /** Blocks of 24 bytes in slots 0 to 5, every other one freed; then `spoil` writes a word at an offset from a block's header. */
  const faultOf = async (
    policy: HeapPolicyInput,
    slot: number,
    offset: number,
    word: (old: number) => number,
  ) => {
    const core = await Core.create(await buildOf(build));
    const heap = new CoreHeap(core, resolvePolicy({ limit: 2 ** 16, chunk: 1024, ...policy }));
    const slots = [0, 1, 2, 3, 4, 5];
    expect(heap.run(slots.map((slot) => ({ op: "malloc", slot, size: 24 })))).toBeNull();
    const places = slots.map((slot) => heap.pointer(slot));
    const freed = slots.filter((slot) => slot % 2 === 1);
    expect(heap.run(freed.map((slot) => ({ op: "free", slot, size: 0 })))).toBeNull();
    const view = core.u32((core.exports.heapBase() >>> 0) + (places[slot] ?? 0) - 4 + offset, 1);
    view[0] = word(view[0] ?? 0);
    const fault = core.exports.validateHeap();
    const { HeapFault } = core.enums;
    return Object.entries(HeapFault).find(([, value]) => value === fault)?.[0];
  };
  const lists = { preset: "csapp-explicit-lifo" };

  test("a size that is none", async () => {
    expect(await faultOf(lists, 2, 0, () => 0)).toBe("Size");
    expect(await faultOf(lists, 2, 0, () => 12 + 1)).toBe("Size");
    expect(await faultOf(lists, 2, 0, () => 65_536 + 1)).toBe("Size");
    expect(await faultOf(lists, 2, 0, (old) => old | 4)).toBe("Size");
  });

  test("a footer, or a bit of the next header, that is wrong", async () => {
    expect(await faultOf(lists, 2, 28, (old) => old + 8)).toBe("Footer");
    expect(await faultOf(lists, 3, 28, (old) => old | 1)).toBe("Footer");
    expect(await faultOf({ preset: "tuned", chunk: 1024 }, 2, 0, (old) => old ^ 2)).toBe("Previous");
  });

  test("free neighbours", async () => {
    // Header and footer of an allocated block between two free ones say that it is free.
    expect(await faultOf({ preset: "tuned", chunk: 1024 }, 2, 0, (old) => old & ~1)).toBe("Neighbours");
  });

  test.each(["csapp-explicit-lifo", "csapp-explicit-address", "segregated", "tlsf", "tuned", "buddy"])(
    "links of %s that contradict each other, or lead to no free block",
    async (preset) => {
      expect(await faultOf({ preset }, 1, 4, (old) => old + 32)).toMatch(/Links|FreeList/);
      expect(await faultOf({ preset }, 3, 8, (old) => old + 32)).toMatch(/Links|FreeList/);
    },
  );

  test("a payload that was written to by another", async () => {
    const core = await Core.create(await buildOf(build));
    const heap = new CoreHeap(core, resolvePolicy({ preset: "tlsf", limit: 2 ** 16 }));
    for (const [size, at] of [
      [24, 0],
      [24, 23],
      [21, 20],
    ] as const) {
      expect(heap.run([{ op: "malloc", slot: 1, size }])).toBeNull();
      const [byte] = core.bytes((core.exports.heapBase() >>> 0) + heap.pointer(1) + at, 1);
      core.bytes((core.exports.heapBase() >>> 0) + heap.pointer(1) + at, 1)[0] = (byte ?? 0) ^ 1;
      expect(heap.run([{ op: "free", slot: 1, size: 0 }])).toBe("a payload is not what was written there");
      expect(core.results()[core.enums.Result.Consumed]).toBe(0);
      expect(heap.pointer(1)).not.toBe(0);
      core.exports.runOps(0, 1);
    }
  });

  test("what is no operation", async () => {
    const core = await Core.create(await buildOf(build));
    new CoreHeap(core, resolvePolicy({ preset: "tlsf", limit: 2 ** 16 }));
    const words = core.u32(core.exports.opsBuffer(3), 6);
    words.set([7, 8, 5 * 2 ** 28 + 7, 8, 8, 8]);
    expect(core.exports.runOps(0, 3)).toBe(core.enums.Status.BadRecord);
    expect(core.results()[core.enums.Result.Consumed]).toBe(1);
    expect(core.exports.runOps(0, 4)).toBe(core.enums.Status.BadRecord);
  });
});
