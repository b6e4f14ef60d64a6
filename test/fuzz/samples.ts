// A small trace of each format, and of each compression: what the fuzz runs cut and garble. A new format needs its row.

import { gzipSync } from "node:zlib";
import { XZ, ZSTD } from "../cli/fixtures.js";
import { zipOf } from "../cli/zipped.js";
import { writeChampSim } from "../oracle/champsim.js";
import { writeCloudSuite } from "../oracle/cloudsuite.js";
import { FOOTER, HEADER, load, pid, thread, time, writeDrmem } from "../oracle/drmemtrace.js";
import { writeGem5 } from "../oracle/gem5.js";
import { writeNative } from "../oracle/nativewriter.js";
import { writeOracleGeneral } from "../oracle/oraclegeneral.js";
import type { Entry } from "../roundtrip.js";
import { SAMPLES as EVENT_TEXTS } from "../unit/formats/samples.js";

const text = (...lines: string[]) => new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
const eight = Array.from({ length: 8 }, (_, i) => i);

const LACKEY = text(
  "==12== Lackey, an example Valgrind tool",
  "==12== Command: ls",
  "I  04025870,3",
  " L 1ffefff8d8,8",
  " S 1ffefff8d0,8",
  "I  04025873,5",
  " M 0421b858,4",
  "==12== ",
  "==12== Exit code:       0",
);

const NATIVE: Entry[] = [
  ...eight.map((i): Entry => ({ kind: "instruction", address: BigInt(0x401000 + 4 * i), size: 4 })),
  { event: "switch", process: 2n, thread: 3n },
  { event: "malloc", id: "p", size: 24n, at: { file: "a.c", line: 7 } },
  ...eight.map((i): Entry => ({ kind: "store", address: BigInt(0x7ff000 - 64 * i), size: 8 })),
  { event: "access", kind: "load", address: { base: "p", offset: 8n }, size: 2n, bytes: "beef" },
];

/** By the format's name. */
export const SAMPLES: Record<string, Uint8Array> = {
  ...Object.fromEntries(
    Object.entries(EVENT_TEXTS).map(([name, sample]) => [name, text(sample.text.replace(/\n$/, ""))]),
  ),
  pagewalk: writeNative(NATIVE, 7, { width: "least", packing: 0 }),
  scenario: text(
    "# two processes",
    "mmap 0 64K rw private,anon as $a",
    "S $a+16,4 =deadbeef",
    "fork 2",
    "@2 L $a+16,4 =deadbeef",
    'file "a b" 8K ro',
    "switch 2 7",
    "malloc p 24 at list.c:9",
    "L 0x1000,8",
    "realloc p q 1K",
    "free q",
    "expect-fault segv 0 store",
    "exit",
  ),
  lackey: LACKEY,
  pinatrace: text("# comment", "0x7f3e1c2a1090: R 0x7ffd5b8a0f78", "W 3212859348", "0x7f: W 0x1000", "#eof"),
  din: text("2 408ed4", "0 1000ffff comment", "1 7fff0000", "2 408ed8"),
  rw: text("0041f7a0 R", "13f5e2c0 W", "0x31348900 r"),
  drmemtrace: writeDrmem([
    ...[
      HEADER,
      [28, 12, 7n] as const,
      thread(5n),
      pid(4n),
      time(1n),
      load(0x1000n),
      [1, 8, 0x2000n] as const,
    ],
    ...eight.map((i) => [10, 4, BigInt(0x401000 + 4 * i)] as const),
    ...[time(2n), [2, 1, 64n] as const, load(0x3000n), FOOTER],
  ]),
  gem5: writeGem5(
    eight.map((i) => ({
      tick: BigInt(500 * i),
      cmd: i % 2 ? 1 : 4,
      addr: BigInt(64 * i),
      size: 64,
      flags: 256 * (i % 3),
    })),
  ),
  oracleGeneral: writeOracleGeneral(
    eight.map((i) => ({ time: i, id: BigInt(i % 3), size: 4096, next: i < 5 ? BigInt(i + 3) : -1n })),
  ),
  champsim: writeChampSim(
    eight.map((i) => ({
      ip: BigInt(0x401000 + 4 * i),
      isBranch: i === 3,
      taken: i === 3,
      stores: [BigInt(i % 2 ? 0x7fff0000 + 8 * i : 0), 0n],
      loads: [BigInt(0x10000 * i), 0n, 0n, 0n],
    })),
  ),
  "champsim-cloudsuite": writeCloudSuite(
    eight.map((i) => ({
      ip: BigInt(0x401000 + 4 * i),
      taken: i === 3,
      asid: i >> 2,
      stores: [BigInt(i % 2 ? 0x7fff0000 + 8 * i : 0), 0n, 0n, 0n],
      loads: [BigInt(0x10000 * i), 0n, 0n, 0n],
    })),
  ),
};

/** By the compression's name, a trace of lackey in each. */
export const PACKED: Record<string, Uint8Array> = {
  gzip: new Uint8Array(gzipSync(LACKEY)),
  zstd: new Uint8Array(ZSTD),
  xz: new Uint8Array(XZ),
  zip: new Uint8Array(zipOf({ name: "a.lackey", content: LACKEY })),
};
