// Reading: bytes in memory or in a file, to batches.

import { readFileSync } from "node:fs";
import { Machine } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { Blocks, nativeFile } from "./blocks.js";
import { coreOf, cursorOver } from "./columns.js";
import { median, printRow, same } from "./rows.js";
import { time } from "./time.js";

const ROUNDS = 7;

/** Reads a trace to its end, batch by batch. The records that it had. */
export async function readAll(core: Core, source: string | Uint8Array): Promise<number> {
  const cursor = cursorOver(core, source);
  await cursor.open();
  let records = 0;
  for (let slice = await cursor.next(); slice; slice = await cursor.next()) records += slice.to - slice.from;
  cursor.close();
  return records;
}

export async function nativeRows(path: string): Promise<void> {
  const file = await nativeFile(path);
  const core = coreOf(await Machine.create());
  const blocks = new Blocks(core, file.path);
  same("records", await readAll(core, file.path), blocks.records);
  const rate = (milliseconds: number) => blocks.records / milliseconds / 1000;
  const memory = await time(() => blocks.decode(), ROUNDS);
  printRow({
    name: "native, from memory",
    figure: `${rate(median(memory)).toFixed(0)} M accesses/s`,
    against: `${(blocks.bytes / blocks.records).toFixed(2)} bytes an access unpacked`,
    ratio: rate(median(memory)),
    unit: "M accesses/s",
    bar: 350,
    better: "above",
  });
  const whole = await time(() => readAll(core, file.path), ROUNDS);
  printRow({
    name: "native, file to batches",
    figure: `${rate(median(whole)).toFixed(0)} M accesses/s`,
    against: `reading the file alone ${rate(median(await time(() => readFileSync(file.path), 3))).toFixed(0)} M accesses/s`,
    ratio: rate(median(whole)),
    unit: "M accesses/s",
    bar: 150,
    better: "above",
  });
  printRow({
    name: "native, size",
    figure: `${(file.bytes / blocks.records).toFixed(3)} bytes an access`,
    against: `${path}`,
    ratio: file.bytes / blocks.records,
    unit: "bytes an access",
    bar: 0.5,
    better: "below",
  });
  file.remove();
}
