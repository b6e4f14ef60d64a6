// Whose frames are on which stack.

import { describe, expect, test } from "vitest";
import { BUILDS, buildOf } from "../../builds.js";
import { brief, checkLines } from "./text.js";

describe.each(BUILDS)("with the %s core", (build) => {
  const told = async (lines: readonly string[]) => {
    const result = await checkLines(lines, { module: await buildOf(build) });
    return brief(result).map(({ kind, places }) => [kind, places[0]]);
  };

  test("processes that share their memory have stacks of their own", async () => {
    expect(
      await told([
        "clone 2",
        "frame push 16 a at t.c:1",
        "@2 frame push 16 b at t.c:2",
        "@2 frame pop at t.c:3",
        "S $a,8 at t.c:4",
        "@2 S $b,8 at t.c:5",
        "@2 frame push 16 c at t.c:6",
        "frame pop at t.c:7",
        "@2 S $c,8 at t.c:8",
        "S $a,8 at t.c:9",
        "@2 exit",
        "S $c,8 at t.c:10",
      ]),
    ).toEqual([
      ["dead-frame", "t.c:5"],
      ["dead-frame", "t.c:9"],
      ["dead-frame", "t.c:10"],
    ]);
  });

  test("a child has its parent's stack", async () => {
    expect(
      await told([
        "frame push 16 a",
        "S $a,16",
        "fork 2",
        "@2 S $a,8",
        "@2 frame pop",
        "@2 S $a,8 at t.c:1",
        "S $a,8",
      ]),
    ).toEqual([["dead-frame", "t.c:1"]]);
  });
});
