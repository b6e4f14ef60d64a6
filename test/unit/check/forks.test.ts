// What a child knows of its parent's memory.

import { describe, expect, test } from "vitest";
import { BUILDS, buildOf } from "../../builds.js";
import { brief, checkLines } from "./text.js";

describe.each(BUILDS)("with the %s core", (build) => {
  const run = async (lines: readonly string[]) => checkLines(lines, { module: await buildOf(build) });

  test("a name means the same in a child, until either gives it away or frees it", async () => {
    const result = await run([
      "malloc p 16 at a.c:1",
      "calloc q 1 16 at a.c:2",
      "fork 2",
      "fork 3",
      "@2 free p at a.c:3",
      "free q at a.c:4",
      "@2 malloc q 64 at a.c:5",
      "@3 L q,8 at a.c:6",
      "@2 L q+40,1 at a.c:7",
      "@2 fork 4",
      "@4 free q at a.c:8",
      "@4 S p,1 at a.c:9",
      "S p,1 at a.c:10",
      "S q,1 at a.c:11",
      "@2 free q at a.c:12",
      "@2 free q at a.c:13",
      "free p at a.c:14",
    ]);
    expect(brief(result).map(({ kind, places }) => [kind, ...places])).toEqual([
      ["uninitialised-read", "a.c:7", "a.c:5", null],
      ["use-after-free-write", "a.c:9", "a.c:1", "a.c:3"],
      ["use-after-free-write", "a.c:11", "a.c:2", "a.c:4"],
      ["double-free", "a.c:13", "a.c:5", "a.c:12"],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("names last over any number of forks", async () => {
    const result = await run([
      "malloc first 8 at a.c:1",
      ...Array.from({ length: 100 }, (_, i) => `@${i + 1} malloc p${i} 8 at a.c:2\n@${i + 1} fork ${i + 2}`),
      "@101 free first at a.c:3",
      "@101 S p40,8 at a.c:4",
      "@101 S p40+8,1 at a.c:5",
      "@101 S first,8 at a.c:6",
      "free first",
    ]);
    expect(brief(result).map(({ places }) => places)).toEqual([
      ["a.c:5", "a.c:2", null],
      ["a.c:6", "a.c:1", "a.c:3"],
    ]);
    expect(result.leaks?.sites).toMatchObject([{ at: "a.c:2", blocks: 100 }]);
  });
});
