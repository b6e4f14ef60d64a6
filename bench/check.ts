// The checker, from a file to findings: a heap as a capture has it, and a whole program whose accesses are of no block.

import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { check, convert, openTrace } from "pagewalk";
import { nativeFile } from "./blocks.js";
import { median, printRow, same } from "./rows.js";
import { time } from "./time.js";

const ROUNDS = 5;
const BLOCKS = 4000;
const ACCESSES = 4_000_000;
/** A block is freed and another given every so many accesses, of which so many in a row are to one block. */
const TURN = 400;
const RUN = 40;

export async function checkRows(path: string): Promise<void> {
  const heap = await heapTrace();
  const rates = await ratesOf(heap.path, ACCESSES);
  printRow({
    name: "check, a busy heap",
    figure: `${median(rates).toFixed(0)} M accesses/s (${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)})`,
    against: `${BLOCKS.toLocaleString("en-US")} blocks live, one freed and one given every ${TURN} accesses`,
    ratio: median(rates),
    unit: "M accesses/s",
    bar: 20,
    better: "above",
  });
  heap.remove();
  const program = await nativeFile(path);
  const { trace } = await check(openTrace(program.path));
  const whole = await ratesOf(program.path, trace.records);
  printRow({
    name: "check, a program",
    figure: `${median(whole).toFixed(0)} M accesses/s`,
    against: path,
    ratio: median(whole),
    unit: "M accesses/s",
    bar: 20,
    better: "above",
  });
  program.remove();
}

/** Millions of accesses a second, of some runs. */
async function ratesOf(path: string, accesses: number): Promise<number[]> {
  const milliseconds = await time(async () => {
    const { trace, errors } = await check(openTrace(path));
    same("accesses", trace.records, accesses);
    same("errors", errors.length, 0);
  }, ROUNDS);
  return milliseconds.map((each) => accesses / each / 1000);
}

/** A native trace of accesses to many blocks, one after another at random, which come and go. */
async function heapTrace(): Promise<{ path: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
  const text = join(folder, "heap.scenario");
  const path = join(folder, "heap.pagewalk");
  const file = createWriteStream(text);
  const random = randomNumbers(1);
  const sizes = Array.from({ length: BLOCKS }, (_, i) => 16 * (1 + (i % 32)));
  const start = (block: number) => 0x10000000 + block * 528;
  const at = (block: number) => `0x${start(block).toString(16)}`;
  file.write(sizes.map((size, block) => `malloc ${at(block)} ${size}\n`).join(""));
  for (let done = 0; done < ACCESSES; done += TURN) {
    const replaced = random(BLOCKS);
    const lines = [`free ${at(replaced)}`, `malloc ${at(replaced)} ${sizes[replaced]}`];
    for (let i = 0; i < TURN; i += RUN) lines.push(...runOver(random(BLOCKS), start, sizes));
    if (!file.write(`${lines.join("\n")}\n`)) await once(file, "drain");
  }
  file.end();
  await finished(file);
  await convert(openTrace(text), path);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** Accesses up a block, and up it again. */
function runOver(block: number, start: (block: number) => number, sizes: readonly number[]): string[] {
  return Array.from({ length: RUN }, (_, i) => {
    const address = start(block) + ((8 * i) % (sizes[block] ?? 8));
    return `${i % 3 === 0 ? "S" : "L"} 0x${address.toString(16)},8`;
  });
}

/** Numbers below a bound, the same in every run. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
