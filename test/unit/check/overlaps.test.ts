// Blocks that lie where others are, or were: captured and adopted ones may be anywhere.

import { describe, expect, test } from "vitest";
import { CheckedHeap } from "../../../src/check/checkedheap.js";
import { BUILDS, buildOf } from "../../builds.js";
import { brief, checkLines } from "./text.js";

describe.each(BUILDS)("with the %s core", (build) => {
  const run = async (lines: readonly string[], options = {}) =>
    checkLines(lines, { module: await buildOf(build), ...options });
  const told = async (lines: readonly string[]) =>
    brief(await run(lines)).map(({ kind, places }) => [kind, places[0]]);

  test("a captured block over freed blocks takes them out of the quarantine", async () => {
    const three = ["p", "q", "r"];
    const result = await run(
      [
        ...three.map((id) => `malloc ${id} 16 at a.c:1`),
        ...three.map((id) => `free ${id} at a.c:2`),
        "malloc 0x100000000010 96 at a.c:3",
        ...["s", "t", "u"].flatMap((id) => [`malloc ${id} 90 at a.c:4`, `free ${id} at a.c:5`]),
        "L u,8 at a.c:6",
        "free 0x100000000010",
      ],
      { quarantine: 100 },
    );
    expect(brief(result).map(({ kind, places }) => [kind, ...places])).toEqual([
      ["use-after-free-read", "a.c:6", "a.c:4", "a.c:5"],
    ]);
    expect(result.heap).toMatchObject({ allocations: 7, frees: 7 });
  });

  test("an adopted block does, too, and memory that an allocator gave back", async () => {
    const heap = await CheckedHeap.create({ module: await buildOf(build) });
    const [a, b, c] = [heap.malloc(16), heap.malloc(16), heap.malloc(16)];
    for (const address of [b, a, c]) heap.free(address);
    heap.adopt(a, 96);
    for (let i = 0; i < 3; i++) heap.free(heap.malloc(21_000_000));
    expect(heap.errors).toEqual([]);
    expect(heap.free(a)).toBeUndefined();
    const given = await run(
      [
        "malloc p 16",
        "free p",
        "allocator unmap 0x100000000000 4K",
        "malloc q 90",
        "free q",
        "malloc r 90",
        "free r",
      ],
      { quarantine: 100 },
    );
    expect(given.errors).toEqual([]);
  });

  test("a block is never placed over a captured one", async () => {
    expect(
      await told([
        "malloc 0x100000000040 64",
        "malloc p 8",
        "malloc q 100",
        "S p,8",
        "free q",
        "S 0x100000000040,64",
      ]),
    ).toEqual([]);
  });

  test("a free of a block that another was given over frees what is there", async () => {
    const lines = [
      "malloc p 16 at a.c:1",
      "malloc 0x100000000010 16 at a.c:2",
      "S p,8 at a.c:3",
      "free p at a.c:4",
    ];
    const result = await run([...lines, "free 0x100000000010 at a.c:5", "free p at a.c:6"]);
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([
      ["overlap", "a.c:2"],
      ["double-free", "a.c:5"],
      ["double-free", "a.c:6"],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
    expect(result.heap).toMatchObject({ allocations: 2, frees: 1 });
  });

  test("so does a realloc, which gives a new block", async () => {
    const result = await run([
      "malloc p 16 at a.c:1",
      "malloc 0x100000000008 16 at a.c:2",
      "realloc p q 32 at a.c:3",
      "S q,32",
      "free q",
      "free 0x100000000008",
    ]);
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([
      ["overlap", "a.c:2"],
      ["invalid-free", "a.c:3"],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("a block that was freed by its address is freed, whatever its name", async () => {
    const result = await run([
      "malloc p 16",
      "free 0x100000000010",
      "free p at a.c:3",
      "malloc q 8",
      "free q",
    ]);
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([["double-free", "a.c:3"]]);
    expect(result.heap).toMatchObject({ allocations: 2, frees: 2 });
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("frames under blocks, and blocks under frames", async () => {
    const result = await run([
      "frame push 16 f at a.c:1",
      "malloc 0x4001ffffefe0 64 at a.c:2",
      "frame pop",
      "frame push 16 f at a.c:4",
      "S $f,16",
      "frame pop",
    ]);
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([
      ["overlap", "a.c:2"],
      ["overlap", "a.c:4"],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("a realloc that gave the null pointer leaves the old block", async () => {
    const result = await run([
      "malloc 0x1000 16 at a.c:1",
      "realloc 0x1000 0x0 100 at a.c:2",
      "L 0x1000,4 at a.c:3",
      "L 0x10,4 at a.c:4",
      "free 0x1000 at a.c:5",
    ]);
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([["unmapped", "a.c:4"]]);
    expect(result.heap).toMatchObject({ allocations: 1, frees: 1, failed: 1 });
  });
});
