import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Folder, pagewalk, ROOT, run } from "../cli/pagewalk.js";
import { faultsOf, numbered } from "./capture.js";
import { FORKS } from "./programs.js";

const HEADER = `${ROOT}/docs/examples/pagewalk-malloc.h`;
const WARN = ["-Wall", "-Wextra", "-Werror", "-pedantic"];

const folder = new Folder();
symlinkSync(HEADER, folder.at("pagewalk-malloc.h"));

/** Builds a program of these files, and runs it. Its trace. */
async function traced(name: string, files: Record<string, string>, ...flags: string[]) {
  for (const [file, text] of Object.entries(files)) folder.put(file, text);
  const isC = Object.keys(files).every((file) => file.endsWith(".c"));
  const args = ["-g", "-O0", ...flags, "-o", name, ...Object.keys(files), "-lpthread"];
  execFileSync(isC ? "gcc" : "g++", args, { cwd: folder.path, stdio: "pipe" });
  const trace = folder.at(`${name}.scenario`);
  const outcome = await run(folder.at(name), [], { env: { PAGEWALK_TRACE: trace } });
  return { outcome, trace, lines: readFileSync(trace, "utf8").trimEnd().split("\n") };
}

const CALLS = `#include "pagewalk-malloc.h"
void more(void);
int main(void) {
  char *a, *b;
  a = MALLOC(10);
  a = REALLOC(a, 5000);
  b = CALLOC(3, 7);
  FREE(b);
  FREE(NULL);
  b = REALLOC(NULL, 4);
  b = REALLOC(b, 0);
  errno = 0;
  if (MALLOC((size_t)1 << 60) || CALLOC((size_t)1 << 40, (size_t)1 << 40)) return 1;
  if (errno != ENOMEM) return 2;
  if (REALLOC(a, (size_t)1 << 60)) return 3;
  errno = 5;
  FREE(MALLOC(0));
  if (errno != 5) return 4;
  more();
  return b != NULL;
}
`;
const MORE = `#include "pagewalk-malloc.h"
void more(void) { FREE(MALLOC(99)); }
`;
const CALLED = [
  "# allocations, by pagewalk-malloc.h",
  "malloc #1 10 at calls.c:5",
  "realloc #1 #2 5000 at calls.c:6",
  "calloc #3 3 7 at calls.c:7",
  "free #3 at calls.c:8",
  "malloc #4 4 at calls.c:10",
  "free #4 at calls.c:11",
  "malloc #5 0 at calls.c:17",
  "free #5 at calls.c:17",
];

