import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
import { survey } from "../../src/info/survey.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";
import {
  type Block,
  type BlockChoice,
  type BlockNumbers,
  type BlockParts,
  dictionaryEntry,
  fileOf,
  packBlock,
  partsOf,
  rowBytes,
  varint,
  writeNative,
} from "../oracle/nativewriter.js";
import { type Entry, isEvent, readEntries } from "../roundtrip.js";

const good: Entry[] = [
  { kind: "load", address: 0x1000n, size: 8 },
  { event: "exec", file: "a" },
  { kind: "store", address: 0x2000n, size: 1 },
];
const parts = partsOf(good);
const goodBlock = packBlock(parts, 1);
const bytes = (...values: number[]) => Uint8Array.from(values);
const concat = (...all: Uint8Array[]) => new Uint8Array(Buffer.concat(all));

/** A block whose checksums are right and whose numbers or parts are not. */
function block(
  change: Partial<BlockNumbers>,
  other: Partial<BlockParts> = {},
  choice: BlockChoice = {},
): Block {
  return packBlock({ ...parts, ...other }, 1, choice, change);
}

function rows(...values: (number | bigint)[]): Partial<BlockParts> {
  return { rows: Uint8Array.from(values.flatMap((value) => varint(BigInt(value)))) };
}

const entry = (
  ...fields: [info: number, register: number, width: number, end?: number]
): Partial<BlockParts> => ({
  dictionary: concat(dictionaryEntry(...fields), parts.dictionary.slice(8)),
});

const BOMB = new Uint8Array(1 << 24);
const LOAD = 16;

const BAD: [string, Block][] = [
  ["no records", block({ records: 0 })],
  ["more records than tokens", block({ records: 32768 })],
  ["more records than may be", block({ records: 32769 })],
  ["2^32 - 1 records", block({ records: 0xffffffff })],
  ["fewer records than tokens", block({ records: 2 })],
  ["more events than records", block({ events: 4 })],
  ["fewer events than are marked", block({ events: 0 })],
  ["more events than are marked", block({ events: 2 })],
  ["more events than may be", block({ events: 8193, records: 9000 })],
  ["more entries than there are", block({ entries: 255 })],
  ["more entries than may be", block({ entries: 256 })],
  ["no entries", block({ entries: 0 })],
  ["fewer bytes of differences", block({ data: 15 })],
  ["more bytes of differences", block({ data: 17 })],
  ["2^32 - 1 bytes of differences", block({ data: 0xffffffff })],
  ["fewer bytes of rows", block({ rows: 1 })],
  ["more bytes of rows", block({ rows: 4 })],
  ["an unknown packing", block({ packing: 2 })],
  ["a packing that it has not", block({ packing: 0 })],
  ["a size that it does not unpack to", block({ unpacked: parts.tokens.length })],
  ["a size larger than it unpacks to", block({ unpacked: 1 << 24 })],
  ["a size larger than may be", block({ unpacked: (1 << 24) + 1 })],
  ["a token of no entry", block({}, { tokens: bytes(0, 1, 200) })],
  ["a token of no entry, alone", block({ records: 1, events: 0 }, { tokens: bytes(255) })],
  ["an info with bits that are none", block({}, entry(LOAD | 1, 1, 8))],
  ["an event's info with a register of data", block({}, entry(64, 1, 8))],
  ["an access's info in the events' register", block({}, entry(LOAD, 9, 8))],
  [
    "an event of a width",
    block(
      {},
      {
        dictionary: concat(
          parts.dictionary.slice(0, 8),
          dictionaryEntry(64, 9, 8),
          parts.dictionary.slice(16),
        ),
        differences: concat(parts.differences, new Uint8Array(8).fill(0xff)),
      },
    ),
  ],
  ["a register that is none", block({}, entry(LOAD, 10, 8))],
  ["register 255", block({}, entry(LOAD, 255, 8))],
  ["a load in the fetches' register", block({}, entry(LOAD, 0, 8))],
  ["a fetch in a register of data", block({}, entry(0, 1, 8))],
  ["a width of 3", block({}, entry(LOAD, 1, 3))],
  ["a width of 5", block({}, entry(LOAD, 1, 5))],
  ["a width of 255", block({}, entry(LOAD, 1, 255))],
  ["an entry with an end", block({}, entry(LOAD, 1, 8, 1))],
  ["a row of an unknown kind", block({}, rows(255, 0))],
  ["a row of kind 2^32", block({}, rows(1n << 32n, 0))],
  ["a row with unknown parts", block({}, rows(10, 1 << 10, 5))],
  ["a row of a string that is not there", block({}, rows(10, 1 << 6, 2))],
  ["a row that ends early", block({}, rows(10, 1 << 6))],
  ["a row too many", block({}, rows(10, 1 << 6, 1, 11, 0))],
  ["a row too few", block({}, { rows: bytes() })],
  [
    "a number of more than 64 bits",
    block({}, { rows: concat(bytes(12, 2), new Uint8Array(9).fill(0xff), bytes(2)) }),
  ],
  [
    "a number of 11 bytes",
    block({}, { rows: concat(bytes(12, 2), new Uint8Array(10).fill(0x80), bytes(0)) }),
  ],
  ["a number that does not end", block({}, { rows: new Uint8Array(100).fill(0x80) })],
  ["an access of no size", block({}, rows(0, 3, 1, 0x1000))],
  ["an access that is too large", block({}, rows(0, 7, 1, 0x1000, (1 << 20) + 1))],
  ["an access of size 2^32 + 1", block({}, rows(0, 7, 1, 0x1000, (1n << 32n) + 1n))],
  ["an access of no kind", block({}, rows(0, 7, 4, 0x1000, 8))],
  ["a limit of nothing", block({}, rows(32, 3, 5, 1))],
  ["an overcommitment that is none", block({}, rows(33, 1, 3))],
  ["pages of 2^64 bytes", block({}, rows(29, 7, 64, 0, 8))],
  ["pages of a size of 33 bits", block({}, rows(29, 7, 1n << 32n, 0, 8))],
  ["pages of no length", block({}, rows(29, 1, 12))],
  ["pages of half a page", block({}, rows(29, 7, 12, 0x1000, 0x800))],
  ["pages within a page", block({}, rows(29, 7, 12, 0x800, 0x1000))],
  ["pages behind the last", block({}, rows(29, 7, 12, (1n << 64n) - 4096n, 8192))],
  ["a string that ends early", block({}, { strings: bytes(5, 0x61) })],
  ["a string of 2^32 bytes", block({}, { strings: Uint8Array.from(varint(1n << 32n)) })],
  ["a string that is no UTF-8", block({}, { strings: bytes(2, 0xc3, 0x28) })],
  ["16 million empty strings", block({}, { strings: BOMB.subarray(0, (1 << 24) - 100) })],
  [
    "events of which there are none",
    packBlock({ ...partsOf([good[0] as Entry]), strings: bytes(1, 0x61) }, 0),
  ],
  ["rows of no events", packBlock({ ...partsOf([good[0] as Entry]), rows: bytes(11, 0) }, 0)],
];

