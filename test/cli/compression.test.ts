import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { REPEATS, XZ, ZSTD } from "./fixtures.js";
import {
  counts,
  expectNothing,
  expectPartial,
  Folder,
  makeTrace,
  pagewalk,
  runJson,
  SORT,
  shell,
  succeeded,
  tinyText,
} from "./pagewalk.js";

const folder = new Folder();
const text = tinyText.repeat(REPEATS);
const plain = folder.write("plain.lackey", text);
const expected = runJson([plain]);

const wrapped: [name: string, bytes: Uint8Array][] = [
  ["none", Buffer.from(text)],
  ["gzip", gzipSync(text)],
  ["zstd", ZSTD],
  ["xz", XZ],
  ["gzip+zstd", gzipSync(ZSTD)],
  ["gzip+gzip+zstd", gzipSync(gzipSync(ZSTD))],
];

describe.concurrent.each(wrapped)("%s gives the counts of the plain trace", (compression, bytes) => {
  // The content tells, whatever the name says.
  const path = folder.write(`${compression}.trace`, bytes);

  test.each([
    ["as a file", () => pagewalk(["run", "--json", path])],
    ["from a pipe", () => pagewalk(["run", "--json", "-"], { stdin: bytes })],
    ["from a redirected file", () => shell('pagewalk run --json - < "$TRACE"', { env: { TRACE: path } })],
    [
      "through a named pipe",
      () =>
        shell('mkfifo "$P"; cat "$TRACE" > "$P" & pagewalk run --json "$P"', {
          env: { TRACE: path, P: `${path}.fifo` },
        }),
    ],
  ])("%s", async (_, read) => {
    const result = succeeded<Awaited<typeof expected>>(await read());
    expect(result.trace.compression).toBe(compression);
    expect(counts(result)).toEqual(counts(await expected));
  });
});

test.concurrent("gzip around a shipped trace gives that trace's counts", async () => {
  const path = folder.write("sort.gz", gzipSync(readFileSync(SORT), { level: 0 }));
  expect(counts(await runJson([path]))).toEqual(counts(await runJson([SORT])));
});

test.concurrent.each([
  ["gzip", gzipSync(tinyText)],
  ["zstd", ZSTD],
  ["xz", XZ],
])("%s files joined end to end are read to the end", async (name, bytes) => {
  const once = await runJson([folder.write(`once.${name}`, bytes)]);
  const thrice = await runJson([folder.write(`thrice.${name}`, Buffer.concat([bytes, bytes, bytes]))]);
  expect(thrice.trace.records).toBe(3 * once.trace.records);
});

test.concurrent("a trace compressed too often is refused", async () => {
  const bytes = Array.from({ length: 5 }).reduce<Buffer>((inner) => gzipSync(inner), Buffer.from(tinyText));
  expectNothing(await pagewalk(["run", folder.write("deep.gz", bytes)]), 3, "E_TRACE", "deep.gz", "4 times");
});

test.concurrent.each([
  ["gzip", gzipSync("")],
  ["gzip of gzip", gzipSync(gzipSync(""))],
])("an empty file in %s is refused as empty", async (name, bytes) => {
  const path = folder.write(`empty ${name}`, bytes);
  expectNothing(await pagewalk(["run", path]), 3, "E_TRACE", path, "empty");
});

function flipped(bytes: Uint8Array, length: number): Uint8Array {
  const middle = bytes.length >> 1;
  return bytes.map((byte, at) => (at >= middle && at < middle + length ? byte ^ 0xff : byte));
}

const large: [name: string, bytes: Uint8Array][] = [
  ["gzip", gzipSync(makeTrace(100_000))],
  ["zstd", readFileSync(SORT)],
  ["xz", XZ],
];

describe.concurrent.each(large)("broken %s data is told as such, with the results so far:", (name, bytes) => {
  const word = new RegExp(`\\b${name}\\b`);

  test.each<[string, Uint8Array]>([
    ["one byte flipped in the middle", flipped(bytes, 1)],
    ["16 bytes flipped in the middle", flipped(bytes, 16)],
    ["64 bytes flipped in the middle", flipped(bytes, 64)],
    ["cut in half", bytes.subarray(0, bytes.length >> 1)],
    ["the last byte missing", bytes.subarray(0, -1)],
    ["the last 12 bytes missing", bytes.subarray(0, -12)],
    ["noise behind the end", Buffer.concat([bytes, Buffer.from("this is not compressed data")])],
  ])("%s", async (_, broken) => {
    const path = folder.write("broken.trace", broken);
    const { trace } = expectPartial(await pagewalk(["run", "--json", path]), path, word);
    expect(trace.compression).toBe(name);
    expect(trace.records).toBeGreaterThan(0);
  });

  test("nothing behind the first bytes", async () => {
    const path = folder.write("start.trace", bytes.subarray(0, 12));
    expectNothing(await pagewalk(["run", "--json", path]), 3, "E_TRACE", path, word);
  });

  test("noise behind the first bytes", async () => {
    const noise = Buffer.concat([bytes.subarray(0, 6), Buffer.alloc(500, "noise")]);
    const path = folder.write("noise.trace", noise);
    expectNothing(await pagewalk(["run", "--json", path]), 3, "E_TRACE", path, word);
  });
});

test.concurrent("a small broken file gives the results so far, too", async () => {
  const bytes = gzipSync(tinyText);
  const path = folder.write("small.trace", bytes.subarray(0, -4));
  const { trace } = expectPartial(await pagewalk(["run", "--json", path]), path, /\bgzip\b/);
  expect(trace.records).toBe(16);
});

test.concurrent("broken data inside a sound file is told by its own compression", async () => {
  const path = folder.write("inner.trace", gzipSync(readFileSync(SORT).subarray(0, 300_000)));
  expect(
    expectPartial(await pagewalk(["run", "--json", path]), path, /\bzstd\b/).trace.records,
  ).toBeGreaterThan(0);
});

test("standard input is read from where it stands", async () => {
  const path = folder.write("offset.lackey", tinyText);
  const line = '(read -r first; read -r second; pagewalk run --json -) < "$TRACE"';
  const outcome = await shell(line, { env: { TRACE: path } });
  expect(JSON.parse(outcome.stdout).trace.records).toBe(14);
});
