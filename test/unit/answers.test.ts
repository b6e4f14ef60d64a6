import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { runReport } from "../../src/report/run.js";
import { ERRNOS } from "../../src/trace/events.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

const GOLDEN = readFileSync(new URL("../golden/answers/trace.scenario", import.meta.url));

describe.each(BUILDS)("the %s core", (build) => {
  const run = async (text: Uint8Array | string, format?: string) => {
    const machine = await Machine.create({}, { module: await buildOf(build) });
    return replay(machine, openTrace(Buffer.from(text), format ? { format } : {}));
  };

  test("gives errors that have their numbers", async () => {
    const core = await Core.create(await buildOf(build));
    expect(ERRNOS).toMatchObject(core.enums.Errno);
  });

  test("counts calls that answer otherwise than the trace says, by name, and lists them", async () => {
    const { calls } = await run(GOLDEN);
    expect(calls).toMatchObject({
      made: 18,
      failed: 5,
      byName: {
        mmap: { made: 5, failed: 0, differing: 3 },
        mprotect: { made: 1, failed: 1, differing: 1 },
        brk: { made: 4, failed: 0, differing: 2 },
        fork: { made: 3, failed: 2, differing: 1 },
        madvise: { made: 1, failed: 1, differing: 1 },
        exec: { made: 1, failed: 0, differing: 0 },
      },
      differences: [
        { line: 7, pid: 1, call: "mmap", told: "0x20000000", answered: "0x7ffff7ffe000" },
        { line: 9, pid: 1, call: "mprotect", told: "ok", answered: "ENOMEM" },
        { line: 11, pid: 1, call: "mmap", told: "ENOMEM", answered: "ok" },
        { line: 14, pid: 1, call: "mmap", told: "ENOMEM", answered: "ok" },
        { line: 19, pid: 1, call: "brk", told: "ENOMEM", answered: "ok" },
        { line: 25, pid: 1, call: "brk", told: "ENOMEM", answered: "ok" },
        { line: 30, pid: 1, call: "fork", told: "EAGAIN", answered: "EEXIST" },
        { line: 33, pid: 2, call: "madvise", told: "ok", answered: "ESRCH" },
      ],
    });
  });

  test("lists the first 20, counts all, and the report shows five", async () => {
    const result = await run("munmap 0x1001 4K -> ok\n".repeat(25), "scenario");
    expect(result.calls).toMatchObject({ told: 25, differing: 25 });
    expect(result.calls?.differences).toHaveLength(20);
    const report = runReport(result);
    expect(report).toContain("25 of the 25 calls whose answer the trace tells answered otherwise here");
    expect(report).toContain("    line 1, process 1: munmap: ok in the trace, EINVAL here\n");
    expect(report).toContain("    and 20 more");
    expect(report).not.toContain("line 6,");
  });

  test("says nothing of answers where all are as the trace says", async () => {
    const result = await run("munmap 0x1001 4K -> EINVAL\n", "scenario");
    expect(result.calls).toMatchObject({ told: 1, differing: 0, differences: [] });
    expect(runReport(result)).not.toContain("answer");
  });

  test("holds an strace log against its own answers", async () => {
    const log = `mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000
mmap(0x7f0000000000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (File exists)
mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) = -1 EINVAL (Invalid argument)
munmap(0x7f0000000001, 4096) = -1 EINVAL (Invalid argument)
mremap(0x7f0000000000, 4096, 8192, 0) = -1 EFAULT (Bad address)
brk(NULL) = 0x555555600000
brk(0x555555602000) = 0x555555602000
brk(0x7fffffffffffffff) = 0x555555602000
mprotect(0x7f0000000000, 8192, PROT_READ|PROT_WRITE) = -1 EACCES (Permission denied)
+++ exited with 0 +++
`;
    const { calls, trace } = await run(log, "strace");
    expect(calls).toMatchObject({ made: 10, told: 9, differing: 2 });
    expect(calls?.differences).toEqual([
      { line: 5, pid: 1, call: "mremap", told: "EFAULT", answered: "ENOMEM" },
      { line: 9, pid: 1, call: "mprotect", told: "EACCES", answered: "ok" },
    ]);
    expect(trace.other).toEqual({});
  });

  test("a heap begins where a log first says, once: what comes then grows it", async () => {
    const log = `7 brk(NULL) = 0x555555600000
7 brk(0x555555602000) = 0x555555602000
7 fork() = 8
8 brk(0x555555605000) = 0x555555605000
8 execve("/bin/true", ["true"], 0x7ffc /* 1 var */) = 0
8 brk(NULL) = 0x555555800000
8 brk(0x555555801000) = 0x555555801000
`;
    const { calls, processes } = await run(log, "strace");
    expect(calls).toMatchObject({ told: 7, differing: 0 });
    // A stack of 33 pages, and the heap.
    expect(processes).toMatchObject([
      { pid: 7, mapped: 35, mappings: 2 },
      { pid: 8, mapped: 34, mappings: 2 },
    ]);
  });
});
