// Replays with a collector, of traces that went wrong.

import { describe, expect, test } from "vitest";
import { type GcOptions, type HeapPolicyInput, openTrace, replayHeap } from "../../../src/index.js";
import { BUILDS, buildOf } from "../../builds.js";

const traceOf = (lines: readonly string[]) => openTrace(new TextEncoder().encode(`${lines.join("\n")}\n`));

async function collected(
  build: string,
  lines: readonly string[],
  policy: HeapPolicyInput,
  gc: GcOptions = {},
) {
  const module = await buildOf(build);
  const { policies } = await replayHeap(traceOf(lines), { policies: [policy], gc, samples: 1, module });
  const [result] = policies;
  if (!result?.gc) throw new Error("no collector");
  return { ...result, gc: result.gc };
}

describe.each(BUILDS)("a replay with a collector, on the %s build", (build) => {
  test("realloc to 0 of a block that there was no room for leaves none", async () => {
    const churn = Array.from({ length: 2000 }, (_, i) => [`malloc x${i} 100`, `free x${i}`]).flat();
    const lines = ["malloc a 2G", "realloc a b 0", "malloc c 8", ...churn];
    const { failed, peakBlocks, gc } = await collected(build, lines, { preset: "buddy", limit: 2 ** 24 });
    expect({ failed, peakBlocks }).toEqual({ failed: 1, peakBlocks: 2 });
    expect(gc).toMatchObject({ failed: 1, lostUses: 0, atEnd: { live: { blocks: 1, bytes: 8 } } });
  });

  test("nor is a block left behind where some requests fail and others do not", async () => {
    const policy = { preset: "csapp-explicit-address", limit: 2 ** 18 };
    const lines = ["malloc a 300000", "realloc a b 0", "malloc c 8", "malloc d 200000", "free d", "free c"];
    const { gc } = await collected(build, [...lines, "malloc a 8", "free a", ...lines], policy);
    expect(gc.atEnd).toMatchObject({ live: { blocks: 0, bytes: 0 } });
  });

  test("lazily, what is mapped by itself grows no further than eagerly", async () => {
    const lines = Array.from({ length: 400 }, (_, i) => [`malloc p${i} 100000`, `free p${i}`]).flat();
    const policy = { preset: "dl", mmapThreshold: 4096, limit: 2 ** 24 };
    const eager = await collected(build, lines, policy);
    const lazy = await collected(build, lines, policy, { lazy: true });
    expect(lazy.gc.heapBytes).toBe(eager.gc.heapBytes);
  });

  test("frames are of the thread that runs", async () => {
    const lines = [
      ...["malloc p 16", "malloc q 16", "switch 1 1", "frame push 16 a", "S $a,8 =&q"],
      ...["switch 1 2", "frame push 16 b", "S $b+0,8 =&p", "switch 1 1", "frame pop"],
    ];
    const { gc } = await collected(build, lines, { preset: "tlsf", limit: 2 ** 24 });
    expect(gc.atEnd).toMatchObject({ live: { blocks: 1, bytes: 16 }, collected: { blocks: 1 } });
  });

  test("or of the process that shares its memory, and of a child that goes on", async () => {
    const policy = { preset: "tlsf", limit: 2 ** 24 };
    const shared = ["malloc p 16", "clone 2", "frame push 16 a", "S $a+0,8 =&p", "@2 frame push 16 b"];
    const { gc } = await collected(build, [...shared, "@1 frame pop"], policy);
    expect(gc.atEnd.live.blocks).toBe(0);
    const other = await collected(build, [...shared, "@2 frame pop"], policy);
    expect(other.gc.atEnd.live.blocks).toBe(1);
    const its = ["malloc q 8", "malloc r 8", "malloc s 8"].map((line) => `@2 ${line}`);
    const forked = ["malloc p 16", "frame push 16 a", "S $a+0,8 =&p", "fork 2", ...its];
    const kept = await collected(build, [...forked, "frame pop"], policy);
    expect(kept.gc.atEnd.live.blocks).toBe(1);
    const child = await collected(build, [...forked, "@2 frame pop"], policy);
    expect(child.gc.atEnd.live.blocks).toBe(0);
  });

  test("bytes that are stored say of no block whether it is reachable; a root or a pointer does", async () => {
    const policy = { preset: "tlsf", limit: 2 ** 24 };
    const data = ["malloc p 16", "S p+0,4 =01020304"];
    const { gc } = await collected(build, data, policy);
    expect(gc).toMatchObject({ basis: "frees", atEnd: { live: { blocks: 1 } } });
    for (const told of ["root p", "S p+8,8 =&p"]) {
      const { gc } = await collected(build, [...data, told], policy);
      expect(gc.basis).toBe("contents");
    }
  });

  test("many roots into one block take no time", async () => {
    const lines = ["malloc p 65536", ...Array.from({ length: 40_000 }, (_, i) => `root p+${i}`)];
    const { gc } = await collected(build, lines, { preset: "tlsf", limit: 2 ** 24 });
    expect(gc.atEnd.live.blocks).toBe(1);
  }, 5000);
});