describe.each(BUILDS)("a block with right checksums and wrong contents, with the %s core", (build) => {
  test.each(BAD)("%s", async (_, bad) => {
    const module = await buildOf(build);
    const file = fileOf([goodBlock, bad, goodBlock]);
    const { entries, error } = await readEntries(module, file);
    expect(entries).toEqual(good);
    expect(error).toMatchObject({
      code: "E_TRACE",
      at: { byte: fileOf([goodBlock], { finished: false }).length },
    });
    expect(error?.message).toMatch(/^[^\n]*block 2 is broken: [^\n]{1,200}$/);
    const tolerant = await readEntries(module, file, { skipBad: 1 });
    expect(tolerant.entries).toEqual([...good, ...good]);
    expect(tolerant).toMatchObject({ skipped: 1, error: undefined });
  });

  test("what is not known of a row is no harm to a replay", async () => {
    const module = await buildOf(build);
    const odd = packBlock(
      { ...parts, ...rowBytes([{ kind: 18, flags: 0xffffffffn, a: ~0n & ((1n << 64n) - 1n), line: 7n }]) },
      1,
    );
    const file = fileOf([odd]);
    expect((await readEntries(module, file)).entries).toHaveLength(3);
    const machine = await Machine.create({}, { module });
    expect((await replay(machine, openTrace(file))).trace.records).toBe(2);
    expect((await survey(openTrace(file), { module })).events).toEqual({ malloc: 1 });
  });

  test("an empty file that is finished holds nothing, and is whole", async () => {
    expect(await readEntries(await buildOf(build), fileOf([]))).toMatchObject({
      entries: [],
      error: undefined,
    });
  });
});

describe("what a file says of itself", () => {
  const read = async (file: Uint8Array) => readEntries(await buildOf("release"), file);

  test("another version is told, with both numbers", async () => {
    const { error } = await read(fileOf([goodBlock], { version: 2 }));
    expect(error?.message).toMatch(/is of version 2 of the native format; this pagewalk reads version 1/);
    expect(error?.at.byte).toBe(8);
  });

  test("meta of 4 GiB is refused", async () => {
    const { error } = await read(fileOf([goodBlock], { metaBytes: 0xffffffff }));
    expect(error?.message).toMatch(/byte 96: what it says of its making is cut or damaged/);
  });

  test("meta need not be JSON to be read", async () => {
    expect(await read(fileOf([goodBlock], { meta: "\u0000{" }))).toMatchObject({
      entries: good,
      error: undefined,
    });
  });

  test("an index of 2^32 - 1 blocks is refused", async () => {
    const { entries, error } = await read(fileOf([goodBlock], { blocks: 0xffffffff }));
    expect(entries).toEqual(good);
    expect(error?.message).toMatch(/index is cut/);
  });

  test("a process of 64 bits begins a block", async () => {
    const choice = { process: (1n << 64n) - 1n, thread: (1n << 64n) - 1n };
    expect(await read(writeNative(good, 2, choice))).toMatchObject({ entries: good, error: undefined });
  });

  test("many small bombs take no more memory than one", async () => {
    const bomb = packBlock(parts, 1, {}, { unpacked: 1 << 24 });
    const blocks = Array.from({ length: 60 }, () =>
      block({}, { strings: BOMB.subarray(0, (1 << 24) - 100) }),
    );
    const before = process.memoryUsage().rss;
    const { skipped, entries } = await readEntries(
      await buildOf("release"),
      fileOf([...blocks, bomb, goodBlock]),
      {
        skipBad: 100,
      },
    );
    expect({ skipped, entries }).toEqual({ skipped: 61, entries: good });
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
  });

  test("events stay within what a batch may hold", async () => {
    const all = Array.from({ length: 8192 }, (): Entry => ({ event: "user" }));
    expect(all.every(isEvent)).toBe(true);
    expect((await read(writeNative(all, 8192))).entries).toHaveLength(8192);
  });
});
