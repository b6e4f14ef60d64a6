import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openTrace, survey } from "../../src/index.js";
import { REPEATS, ZSTD } from "./fixtures.js";
import {
  counts,
  expectNothing,
  expectPartial,
  Folder,
  infoJson,
  makeTrace,
  pagewalk,
  runJson,
  shell,
  tinyText,
} from "./pagewalk.js";
import { type Member, zipOf } from "./zipped.js";

const folder = new Folder();
const text = tinyText.repeat(50);
const expected = runJson([folder.write("plain.lackey", text)]);
const stray: Member[] = [
  { name: "trace/", content: "", method: 0 },
  { name: "__MACOSX/trace/._t.lackey", content: "Mac OS X" },
  { name: "trace/.DS_Store", content: "Bud1" },
];

/** The text in members `chunk.0000`, `chunk.0001` ..., each of so many characters, cut where it happens. */
function chunked(length: number, prefix = "chunk."): Member[] {
  const count = Math.ceil(text.length / length);
  return Array.from({ length: count }, (_, i) => ({
    name: `${prefix}${String(i).padStart(4, "0")}`,
    content: text.slice(i * length, (i + 1) * length),
    method: i % 3 === 0 ? 0 : 8,
  }));
}

test.concurrent.each<[string, Member[]]>([
  ["one deflated member", [{ name: "t.lackey", content: text }]],
  ["one stored member", [{ name: "t.lackey", content: text, method: 0 }]],
  ["one member beside folders and what macOS adds", [...stray, { name: "trace/t.lackey", content: text }]],
  ["chunks", chunked(1000)],
  ["chunks in a folder, in no order", chunked(777, "trace/chunk.").reverse()],
  [
    "empty chunks",
    [
      { name: "chunk.0000", content: "" },
      { name: "chunk.0001", content: text },
    ],
  ],
  ["more than ten thousand chunks, in the order of their numbers", chunked(1).slice(0, text.length)],
])("%s", async (name, members) => {
  const result = await runJson([folder.write(`${name}.trace`, zipOf(...members))]);
  expect(result.trace.compression).toBe("zip");
  expect(counts(result)).toEqual(counts(await expected));
});

test.concurrent.each<[string, Uint8Array, number]>([
  ["gzip", gzipSync(text), 50],
  ["zstd", ZSTD, REPEATS],
])("a member that is compressed itself: %s", async (name, content, repeats) => {
  const { trace } = await runJson([folder.write("t.zip", zipOf({ name: "t", content }))]);
  expect(trace).toMatchObject({ compression: `zip+${name}`, records: 16 * repeats });
});

test("an archive that is at hand as bytes", async () => {
  const { trace } = await survey(openTrace(new Uint8Array(zipOf(...chunked(500)))));
  expect(trace).toMatchObject({ compression: "zip", records: 16 * 50, truncated: false });
});

test.concurrent("a large member needs no more memory than a small one", async () => {
  const path = folder.write("large.zip", zipOf({ name: "t", content: makeTrace(1_000_000) }));
  expect((await infoJson([path])).trace.records).toBe(1_000_000);
});

const one = zipOf({ name: "t", content: text });

/** An archive that says it has one member less. */
function miscounted(zip: Buffer): Buffer {
  const count = zip.length - 22 + 10;
  zip.writeUInt16LE(zip.readUInt16LE(count) - 1, count);
  return zip;
}

describe.concurrent("is refused, with its reason:", () => {
  test.each<[string, Uint8Array, ...(string | RegExp)[]]>([
    ["no members", zipOf(), "no members"],
    ["folders alone", zipOf(...stray), "no members"],
    [
      "several members",
      zipOf({ name: "a.txt", content: text }, { name: "b\n.txt", content: text }),
      "2 members",
      '"a\\.txt"',
      "chunk.0000",
    ],
    ["many members", zipOf(...chunked(1000, "part.")), '"part.0000"', "and \\d+ more"],
    [
      "chunks of several folders",
      zipOf(...chunked(4000, "a/chunk."), ...chunked(4000, "b/chunk.")),
      "members",
    ],
    ["a chunk that is missing", zipOf(...chunked(1000).filter((_, i) => i !== 2)), '"chunk.0003"', "missing"],
    ["a chunk that is there twice", zipOf(...chunked(4000), ...chunked(4000)), '"chunk.0000"', "twice"],
    ["a chunk that is not counted", miscounted(zipOf(...chunked(1000))), "more members than it says"],
    ["an encrypted member", zipOf({ name: "t", content: text, flags: 1, method: 8 }), '"t"', "encrypted"],
    ["another method", zipOf({ name: "t", content: text, method: 12 }), '"t"', "method 12", "deflate"],
    ["its end cut off", one.subarray(0, -30), "truncated"],
    ["cut in half", one.subarray(0, one.length >> 1), "truncated"],
    ["a zip in gzip", gzipSync(one), "inside gzip"],
    ["a zip in a zip", zipOf({ name: "t.zip", content: one }), "inside zip"],
  ])("%s", async (name, bytes, ...named) => {
    const path = folder.write(`${name}.zip`, bytes);
    const reasons = named.map((reason) => new RegExp(reason));
    expectNothing(await pagewalk(["run", "--json", path]), 3, "E_TRACE", path, /\bzip\b/, ...reasons);
  });

  test("an archive from a pipe, or redirected", async () => {
    const reason = /in a stream; want it as a file/;
    expectNothing(await pagewalk(["run", "-"], { stdin: one }), 3, "E_TRACE", "standard input", reason);
    const line = 'pagewalk run - < "$TRACE"';
    const redirected = await shell(line, { env: { TRACE: folder.write("t.zip", one) } });
    expectNothing(redirected, 3, "E_TRACE", "standard input", reason);
  });
});

describe.concurrent("is read as far as it goes:", () => {
  const size = text.length;
  const flippedData = zipOf({ name: "t", content: text });
  flippedData[flippedData.length >> 1] = ~(flippedData[flippedData.length >> 1] ?? 0);

  test.each<[string, Uint8Array, ...RegExp[]]>([
    ["a wrong CRC-32", zipOf({ name: "t", content: text, crc: 1 }), /"t": its CRC-32 is wrong/],
    ["a size that is too small", zipOf({ name: "t", content: text, size: size - 20 }), /found more/],
    ["a size that is too large", zipOf({ name: "t", content: text, size: size + 20 }), /found \d+/],
    [
      "a second chunk that is broken",
      zipOf({ name: "chunk.0000", content: text }, { name: "chunk.0001", content: text, crc: 7 }),
      /"chunk.0001": its CRC-32/,
    ],
  ])("%s", async (name, bytes, ...reasons) => {
    const path = folder.write(`${name}.zip`, bytes);
    const outcome = await pagewalk(["run", "--json", path]);
    const { trace } = expectPartial(outcome, path, "the zip archive", ...reasons);
    expect(trace.records).toBeGreaterThan(700);
  });
});
