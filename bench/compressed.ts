// Decompressing a trace file into a buffer, against the library that does it, fed from memory.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Zstd } from "@hpcc-js/wasm-zstd";
import { openTrace } from "pagewalk";
import type { Columns } from "./columns.js";
import { openBytes } from "./inside.js";
import { median, printRow, same } from "./rows.js";
import { lackeyFile } from "./text.js";
import { time } from "./time.js";

const ROUNDS = 5;
const RECORDS = 30_000_000;
const CHUNK = 1 << 18;

/** Reads a file's decompressed bytes to their end, as a reader does. How many there were. */
async function ours(path: string): Promise<number> {
  const opened = await openBytes(openTrace(path) as unknown as Parameters<typeof openBytes>[0], undefined);
  const buffer = new Uint8Array(2 * CHUNK);
  let bytes = 0;
  for (let read = -1; read !== 0; bytes += read) read = await opened.bytes.read(() => buffer);
  opened.close();
  return bytes;
}

async function zstddec(file: Uint8Array): Promise<number> {
  const { ZSTDDecoder } = await import("zstddec/stream");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  let bytes = 0;
  const take = taker();
  for (const chunk of decoder.decodeStreaming(pieces(file))) bytes += take(chunk);
  return bytes;
}

async function xzDecompress(file: Uint8Array): Promise<number> {
  const loaded = await import("xz-decompress");
  const { XzReadableStream } = (loaded as unknown as { default?: typeof loaded }).default ?? loaded;
  const chunks = pieces(file);
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
  let bytes = 0;
  const take = taker();
  for await (const chunk of new XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>) {
    bytes += take(chunk);
  }
  return bytes;
}

/** Copies a chunk into a buffer, as whoever wants its bytes does. */
function taker(): (chunk: Uint8Array) => number {
  const buffer = new Uint8Array(2 * CHUNK);
  return (chunk) => {
    for (let at = 0; at < chunk.length; at += buffer.length) {
      buffer.set(chunk.subarray(at, at + buffer.length));
    }
    return chunk.length;
  };
}

function* pieces(file: Uint8Array): Generator<Uint8Array, undefined> {
  for (let at = 0; at < file.length; at += CHUNK) yield file.subarray(at, at + CHUNK);
}

export async function compressedRows(columns: Columns): Promise<void> {
  const { path, remove } = await lackeyFile(columns, RECORDS);
  const zst = `${path}.zst`;
  writeFileSync(zst, (await Zstd.load()).compress(readFileSync(path), 3));
  await row("zstd", zst, zstddec);
  if (spawnSync("xz", ["-1", "-k", path]).status === 0) await row("xz", `${path}.xz`, xzDecompress);
  else printRow({ name: "xz, to bytes", note: "no xz here to make a file with: skipped" });
  remove();
}

async function row(
  name: string,
  path: string,
  library: (file: Uint8Array) => Promise<number>,
): Promise<void> {
  const file = readFileSync(path);
  const bytes = await ours(path);
  same("decompressed bytes", bytes, await library(file));
  const mine = await time(() => ours(path), ROUNDS);
  const theirs = await time(() => library(file), ROUNDS);
  const rate = (milliseconds: readonly number[]) => bytes / median(milliseconds) / 1e6;
  printRow({
    name: `${name}, to bytes`,
    figure: `${rate(mine).toFixed(2)} GB/s, of a file of ${(file.length / 1e6).toFixed(1)} MB`,
    against: `the library alone, from memory, ${rate(theirs).toFixed(2)} GB/s`,
    ratio: rate(mine) / rate(theirs),
    unit: "x the library's rate",
    bar: 1,
    better: "above",
  });
}
