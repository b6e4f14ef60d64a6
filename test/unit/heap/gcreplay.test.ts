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
});
