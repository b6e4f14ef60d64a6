// Directories of DynamoRIO's files, one a thread.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf } from "../entries.js";
import {
  type DrmemRecord,
  FOOTER,
  HEADER,
  load,
  merged,
  pid,
  thread,
  time,
  writeDrmem,
} from "../oracle/drmemtrace.js";
import { expectNothing, expectPartial, Folder, infoJson, pagewalk } from "./pagewalk.js";

const folder = new Folder();
const module = await buildOf("release");
let directories = 0;

/** Writes files into a directory of its own, or its folder `trace`. */
function directory(files: Record<string, Uint8Array | string>, inside = ""): string {
  const path = `directory${++directories}`;
  mkdirSync(folder.at(join(path, inside)), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) folder.put(join(path, inside, name), bytes);
  return folder.at(path);
}

/** A thread's file: at each of its times, so many loads. */
function threadFile(tid: number, steps: readonly (readonly [time: bigint, loads: number])[]): Uint8Array {
  const records = steps.flatMap(([at, loads]): DrmemRecord[] => [
    time(at),
    [28, 3, 0n],
    ...Array.from({ length: loads }, (_, i) => load((BigInt(tid) << 32n) + (at << 12n) + BigInt(i))),
  ]);
  return writeDrmem([HEADER, thread(BigInt(tid)), pid(1n), ...records, [23, 4, BigInt(tid)], FOOTER]);
}

const names = ["a.trace.gz", "b.trace", "c.trace.gz", "d.trace"];
const steps = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 12n }), fc.integer({ min: 0, max: 30 })), {
  minLength: 1,
  maxLength: 12,
});

test.each(BUILDS)("the %s core reads threads by time, whatever their times are", async (build) => {
  const module = await buildOf(build);
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (threads, byThread) => {
        const files = threads.map((steps, i) => threadFile(10 + i, steps));
        const path = directory(
          Object.fromEntries(files.map((bytes, i) => [`${names[i]}`, i % 2 ? bytes : gzipSync(bytes)])),
          byThread ? "trace" : "",
        );
        const { entries, error, other } = await entriesOf(module, path, byThread ? { asid: "thread" } : {});
        expect(entries).toEqual(merged(files, byThread));
        if (entries.length > 0) expect(error).toBeUndefined();
        expect(other).toMatchObject({ header: files.length, footer: files.length });
      },
    ),
    { numRuns: runs(40, 500) },
  );
});

test("threads far longer than their windows are read whole", async () => {
  const long = (tid: number) =>
    threadFile(
      tid,
      Array.from({ length: 60 }, (_, i) => [BigInt(2 * i + tid), 1500] as const),
    );
  const files = [long(1), long(2), long(3)];
  const path = directory({ "1.raw": long(1), "2.raw": long(2), "3.raw": long(3) });
  const { entries, error } = await entriesOf(module, path);
  expect(error).toBeUndefined();
  expect(entries).toEqual(merged(files));
});

describe("a directory", () => {
  const one = threadFile(1, [
    [1n, 2],
    [5n, 1],
  ]);
  const two = threadFile(2, [[3n, 4]]);

  test("is reported as one trace, of its threads", async () => {
    const path = directory(
      { "t.1.trace": one, "t.2.trace.gz": gzipSync(two), "cpu_schedule.bin.zip": "none" },
      "trace",
    );
    const info = await infoJson([path]);
    expect(info.trace).toMatchObject({ path, format: "drmemtrace", compression: "none, gzip", records: 7 });
    expect(info.trace.other).toMatchObject({ header: 2, footer: 2, thread: 2, "marker timestamp": 3 });
    expect(info.events).toEqual({ switch: 3 });
    expect(info.processes).toEqual([{ pid: 1, records: 7 }]);
    const threads = await infoJson(["--asid", "thread", path]);
    expect(threads.processes).toEqual([
      { pid: 1, records: 3 },
      { pid: 2, records: 4 },
    ]);
  });

  test.each<[string, Uint8Array | string, RegExp]>([
    ["text", "Dear diary,\n", /other\.txt: no known format/],
    ["another format's", "I  04025870,3\n", /other\.txt: is lackey; want DynamoRIO's/],
    ["empty", "", /other\.txt: is empty/],
    ["broken gzip", gzipSync(two).subarray(0, 15), /other\.txt: .*gzip/],
  ])("with a file that is %s is refused, by the file's name", async (_, content, what) => {
    const path = directory({ "a.trace": one, "other.txt": content });
    expectNothing(await pagewalk(["info", "--json", path]), 3, "E_TRACE", what);
  });

  test("with a file that is cut says which, and what came before", async () => {
    const path = directory({ "a.trace": one, "b.trace": two.subarray(0, two.length - 30) });
    const { trace } = expectPartial(await pagewalk(["info", "--json", path]), /b\.trace: byte 96: .*cut/);
    expect(trace.records).toBe(5);
    const { trace: whole } = await pagewalk(["info", "--json", "--skip-bad", "1", path]).then(({ stdout }) =>
      JSON.parse(stdout),
    );
    expect(whole).toMatchObject({ records: 6, skipped: 1, truncated: false });
  });

  test("with none of DynamoRIO's files is refused as ever", async () => {
    for (const files of [{}, { "a.lackey": "I  04025870,3\n" }, { empty: "" }]) {
      const path = directory(files);
      expectNothing(await pagewalk(["run", path]), 3, "E_TRACE", path, /is a directory; want a trace file/);
    }
    const path = directory({ "a.trace": one });
    expectNothing(await pagewalk(["run", "--format", "din", path]), 3, /is a directory/);
  });
});

test("--asid is a process or a thread", async () => {
  expectNothing(await pagewalk(["info", "--asid", "core", folder.path]), 2, /process, thread/);
});

test("sweep counts in a directory what run does", async () => {
  const path = directory({ "a.trace": threadFile(10, [[1n, 20]]), "b.trace": threadFile(11, [[2n, 30]]) });
  const own = await pagewalk(["run", path, "--json", "--set", "l1d.entries=32"]);
  const { code, stdout, stderr } = await pagewalk(["sweep", path, "--json", "--axis", "l1d.entries=32,64"]);
  expect(code, stderr).toBe(0);
  const [cell] = JSON.parse(stdout).cells;
  const { tlb, walk } = JSON.parse(own.stdout);
  expect(tlb.l1d.accesses).toBe(50);
  expect(cell.tlb).toEqual(tlb);
  expect(walk).toMatchObject(cell.walk);
});
