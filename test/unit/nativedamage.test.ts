import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { readNative } from "../oracle/native.js";
import { writeNative } from "../oracle/nativewriter.js";
import { type Entry, readEntries, writeEntries } from "../roundtrip.js";

/** Three blocks, with a few events. */
const BLOCKS = 3;
const PER_BLOCK = 8;
const entries = Array.from({ length: BLOCKS * PER_BLOCK }, (_, i): Entry => {
  if (i % 8 === 2) return { event: "malloc", id: `p${i}`, size: BigInt(i), at: { file: "a.c", line: i } };
  if (i % 8 === 5) return { event: "switch", process: BigInt(i) };
  return { kind: i % 2 ? "load" : "instruction", address: BigInt(0x1000 * i), size: 4 };
});
const file = writeNative(entries, PER_BLOCK, { width: "least", packing: 0 });
const layout = readNative(file);
const ends = layout.blocks.map(({ at, length }) => at + length);
const start = layout.blocks[0]?.at ?? 0;
const indexAt = Number(layout.indexAt);
/** Where the block that holds a byte stands among them; -1 before the first, and behind the last. */
const blockAt = (byte: number) =>
  layout.blocks.findIndex(({ at, length }) => byte >= at && byte < at + length);

function flipped(byte: number, mask: number): Uint8Array {
  const bytes = file.slice();
  bytes[byte] = (bytes[byte] ?? 0) ^ mask;
  return bytes;
}

describe.each(BUILDS)("a damaged file with the %s core", (build) => {
  test("cut at any byte gives its whole blocks and says so", async () => {
    const module = await buildOf(build);
    for (let length = 0; length < file.length; length++) {
      const { entries: found, error } = await readEntries(module, file.slice(0, length), {
        format: "pagewalk",
      });
      const whole = ends.filter((end) => end <= length).length;
      expect(found).toEqual(entries.slice(0, whole * PER_BLOCK));
      expect(error?.code).toBe("E_TRACE");
      if (length >= start && length < indexAt) {
        expect(error?.message).toMatch(new RegExp(`ends early: .*; its ${whole} whole blocks were read`));
        expect(error?.at.byte).toBe(ends[whole - 1] ?? start);
      }
    }
  });

  test.each([0, 100])("no flipped byte gives other records, with %i bad ones allowed", async (skipBad) => {
    const module = await buildOf(build);
    for (let byte = 0; byte < file.length; byte++) {
      for (const mask of runs(1, 8) === 1 ? [1 << (byte % 8)] : [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const read = await readEntries(module, flipped(byte, mask), { format: "pagewalk", skipBad });
        const bad = blockAt(byte);
        if (skipBad === 0) {
          const before = byte < start ? 0 : bad < 0 ? entries.length : bad * PER_BLOCK;
          expect(read.entries).toEqual(entries.slice(0, before));
          expect(read.error?.code).toBe("E_TRACE");
          expect(read.error?.message).toMatch(/^[^\n]{1,300}$/);
          if (bad >= 0) expect(read.error?.message).toContain(`block ${bad + 1} is broken`);
          if (bad >= 0) expect(read.error?.at.byte).toBe(layout.blocks[bad]?.at);
        } else if (bad >= 0) {
          const left = entries.filter((_, i) => Math.floor(i / PER_BLOCK) !== bad);
          expect({ byte, ...read }).toMatchObject({ byte, error: undefined, skipped: 1 });
          expect(read.entries).toEqual(left);
        } else {
          expect(read.error !== undefined || read.skipped > 0).toBe(true);
          expect(read.entries).toEqual(read.entries.length === 0 ? [] : entries);
        }
      }
    }
  });

  test("two bad blocks cost two, and a third is an error", async () => {
    const module = await buildOf(build);
    const bytes = file.slice();
    for (const { at } of layout.blocks) bytes[at + 70] = (bytes[at + 70] ?? 0) ^ 1;
    const read = await readEntries(module, bytes, { skipBad: 2 });
    expect(read).toMatchObject({ entries: [], skipped: 2 });
    expect(read.error?.message).toMatch(/block 3 is broken: its checksum is wrong/);
  });
});

describe("a file that something was done to", () => {
  const read = async (bytes: Uint8Array, options = {}) =>
    readEntries(await buildOf("release"), bytes, options);
  const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

  test.each<[string, Uint8Array, RegExp]>([
    ["has a newline behind its end", joined(file, Buffer.from("\n")), /something behind its end/],
    ["is joined with another", joined(file, file), /something behind its end/],
    ["ends in zeros", joined(file, new Uint8Array(5000)), /something behind its end/],
    ["has a block twice", joined(file.slice(0, ends[0]), file.slice(start)), /4 blocks of 3/],
    ["has lost a block", joined(file.slice(0, ends[0]), file.slice(ends[1])), /2 blocks of 3/],
  ])("and %s", async (_, bytes, said) => {
    const { error } = await read(bytes);
    expect(error).toMatchObject({ code: "E_TRACE", message: expect.stringMatching(said) });
    expect(error?.at.byte).toBeGreaterThan(0);
  });

  test("by a transfer as text", async () => {
    const text = Buffer.from(file).toString("latin1");
    for (const mangled of [text.replaceAll("\r\n", "\n"), text.replaceAll("\n", "\r\n")]) {
      const { entries, error } = await read(new Uint8Array(Buffer.from(mangled, "latin1")));
      expect(entries).toEqual([]);
      expect(error?.message).toMatch(/byte 0: .*transferred as text/);
    }
    const utf8 = await read(new Uint8Array(Buffer.from(text, "utf8")));
    expect(utf8.error?.code).toBe("E_TRACE");
  });

  test("by bytes between its blocks, which cost one bad record", async () => {
    const between = joined(file.slice(0, ends[0]), new Uint8Array(1000).fill(0x50), file.slice(ends[0]));
    expect((await read(between)).error?.message).toMatch(/block 2 is broken: its header is damaged/);
    const tolerant = await read(between, { skipBad: 2 });
    expect(tolerant.entries).toEqual(entries);
    expect(tolerant.skipped).toBeGreaterThan(0);
  });

  test("reads the same from a pipe that could not be written over", async () => {
    const module = await buildOf("release");
    const piped = await writeEntries(module, entries, "pagewalk", { patched: false });
    const found = readNative(piped);
    expect(found.counts.header).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(found.indexAt).toBe(0n);
    expect(await read(piped)).toMatchObject({ entries, error: undefined });
  });
});
