import { describe, expect, test } from "vitest";
import { CheckedHeap } from "../../../src/check/checkedheap.js";
import { littleEndian } from "../../../src/trace/pointers.js";
import { BUILDS, buildOf } from "../../builds.js";

const lines = (...numbers: number[]) => numbers.map((line) => ({ file: "a.c", line }));

describe.each(BUILDS)("with the %s core", (build) => {
  const create = async (options = {}) => CheckedHeap.create({ module: await buildOf(build), ...options });

  test("loads and stores say what is wrong with them", async () => {
    const heap = await create();
    const p = heap.malloc(40, "a.c:1");
    expect(p % 16n).toBe(0n);
    expect(heap.store(p, 4, "a.c:2")).toBeUndefined();
    expect(heap.load(p, 4)).toBeUndefined();
    expect(heap.load(p + 4n, 4, "a.c:3")).toMatchObject({ kind: "uninitialised-read", access: "a.c:3" });
    expect(heap.store(p + 40n, 4, { file: "a.c", line: 4 })).toMatchObject({
      kind: "invalid-write",
      size: 4,
      va: `0x${(p + 40n).toString(16)}`,
      block: { size: 40, where: "after", offset: 0 },
      access: "a.c:4",
      allocated: "a.c:1",
      freed: null,
      count: 1,
    });
    expect(heap.store(p + 40n, 4, "a.c:4")).toMatchObject({ count: 2 });
    expect(heap.load(0n, 8)).toMatchObject({ kind: "unmapped", block: null });
    expect(heap.free(p, "a.c:5")).toBeUndefined();
    expect(heap.load(p, 1, "a.c:6")).toMatchObject({ kind: "use-after-free-read", freed: "a.c:5" });
    expect(heap.free(p)).toMatchObject({ kind: "double-free" });
    expect(heap.free(p + 8n)).toMatchObject({ kind: "invalid-free" });
    expect(heap.free(0n)).toBeUndefined();
    expect(heap.errors.map(({ kind }) => kind)).toEqual([
      "uninitialised-read",
      "invalid-write",
      "unmapped",
      "use-after-free-read",
      "double-free",
      "invalid-free",
    ]);
    expect(Object.isFrozen(heap.errors[0])).toBe(true);
  });

  test("requests that cannot be met give 0n", async () => {
    const heap = await create({ heapLimit: 1000 });
    const p = heap.malloc(600);
    expect(p).not.toBe(0n);
    expect(heap.malloc(600)).toBe(0n);
    expect(heap.errors).toEqual([]);
    expect(heap.malloc(2n ** 64n - 8n, "a.c:3")).toBe(0n);
    expect(heap.calloc(2n ** 40n, 2 ** 40, "a.c:4")).toBe(0n);
    expect(heap.realloc(p, 2000)).toBe(0n);
    expect(heap.errors.map(({ kind, access }) => [kind, access])).toEqual([
      ["size-confusion", "a.c:3"],
      ["size-overflow", "a.c:4"],
    ]);
    expect(heap.store(p, 600)).toBeUndefined();
    expect(heap.realloc(p, 0)).toBe(0n);
    expect(heap.malloc(600)).not.toBe(0n);
  });

  test("realloc keeps what is written, and frees", async () => {
    const heap = await create();
    const p = heap.realloc(0n, 16, "a.c:1");
    heap.store(p, 8);
    const q = heap.realloc(p, 32, "a.c:3");
    expect(heap.load(q, 8)).toBeUndefined();
    expect(heap.load(q + 8n, 8)?.kind).toBe("uninitialised-read");
    expect(heap.load(p, 8)).toMatchObject({
      kind: "use-after-free-read",
      allocated: "a.c:1",
      freed: "a.c:3",
    });
    const zeros = heap.calloc(4, 8);
    expect(heap.load(zeros + 24n, 8)).toBeUndefined();
    expect(heap.realloc(p, 8, "a.c:7")).not.toBe(0n);
    expect(heap.errors.at(-1)).toMatchObject({ kind: "double-free", access: "a.c:7" });
  });

  test("frames, other memory, and blocks of another allocator", async () => {
    const heap = await create();
    const frame = heap.pushFrame(32, "main", "m.c:1");
    expect(heap.store(frame, 32)).toBeUndefined();
    expect(heap.load(frame + 32n, 8)).toMatchObject({
      kind: "stack-overflow",
      block: { frame: true, name: "$main" },
    });
    heap.popFrame("m.c:9");
    expect(heap.load(frame, 8)).toMatchObject({ kind: "dead-frame", allocated: "m.c:1", freed: "m.c:9" });
    expect(heap.load(0x601000n, 8)?.kind).toBe("unmapped");
    heap.map(0x601000n, 64);
    expect(heap.load(0x601000n, 8)).toBeUndefined();

    const other = await create({ uninitialised: true });
    other.adopt(0x8000_0010n, 24, "a.c:1");
    expect(other.load(0x8000_0010n, 4)?.kind).toBe("uninitialised-load");
    expect(other.store(0x8000_0028n, 4)).toMatchObject({ kind: "invalid-write", allocated: "a.c:1" });
    expect(other.load(0x9000_0000n, 4)).toBeUndefined();
    expect(other.free(0x8000_0010n)).toBeUndefined();
  });

  test("leaks by pointers, once bytes or roots are known; before that, all that is live", async () => {
    const heap = await create();
    const [a, b, c] = [heap.malloc(16, "a.c:1"), heap.malloc(16, "a.c:2"), heap.malloc(16, "a.c:2")];
    expect(heap.leaks()).toMatchObject({ basis: "never-freed", definite: { bytes: 48, blocks: 3 } });
    heap.store(a, littleEndian(b, 8));
    heap.addRoot(a);
    expect(heap.leaks()).toMatchObject({
      basis: "pointers",
      reachable: { bytes: 32, blocks: 2 },
      definite: { bytes: 16, blocks: 1 },
      sites: [
        { at: "a.c:2", kind: "definite", blocks: 1 },
        { at: "a.c:1", kind: "reachable", blocks: 1 },
        { at: "a.c:2", kind: "reachable", blocks: 1 },
      ],
    });
    expect(heap.blocks().map(({ address, kind }) => [BigInt(address), kind])).toEqual([
      [a, "reachable"],
      [b, "reachable"],
      [c, "definite"],
    ]);
  });

  test("an error that was found before is told of as it is now, with how often it was", async () => {
    const heap = await create();
    const [p, q] = [heap.malloc(16, "a.c:1"), heap.malloc(16, "a.c:2")];
    heap.store(p + 16n, 4, "a.c:3");
    heap.store(q + 16n, 4, "a.c:4");
    expect(heap.store(p + 20n, 2, "a.c:3")).toMatchObject({
      access: "a.c:3",
      va: `0x${(p + 20n).toString(16)}`,
      size: 2,
      block: { offset: 4 },
      count: 2,
    });
    heap.free(p, "a.c:5");
    heap.free(p, "a.c:6");
    heap.load(q + 16n, 1, "a.c:7");
    expect(heap.free(p, "a.c:6")).toMatchObject({ kind: "double-free", access: "a.c:6", count: 2 });
  });

  test("so is one that is too much for the list", async () => {
    const heap = await create();
    const p = heap.malloc(8, "a.c:1");
    for (let line = 1; line <= 131_072; line++) heap.load(p + 8n, 8, { file: "b.c", line });
    expect(heap.load(p + 9n, 1, "c.c:1")).toMatchObject({ kind: "invalid-read", access: "c.c:1", count: 1 });
    expect(heap.load(p + 8n, 8, "b.c:9")).toMatchObject({ access: "b.c:9", count: 2 });
  });

  test("places and options that make no sense are errors", async () => {
    const heap = await create();
    for (const place of [
      5,
      null,
      { file: "a.c" },
      { file: 1, line: 1 },
      ...lines(2 ** 40, -1, 1.5, 2 ** 32),
    ]) {
      expect(() => heap.malloc(8, place as never)).toThrow(
        / is no place; want FILE:LINE, or \{ file, line \}/,
      );
      expect(() => heap.free(0n, place as never)).toThrow(/ is no place/);
    }
    for (const place of ["a.c:7", "a.c", "C:\\a.c:99999999999", ...lines(0, 2 ** 32 - 1)])
      heap.malloc(1, place);
    expect(heap.blocks().map(({ at }) => at)).toEqual([
      "a.c:7",
      "a.c",
      "C:\\a.c:99999999999",
      "a.c",
      "a.c:4294967295",
    ]);
    await expect(create({ heaplimit: 100 })).rejects.toThrow(
      /^CheckedHeap.create: no option "heaplimit"; did you mean heapLimit\? \(options: redzone, quarantine, heapLimit, .*, module\)$/,
    );
  });

  test("calls that make no sense are errors", async () => {
    const heap = await create();
    for (const [call, why] of [
      [() => heap.malloc(-1), /malloc: "-1" is no whole number/],
      [() => heap.malloc(1.5), /malloc/],
      [() => heap.free(5 as unknown as bigint), /free: "5" is no address/],
      [() => heap.load(0n, 0), /load: 0 bytes; want 1 to 1048576/],
      [() => heap.store(0n, 2 ** 21), /store: 2097152 bytes/],
      [() => heap.store(-1n, 4), /store: "-1" is no address/],
      [() => heap.realloc(0n, -4), /realloc/],
      [() => heap.map(0n, -1), /map/],
    ] as const) {
      expect(call).toThrow(why);
    }
    expect(heap.errors).toEqual([]);
  });
});
