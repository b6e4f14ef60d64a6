import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/index.js";
import { expectNothing, Folder, type Outcome, pagewalk, shell } from "./pagewalk.js";

const folder = new Folder();

/** A block that is written one too far, at list.c:3; one that is never freed, of list.c:4; one that roots lead to, of list.c:5. */
const LINES = [
  "malloc one 8 at list.c:2",
  "S one+8,4 at list.c:3",
  "malloc lost 24 at list.c:4",
  "malloc kept 40 at list.c:5",
  "root kept",
  "S kept+0,8 =&kept at list.c:6",
  "free one at list.c:7",
];
const wrong = folder.write("wrong.scenario", `${LINES.join("\n")}\n`);
const clean = "traces/errors/clean.scenario";

function check(...args: string[]): Promise<Outcome> {
  return pagewalk(["check", ...args]);
}

/** What is found, which is what the exit code says, too. */
async function found(...args: string[]): Promise<CheckResult> {
  const { code, stdout, stderr } = await check("--json", ...args);
  expect(stderr).toBe("");
  const result = JSON.parse(stdout) as CheckResult;
  expect(code).toBe(result.errors.length > 0 || result.leaks?.areErrors ? 1 : 0);
  return result;
}

describe.concurrent("check", () => {
  test("tells of each error and each place that leaks, and exits with 1", async () => {
    const { code, stdout, stderr } = await check(wrong);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    for (const part of [
      /^invalid-write: store of 4 bytes at 0x[0-9a-f]+, 0 bytes after a block of 8 bytes \(one\)$/m,
      /^ {4}at list\.c:3$/m,
      /^ {4}allocated at list\.c:2$/m,
      /^ +definitely lost +24 +1$/m,
      /^ +still reachable +40 +1$/m,
      /^ +list\.c:4 +24 +1 +definite$/m,
    ])
      expect(stdout).toMatch(part);
    expect(stdout).not.toContain("list.c:5");
    expect((await check("--show-reachable", wrong)).stdout).toMatch(/^ +list\.c:5 +40 +1 +reachable$/m);
  });

  test("finds nothing in a clean trace, from standard input, too, and exits with 0", async () => {
    const { errors, leaks } = await found(clean);
    expect([errors, leaks?.definite.blocks]).toEqual([[], 0]);
    expect(await shell(`pagewalk check - < ${clean}`)).toMatchObject({ code: 0, stderr: "" });
  });

  test("--json is what the API gives", async () => {
    const { errors, leaks } = await found(wrong);
    expect(errors).toMatchObject([
      { kind: "invalid-write", access: "list.c:3", allocated: "list.c:2", count: 1 },
    ]);
    expect(leaks).toMatchObject({
      basis: "pointers",
      definite: { bytes: 24, blocks: 1 },
      reachable: { bytes: 40, blocks: 1 },
    });
  });

  test("--leak-check says how much of leaks is told", async () => {
    expect((await found("--leak-check", "no", wrong)).leaks).toBeUndefined();
    const { leaks } = await found("--leak-check", "summary", wrong);
    expect([leaks?.definite.bytes, leaks?.sites]).toEqual([24, []]);
  });

  test.each([["--classic"], ["--format=classic"]])("%s prints the classic listing", async (flag) => {
    const { stdout } = await check(flag, wrong);
    expect(stdout.replace(/0x[0-9a-f]+/g, "0x..")).toBe(
      "Potential Memory Leak Info:\nAddress: 0x.., size:24, Location: list.c:4\nAddress: 0x.., size:40, Location: list.c:5\n",
    );
  });

  test("the classic listing has lines of the trace, and errors are a note beside it", async () => {
    const plain = folder.write("plain.scenario", "malloc a 8\nmalloc b 8\nS b+8,1\nfree b\n");
    const { code, stdout, stderr } = await check("--format", "classic", plain);
    expect(stdout).toMatch(/^Address: 0x[0-9a-f]+, size:8, Location: .*plain\.scenario:1$/m);
    expect([code, stderr]).toEqual([
      1,
      "pagewalk: note: 1 error was found, which is not in this listing: check tells of it without --format classic\n",
    ]);
    expect((await check("--format", "classic", "--quiet", plain)).stderr).toBe("");
    expect(await check("--classic", clean)).toMatchObject({ code: 0, stderr: "" });
  });

  test("--format names the trace's format, too", async () => {
    expect((await found("--format", "scenario", wrong)).errors).toHaveLength(1);
    expectNothing(await check("--format", "nonsense", wrong), 2, "E_OPTION", "nonsense");
  });

  test("--suppressions keeps what is known from the result, and counts it", async () => {
    const known = folder.write(
      "known.txt",
      "invalid-write list.c:3 # known\nleak list.c:4\nleak nothing.c:*\n",
    );
    const { errors, leaks, suppressed } = await found("--suppressions", known, wrong);
    expect([errors, leaks?.definite.blocks]).toEqual([[], 0]);
    expect(suppressed.map(({ line, count }) => [line, count])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const bad = folder.write("bad.txt", "leak\nrubbish here\n");
    expectNothing(await check("--suppressions", bad, wrong), 2, "E_OPTION", /bad\.txt: line 2: /, "rubbish");
    expectNothing(await check("--suppressions", "no/such", wrong), 2, "E_OPTION", "no/such");
  });

  test("--fail-if looks at any number of the result", async () => {
    const { code, stderr } = await check("--fail-if", "heap.allocations > 0", clean);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "pagewalk: note: the result meets --fail-if heap.allocations > 0\n",
    });
    expect((await check("--fail-if", "leaks.definite.bytes > 0", clean)).code).toBe(0);
    expectNothing(await check("--fail-if", "leaks ~ 3", clean), 2, "E_OPTION", "leaks ~ 3");
  });

  test("--uninitialised, --unmapped and --stack-size change what is an error", async () => {
    const unwritten = folder.write("unwritten.scenario", "malloc a 8\nL a,8\nfree a\nL 10,4\n");
    expect((await found(unwritten)).errors.map(({ kind }) => kind)).toEqual([
      "uninitialised-read",
      "unmapped",
    ]);
    expect((await found("--no-uninitialised", "--unmapped", "ignore", unwritten)).errors).toEqual([]);
    const deep = folder.write("deep.scenario", "frame push 8000 f\nframe pop\n");
    expect((await found(deep)).errors).toEqual([]);
    expect((await found("--stack-size", "4K", deep)).errors.map(({ kind }) => kind)).toEqual([
      "stack-overflow",
    ]);
  });

  test("--quarantine and --redzone say how long, and how far, an error is known for one", async () => {
    const late = folder.write(
      "late.scenario",
      "malloc a 64\nfree a\nmalloc b 64\nfree b\nmalloc c 64\nfree c\nS a+0,8\n",
    );
    expect((await found(late)).errors.map(({ kind }) => kind)).toEqual(["use-after-free-write"]);
    expect((await found("--quarantine", "0", late)).errors).not.toEqual([]);
    const far = folder.write("far.scenario", "malloc a 16\nmalloc b 16\nS a+100,8\nfree a\nfree b\n");
    const [near] = (await found("--redzone", "128", far)).errors;
    expect(near?.message).toContain("84 bytes after a block of 16 bytes (a)");
  });

  test.each([
    [["--redzone", "17"], "redzone"],
    [["--redzone", "-1"], "redzone"],
    [["--redzone", "2T"], "redzone"],
    [["--quarantine", "lots"], "quarantine"],
    [["--heap-limit", "2G"], /--heap-limit <bytes>' argument '2G' is invalid\. want 0 to 1G bytes/],
    [["--stack-size", "1"], "stack-size"],
    [["--leak-check", "no", "--format", "classic"], "--leak-check no and --format classic"],
    [["--leak-check", "no", "--classic"], "want one of them"],
    [["--leak-check", "some"], "leak-check"],
    [["--unmapped", "perhaps"], "unmapped"],
    [["--uninitialized"], "uninitialised"],
  ])("%j is an error that says what would be right", async (flags, named) => {
    expectNothing(await check(...flags, clean), 2, "E_OPTION", named);
  });

  test("a block of more than --heap-limit is a request that fails", async () => {
    const big = folder.write("big.scenario", "malloc a 2097152\n");
    expect((await found(big)).heap).toMatchObject({ allocations: 1, failed: 0 });
    expect((await found("--heap-limit", "1M", big)).heap).toMatchObject({ allocations: 0, failed: 1 });
  });

  test("a trace that breaks off is told of as far as it goes", async () => {
    const broken = folder.write("broken.scenario", `${LINES.slice(0, 3).join("\n")}\nmalloc oops\n`);
    const { code, stdout, stderr } = await check("--json", broken);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^pagewalk: error E_TRACE: [^\n]*broken\.scenario: line 4: [^\n]*\n$/);
    const result = JSON.parse(stdout) as CheckResult;
    expect(result.trace.truncated).toBe(true);
    expect(result.errors.map(({ kind }) => kind)).toEqual(["invalid-write"]);
  });

  test("a trace without allocations has a note that says so", async () => {
    expect((await found("traces/tiny.lackey")).notes).toEqual([
      expect.stringMatching(/^the trace tells of no allocation: .*capture --heap$/),
    ]);
    expect((await found(clean)).notes).toEqual([]);
  });

  test("a trace that is not there is an error", async () => {
    expectNothing(await check("no/such.scenario"), 3, "no/such.scenario");
    expectNothing(await check(), 2, "E_OPTION");
  });
});
