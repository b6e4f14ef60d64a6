import { describe, expect, test } from "vitest";
import type { CheckResult, HeapResult } from "../../src/index.js";
import { repOf } from "../heapops.js";
import { Folder, pagewalk, succeeded } from "./pagewalk.js";

const folder = new Folder();
const ARGS = ["heap", "--policy", "tlsf", "--leak-check"];

/** A root leads to `head`, by its middle to `text`; a cycle is lost, and what it leads to; `gone` is freed. */
const LINES = [
  "frame push 16 main",
  "malloc head 32 at list.c:3",
  "malloc text 100 at list.c:4",
  "malloc left 16 at ring.c:7",
  "malloc right 16 at ring.c:7",
  "malloc leaf 8",
  "malloc gone 64 at list.c:9",
  "S $main,8 =&head",
  "S head,8 =&text+50",
  "S left,8 =&right",
  "S right,8 =&left",
  "S right+8,8 =&leaf",
  "S $main+8,8 =&gone",
  "free gone",
];
const graph = folder.write("graph.scenario", `${LINES.join("\n")}\n`);

const SITES = [
  { at: "ring.c:7", kind: "definite", bytes: 16, blocks: 1 },
  { at: "ring.c:7", kind: "indirect", bytes: 16, blocks: 1 },
  { at: null, line: 6, kind: "indirect", bytes: 8, blocks: 1 },
  { at: "list.c:4", kind: "possible", bytes: 100, blocks: 1 },
  { at: "list.c:3", kind: "reachable", bytes: 32, blocks: 1 },
];

async function leaksIn(args: readonly string[]): Promise<HeapResult["leaks"]> {
  return succeeded<HeapResult>(await pagewalk([...ARGS, "--json", ...args])).leaks;
}

describe.concurrent("heap --leak-check", () => {
  test("says what pointers lead to a block, by place", async () => {
    expect(await leaksIn([graph])).toEqual({
      basis: "pointers",
      definite: { bytes: 16, blocks: 1 },
      indirect: { bytes: 24, blocks: 2 },
      possible: { bytes: 100, blocks: 1 },
      reachable: { bytes: 32, blocks: 1 },
      runtime: { bytes: 0, blocks: 0 },
      sites: SITES,
    });
  });

  test("the same as check does", async () => {
    const { code, stdout } = await pagewalk(["check", "--json", "--show-reachable", graph]);
    const { leaks } = JSON.parse(stdout) as CheckResult;
    const { areErrors, ...sums } = leaks ?? {};
    expect([code, areErrors]).toEqual([1, true]);
    expect(await leaksIn([graph])).toEqual(sums);
  });

  test("as text", async () => {
    const { code, stdout } = await pagewalk([...ARGS, graph]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Leaks\n.*\n {2}definitely lost +16 +1\n {2}indirectly lost +24 +2$/m);
    expect(stdout).toMatch(/^Allocated at$/m);
    expect(stdout).toMatch(/^ {2}ring\.c:7 +16 +1 +definite$/m);
    expect(stdout).toMatch(new RegExp(`^ {2}${graph}:6 +8 +1 +indirect$`, "m"));
    expect(stdout).toMatch(/^ {2}list\.c:3 +32 +1 +reachable$/m);
  });

  test("is left out where it was not asked for", async () => {
    const result = succeeded<HeapResult>(await pagewalk(["heap", "--policy", "tlsf", "--json", graph]));
    expect(result).not.toHaveProperty("leaks");
  });

  test.each([
    ["leaks.definite.bytes > 0", 1],
    ["leaks.definite.blocks > 1", 0],
  ])("--fail-if %s", async (condition, code) => {
    expect((await pagewalk([...ARGS, "--fail-if", condition, graph])).code).toBe(code);
  });

  test("of a trace that tells nothing of memory: never freed, where the block was asked for last", async () => {
    const lines = ["a 0 100", "a 1 5", "a 2 4294967296", "r 0 40", "f 1", "a 1 7", "r 1 4294967295"];
    const trace = folder.write("plain.rep", repOf(lines));
    expect(await leaksIn([trace])).toMatchObject({
      basis: "never-freed",
      definite: { bytes: 47, blocks: 2 },
      sites: [
        { at: null, line: 8, kind: "definite", bytes: 40, blocks: 1 },
        { at: null, line: 10, kind: "definite", bytes: 7, blocks: 1 },
      ],
    });
    const { stdout } = await pagewalk([...ARGS, trace]);
    expect(stdout).toMatch(/^Never freed\n.*\n {2}never freed +47 +2$/m);
  });

  test("what there was no room for is no block", async () => {
    const lines = ["malloc large 1M", "malloc small 8", "malloc lost 24", "root small"];
    const trace = folder.write("full.scenario", `${lines.join("\n")}\n`);
    expect(await leaksIn(["--set", "limit=64K", trace])).toMatchObject({
      definite: { bytes: 24, blocks: 1 },
      reachable: { bytes: 8, blocks: 1 },
    });
  });

  test("after so many operations, and nothing", async () => {
    const trace = folder.write("freed.rep", repOf(["a 0 8", "f 0"]));
    expect((await leaksIn(["--limit", "1", trace]))?.definite).toEqual({ bytes: 8, blocks: 1 });
    const { stdout } = await pagewalk([...ARGS, trace]);
    expect(stdout).toContain("\n\nNo block is live at the end.\n\n");
  });

  test("what run-time libraries keep for themselves is a class of its own", async () => {
    const trace = folder.write(
      "c.scenario",
      "malloc 0x1000 1024 at /lib/libc.so.6+0x7f3a\nmalloc 0x2000 8 at a.c:1\n",
    );
    expect(await leaksIn([trace])).toMatchObject({
      definite: { bytes: 8, blocks: 1 },
      runtime: { bytes: 1024, blocks: 1 },
    });
  });

  test("of a child, what it allocated itself", async () => {
    const lines = [
      "malloc a 8 at a.c:1",
      "fork 2",
      "@2 malloc b 16 at a.c:2",
      "@2 malloc c 32 at a.c:3",
      "@2 free c",
    ];
    const trace = folder.write("fork.scenario", `${lines.join("\n")}\n`);
    expect((await leaksIn(["--process", "2", trace]))?.sites.map(({ at }) => at)).toEqual(["a.c:2"]);
  });
});
