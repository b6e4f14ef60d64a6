import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GcResult, HeapResult } from "../../src/index.js";
import { repOf } from "../heapops.js";
import { Program } from "../oracle/heap/program.js";
import { expectNothing, Folder, pagewalk, ROOT, succeeded } from "./pagewalk.js";

const GRAPH = join(ROOT, "traces/graph.scenario");
const LINES = linesOf(3000);
const FREED = new Folder().write("freed.rep", repOf(LINES, 3000));

/** Operations of a program with some 200 blocks of up to 2 KB; most are freed soon, some resized, and what is left at the end is not. */
function linesOf(count: number): string[] {
  let state = 1;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const live: number[] = [];
  return Array.from({ length: count }, (_, id) => {
    const kind = draw(10);
    const place = live.length - 1 - draw(Math.min(live.length, 1 + draw(200)));
    if (live.length < 100 || (kind < 5 && live.length < 200)) {
      live.push(id);
      return `a ${id} ${8 + draw(2000)}`;
    }
    if (kind === 9) return `r ${live[place]} ${8 + draw(4000)}`;
    return `f ${live.splice(place, 1)[0]}`;
  });
}

async function collected(trace: string, ...args: string[]) {
  const outcome = await pagewalk(["heap", "--json", "--policy", "tlsf", ...args, trace]);
  const [policy] = succeeded<HeapResult>(outcome).policies;
  if (!policy?.gc) throw new Error("no collector");
  return { policy, gc: policy.gc };
}

/** The collections of a trace of the malloc lab, by a program with Maps. */
function programOf(lines: readonly string[]): Program {
  const program = new Program({ interior: true, precise: false, growth: 2, isTold: false });
  for (const line of lines) {
    const [verb, id = "", size] = line.split(" ");
    if (verb === "a") program.malloc(id, Number(size));
    else if (verb === "r") program.realloc(id, Number(size));
    else program.free(id);
  }
  return program;
}

function sumOf({ pauses }: Pick<GcResult, "pauses">, of: "wordsMarked" | "blocksSwept"): number {
  return pauses.reduce((sum, pause) => sum + pause[of], 0);
}

describe.concurrent("heap --gc of a trace that frees", () => {
  test("collects what the trace had freed, and marks what it had not", async () => {
    const { policy, gc } = await collected(FREED, "--gc");
    const program = programOf(LINES);
    expect(gc.pauses.length).toBeGreaterThan(1);
    expect(gc.pauses.map(({ blocksSwept: _, ...pause }) => pause)).toEqual(program.pauses);
    expect(gc.atEnd).toEqual(program.atEnd());
    expect(gc).toMatchObject({
      basis: "frees",
      collections: program.pauses.length,
      wordsMarked: sumOf(program as never, "wordsMarked"),
      blocksSwept: sumOf(gc, "blocksSwept"),
      failed: 0,
      lostUses: 0,
      falselyRetained: null,
    });
    // Garbage that is not collected yet takes room.
    expect(gc.heapBytes).toBeGreaterThan(policy.heapBytes);
    expect(gc.utilization).toBeCloseTo(policy.peakPayload / gc.heapBytes, 12);
  });

  test("lazily, the pause is the marking alone", async () => {
    const { gc } = await collected(FREED, "--gc", "--gc-lazy");
    expect(gc.pauses.map(({ wordsMarked }) => wordsMarked)).toEqual(
      programOf(LINES).pauses.map(({ wordsMarked }) => wordsMarked),
    );
    expect([sumOf(gc, "blocksSwept"), gc.lazy]).toEqual([0, true]);
    expect(gc.sweptAtOnce).toBeGreaterThan(0);
    expect(gc.blocksSwept).toBeGreaterThan(gc.sweptAtOnce);
  });

  test("more growth, fewer collections", async () => {
    const counts = await Promise.all(
      ["1", "2", "20"].map(async (growth) => (await collected(FREED, "--gc-growth", growth)).gc.collections),
    );
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts[0]).toBeGreaterThan(counts[2] ?? 0);
  });

  test("precisely: there is nothing to be precise about", async () => {
    expectNothing(
      await pagewalk(["heap", "--gc-precise", FREED]),
      2,
      "E_OPTION",
      /says of no word whether it is a pointer/,
    );
  });
});

describe.concurrent("heap --gc of a graph", () => {
  test("what a number keeps, and what interior pointers do", async () => {
    const { gc } = await collected(GRAPH, "--gc");
    expect(gc).toMatchObject({ basis: "contents", interior: true, collections: 2, lostUses: 0 });
    expect(gc.falselyRetained).toEqual({ blocks: 1, bytes: 16_384 });
    // A list of 16, the table and the text, and the buffer.
    const live = { blocks: 16 + 2 + 1, bytes: 16 * 2048 + 512 + 6144 + 16_384 };
    expect(gc.atEnd).toMatchObject({ live, falselyRetained: { blocks: 1, bytes: 16_384 } });
  });

  test("precisely, the buffer is garbage", async () => {
    const { gc } = await collected(GRAPH, "--gc-precise");
    expect(gc).toMatchObject({ precise: true, lostUses: 0, falselyRetained: null });
    expect(gc.atEnd.live).toEqual({ blocks: 18, bytes: 16 * 2048 + 512 + 6144 });
  });

  test("by starts alone, the text is lost, which is still in use", async () => {
    const { gc } = await collected(GRAPH, "--gc-interior", "no");
    expect(gc).toMatchObject({ interior: false, lostUses: 1, falselyRetained: { blocks: 0, bytes: 0 } });
    expect(gc.atEnd.live).toEqual({ blocks: 17, bytes: 16 * 2048 + 512 });
  });

  test("as text: heap and work beside those of malloc and free", async () => {
    const { policy, gc } = await collected(GRAPH, "--gc");
    const { code, stdout } = await pagewalk(["heap", "--policy", "tlsf", "--gc", GRAPH]);
    expect(code).toBe(0);
    const row = (heading: string) => {
      const [, rows = ""] = stdout.split(heading);
      return (/^ {2}tlsf +(.*)$/m.exec(rows)?.[1] ?? "")
        .split(/ {2,}/)
        .map((cell) => cell.replaceAll(",", ""));
    };
    const sizes = row("Heaps with a collector instead of free");
    expect(sizes.slice(0, 2)).toEqual([policy.heapBytes, gc.heapBytes].map(String));
    expect(sizes.slice(5, 7)).toEqual([policy.work.visited, gc.visited].map(String));
    const most = Math.max(...gc.pauses.map(({ wordsMarked }) => wordsMarked));
    expect(row("Work of the collector").slice(0, 3)).toEqual([2, gc.wordsMarked, most].map(String));
    expect(stdout).toContain("Only words that are no pointers keep 1 blocks of 16 KiB then");
  });

  test.each([
    [["--gc-interior", "maybe"], /want yes or no/],
    [["--gc-growth", "0.5"], /want a number from 1 to 1000/],
  ])("%j", async (args, says) => {
    expectNothing(await pagewalk(["heap", ...args, GRAPH]), 2, "E_OPTION", says);
  });
});
