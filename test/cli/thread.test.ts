// Files that are large enough to be decompressed in a thread of their own.

import { describe, expect, test } from "vitest";
import { Machine, openTrace, type Progress, replay } from "../../src/index.js";
import { counts, expectPartial, Folder, makeTrace, pagewalk, ROOT, run, runJson } from "./pagewalk.js";
import { storedXz, storedZstd } from "./stored.js";

const folder = new Folder();
const RECORDS = 400_000;
const text = makeTrace(RECORDS);
const expected = runJson([folder.write("plain.lackey", text)]);

const stored = { zstd: storedZstd(Buffer.from(text)), xz: storedXz(Buffer.from(text)) };

describe.concurrent.each(Object.entries(stored))("%s", (name, bytes) => {
  const path = folder.write(`t.${name}`, bytes);
  const word = new RegExp(`\\b${name}\\b`);

  test("gives the counts of the plain trace", async () => {
    const result = await runJson([path]);
    expect(result.trace.compression).toBe(name);
    expect(counts(result)).toEqual(counts(await expected));
  });

  test("gives them without a thread, too", async () => {
    const { code, stdout } = await pagewalk(["run", "--json", "-"], { stdin: bytes });
    expect(code).toBe(0);
    expect(counts(JSON.parse(stdout))).toEqual(counts(await expected));
  });

  test("is read to the end of what is left when it is cut", async () => {
    const cut = folder.write(`cut.${name}`, bytes.subarray(0, -1_000_000));
    const { trace } = expectPartial(await pagewalk(["run", "--json", cut]), cut, word);
    expect(trace.compression).toBe(name);
    expect(trace.records).toBeGreaterThan(RECORDS / 2);
    expect(trace.records).toBeLessThan(RECORDS);
  });

  test("is followed by noise, and that is told", async () => {
    const noisy = folder.write(`noise.${name}`, Buffer.concat([bytes, Buffer.from("no compressed data")]));
    const { trace } = expectPartial(await pagewalk(["run", "--json", noisy]), noisy, word);
    // What xz-decompress has not handed over when it comes to the noise is lost.
    expect(trace.records).toBeGreaterThan(0.99 * RECORDS);
  });

  test("tells of the file's bytes while it is read", async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await replay(await Machine.create(), openTrace(path), { onProgress });
    for (const { bytes: done, totalBytes } of seen) {
      expect(totalBytes).toBe(bytes.length);
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThanOrEqual(bytes.length);
    }
  });

  test("can be left, aborted, found of no format, and the process ends", async () => {
    const noFormat = (name === "xz" ? storedXz : storedZstd)(Buffer.alloc(5_000_000, "no trace at all "));
    const script = `
      import { Machine, openTrace, replay } from "${ROOT}dist/index.js";
      const machine = await Machine.create();
      const kept = await replay(machine, openTrace("${path}", { limit: 10 }));
      const signal = AbortSignal.timeout(20);
      const aborted = await replay(machine, openTrace("${path}"), { signal }).catch((thrown) => thrown);
      const early = AbortSignal.abort();
      const never = await replay(machine, openTrace("${path}"), { signal: early }).catch((thrown) => thrown);
      const other = openTrace("${folder.write("none", noFormat)}");
      const refused = await replay(machine, other).catch((thrown) => thrown);
      const whole = await replay(machine, openTrace("${path}"));
      console.log(JSON.stringify([kept.trace.records, never.code, refused.code, whole.trace.records]));`;
    const { code, stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([10, "E_ABORTED", "E_TRACE", RECORDS]);
  });
});

test.concurrent("a wrong checksum is told instead of the garbled text before it", async () => {
  const broken = Buffer.from(stored.xz);
  broken.fill("x", 3_000_000, 3_000_100);
  const path = folder.write("broken.xz", broken);
  const { trace } = expectPartial(await pagewalk(["run", "--json", path]), path, /\bxz\b.*checksum/);
  expect(trace.records).toBeGreaterThan(RECORDS / 4);
});
