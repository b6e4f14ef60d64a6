import { utimesSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addressOfByte, segmentsOf } from "../../src/symbols/elf.js";
import { Places } from "../../src/symbols/places.js";
import { isRuntime, isRuntimePlace } from "../../src/trace/runtime.js";
import { Folder } from "../cli/pagewalk.js";

const folder = new Folder();
let files = 0;

/** An ELF file with these program headers: type, offset, address, bytes in the file. */
function elf(headers: readonly (readonly [number, number, number, number])[]): Buffer {
  const file = Buffer.alloc(64 + 56 * headers.length);
  file.write("\x7fELF\x02\x01\x01", 0, "latin1");
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(headers.length, 56);
  for (const [i, [type, offset, address, bytes]] of headers.entries()) {
    const at = 64 + 56 * i;
    file.writeUInt32LE(type, at);
    for (const [field, value] of [offset, address, address, bytes, bytes, 4096].entries()) {
      file.writeBigUInt64LE(BigInt(value), at + 8 + 8 * field);
    }
  }
  return file;
}

const put = (bytes: Uint8Array) => folder.write(`file-${++files}.so`, bytes);

describe("an ELF file", () => {
  test("says which address each of its bytes has", () => {
    const segments = segmentsOf(
      put(
        elf([
          [6, 64, 64, 112],
          [1, 0, 0x400000, 0x5c0],
          [1, 0x5c0, 0x4015c0, 0x800],
        ]),
      ),
    );
    expect(segments).toEqual([
      { offset: 0, bytes: 0x5c0, address: 0x400000 },
      { offset: 0x5c0, bytes: 0x800, address: 0x4015c0 },
    ]);
    expect(addressOfByte(segments, 0x10)).toBe(0x400010);
    expect(addressOfByte(segments, 0x5c0)).toBe(0x4015c0);
    expect(addressOfByte(segments, 0xdbf)).toBe(0x401dbf);
    expect(addressOfByte(segments, 0xdc0)).toBe(0xdc0);
  });

  test.each([
    ["empty", Buffer.alloc(0)],
    ["text", Buffer.from("#!/bin/sh\n".repeat(20))],
    ["of 32 bits", Buffer.concat([Buffer.from("\x7fELF\x01\x01", "latin1"), Buffer.alloc(100)])],
    ["cut in its header", elf([[1, 0, 0, 1]]).subarray(0, 40)],
    ["cut before its segments", elf([[1, 0, 0, 1]]).subarray(0, 64)],
    [
      "of nothing but ones",
      Buffer.concat([Buffer.from("\x7fELF\x02\x01", "latin1"), Buffer.alloc(90, 0xff)]),
    ],
  ])("may be none: %s", (_, bytes) => {
    expect(segmentsOf(put(bytes))).toEqual([]);
  });

  test("may be missing, or a folder", () => {
    expect(segmentsOf(folder.at("missing"))).toEqual([]);
    expect(segmentsOf(folder.path)).toEqual([]);
  });
});

test.each([
  ["/usr/lib/x86_64-linux-gnu/libc.so.6", true],
  ["/lib/libc-2.31.so", true],
  ["/lib64/ld-linux-x86-64.so.2", true],
  ["/lib/ld-2.31.so", true],
  ["/lib/ld-musl-x86_64.so.1", true],
  ["/usr/lib/libstdc++.so.6.0.30", true],
  ["/usr/lib/libpthread-2.31.so", true],
  ["/usr/lib/libnss_files.so.2", true],
  ["/usr/lib/libgcc_s.so.1", true],
  ["libc.so", true],
  ["/usr/lib/libcurl.so.4", false],
  ["/usr/lib/libcrypto.so.3", false],
  ["/usr/lib/libmount.so.1", false],
  ["/home/me/ld", false],
  ["/home/me/libc.so.6/prog", false],
  ["/home/me/prog", false],
])("%s is of the run time: %s", (path, is) => {
  expect(isRuntime(path)).toBe(is);
});

test.each([
  ["libc.so.6+0x75b3c", 0, true],
  ["libc.so.6+0x75b3c", 7, false],
  ["prog+0x1149", 0, false],
  ["libc.so.6", 0, false],
  ["libc.so.6.c", 12, false],
])("the place %s, line %d, is of the run time: %s", (file, line, is) => {
  expect(isRuntimePlace({ file, line })).toBe(is);
});

describe("the place of an instruction", () => {
  const path = put(
    elf([
      [1, 0, 0, 0x1000],
      [1, 0x1000, 0x3000, 0x800],
    ]),
  );
  const name = path.replace(/^.*\//, "");
  const range = { address: 0x7f0000001000n, length: 0x1000n, name: path, offset: 0x1000n };

  test("is in the file that was there, by the file's own addresses", async () => {
    const places = new Places();
    places.add(7, { ...range, name: "/gone" });
    places.add(7, { ...range, name: `${path} (deleted)` });
    places.add(7, { ...range, address: 0x1000n, name: "[anon]" });
    places.add(8, { ...range, address: 0x5000n, name: "/no/such/file" });
    const at = (process: number, address: bigint) => ({ process, address });
    const found = await places.find([
      at(7, 0x7f0000001004n),
      at(8, 0x5010n),
      at(7, 0x1004n),
      at(8, 0x7f0000001004n),
      at(7, 0x7f0000002000n),
    ]);
    expect(found).toEqual([
      { file: `${name}+0x3004`, line: 0 },
      { file: "file+0x1010", line: 0 },
      { file: "0x1004", line: 0 },
      { file: "0x7f0000001004", line: 0 },
      { file: "0x7f0000002000", line: 0 },
    ]);
    expect(places.fileOf(at(7, 0x7f0000001004n))).toBe(path);
    expect(places.isRuntime(at(7, 0x7f0000001004n))).toBe(false);
    places.close();
  });

  test("is not looked up in a file that is newer than the trace", async () => {
    const made = Date.UTC(2024, 0, 2);
    utimesSync(path, made / 1000, made / 1000);
    const before = new Places(made - 1);
    before.add(1, range);
    expect(await before.find([{ process: 1, address: 0x7f0000001004n }])).toEqual([
      { file: `${name}+0x3004`, line: 0 },
    ]);
    expect([...before.newer]).toEqual([path]);
    before.close();
    const later = new Places(made + 1);
    later.add(1, range);
    await later.find([{ process: 1, address: 0x7f0000001004n }]);
    expect([...later.newer]).toEqual([]);
    later.close();
  });

  test("of no instructions is nothing", async () => {
    const places = new Places();
    expect(await places.find([])).toEqual([]);
    expect(await places.functions([])).toEqual([]);
    places.close();
  });
});