describe("pagewalk-malloc.h", () => {
  test.each(["c99", "c11", "gnu17"])("traces every call, of many files, as %s", async (standard) => {
    const files = { "calls.c": CALLS, 'in "blanks\\.c': MORE };
    const { outcome, trace, lines } = await traced("calls", files, `-std=${standard}`, ...WARN);
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(numbered(lines.slice(0, -2))).toEqual(CALLED);
    expect(lines.slice(-2).map((line) => line.replace(/0x\w+/, "P"))).toEqual([
      String.raw`malloc P 99 at "in \"blanks\\.c:2"`,
      String.raw`free P at "in \"blanks\\.c:2"`,
    ]);
    expect((await pagewalk(["info", trace])).code).toBe(0);
    const copy = await pagewalk(["convert", trace, "-", "--to", "scenario"]);
    expect(
      copy.stdout
        .split("\n")
        .filter((line) => /^\w/.test(line))
        .slice(1),
    ).toEqual(lines.slice(1));
  });

  test("traces a C++ program", async () => {
    const text = `#include "pagewalk-malloc.h"\nint main() {\n  FREE(MALLOC(3));\n}\n`;
    const { outcome, lines } = await traced("calls++", { "calls.cpp": text }, ...WARN);
    expect(outcome.code).toBe(0);
    expect(numbered(lines.slice(1))).toEqual(["malloc #1 3 at calls.cpp:3", "free #1 at calls.cpp:3"]);
  });

  test("traces a program that is not changed; a child of fork is left out", async () => {
    const flags = ["-DPAGEWALK_REPLACE", "-include", "pagewalk-malloc.h"];
    const { outcome, lines } = await traced("forks", { "forks.c": FORKS }, ...flags);
    expect(outcome.code).toBe(0);
    expect(numbered(lines.slice(1))).toEqual([
      "malloc #1 11 at forks.c:5",
      "free #1 at forks.c:13",
      "malloc #2 33 at forks.c:14",
      "free #2 at forks.c:14",
    ]);
  });

  test("keeps account of threads", async () => {
    const text = `#include <pthread.h>
#include "pagewalk-malloc.h"
static void *work(void *unused) {
  for (int i = 0; i < 5000; i++) {
    char *p = MALLOC(i % 50 + 1);
    p = REALLOC(p, i % 3000 + 1);
    p[0] = 1;
    FREE(p);
  }
  return unused;
}
int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 0;
}
`;
    const { outcome, lines } = await traced("threads", { "threads.c": text }, ...WARN);
    expect(outcome.code).toBe(0);
    expect(lines).toHaveLength(1 + 3 * 4 * 5000);
    expect(faultsOf(lines.slice(1))).toEqual([]);
  });

  test("gives the classic listing of a thousand blocks", async () => {
    const text = `#include <stdio.h>
#include "pagewalk-malloc.h"
int main(void) {
  static void *blocks[1200];
  for (int i = 0; i < 1200; i++) blocks[i] = MALLOC(i % 50 + 1);
  for (int i = 0; i < 1200; i += 6) FREE(blocks[i]);
  for (int i = 0; i < 1200; i++) if (i % 6) printf("Address: 0x%lx, size:%d, Location: thousand.c:5\\n", (unsigned long)blocks[i], i % 50 + 1);
  return 0;
}
`;
    const { outcome, trace } = await traced("thousand", { "thousand.c": text }, ...WARN);
    const expected = outcome.stdout.trimEnd().split("\n");
    expect(expected).toHaveLength(1000);
    const { code, stdout, stderr } = await pagewalk(["check", "--format", "classic", trace]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [heading, ...listed] = stdout.trimEnd().split("\n");
    expect(heading).toBe("Potential Memory Leak Info:");
    expect([...listed].sort()).toEqual([...expected].sort());
  });

  test("shows what is freed twice, or was never allocated", async () => {
    const text = `#include "pagewalk-malloc.h"
int main(void) {
  char *p = MALLOC(8);
  pagewalk_freed((uintptr_t)p, __FILE__, __LINE__);
  pagewalk_freed((uintptr_t)p + 4, __FILE__, __LINE__);
  FREE(p);
}
`;
    const { trace } = await traced("twice", { "twice.c": text });
    const { code, stdout } = await pagewalk(["check", "--json", trace]);
    expect(code).toBe(1);
    const { errors } = JSON.parse(stdout) as {
      errors: { kind: string; access: string; freed: string | null }[];
    };
    expect(errors.map(({ kind, access, freed }) => [kind, access, freed])).toEqual([
      ["invalid-free", "twice.c:5", "twice.c:4"],
      ["double-free", "twice.c:6", "twice.c:4"],
    ]);
  });

  test("says so once where the trace cannot be written, and the program goes on", async () => {
    folder.put(
      "loop.c",
      `#include "pagewalk-malloc.h"\nint main(void) { for (int i = 0; i < 3; i++) FREE(MALLOC(1)); return 7; }\n`,
    );
    execFileSync("gcc", ["-o", "loop", "loop.c"], { cwd: folder.path });
    for (const trace of ["/no/such/folder/trace", "/dev/full"]) {
      const outcome = await run(folder.at("loop"), [], { env: { PAGEWALK_TRACE: trace } });
      expect(outcome).toEqual({
        code: 7,
        stdout: "",
        stderr: "pagewalk-malloc.h: the trace cannot be written\n",
      });
    }
  });

  test("writes pagewalk.scenario, anew, where no file is named", async () => {
    for (let turn = 0; turn < 2; turn++) await run(folder.at("loop"), [], { cwd: folder.path });
    const lines = readFileSync(folder.at("pagewalk.scenario"), "utf8").trimEnd().split("\n");
    expect(numbered(lines.slice(1)).slice(0, 2)).toEqual(["malloc #1 1 at loop.c:2", "free #1 at loop.c:2"]);
    expect(lines).toHaveLength(7);
  });
});
