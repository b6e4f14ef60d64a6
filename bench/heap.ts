// Heaps: operations from memory, against the same allocators in C.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Core } from "../src/engine/core.js";
import type { HeapPolicy } from "../src/heap/policy.js";
import { coreFor } from "./columns.js";
import { openHeap, resolvePolicy } from "./inside.js";
import { median, printRow, same } from "./rows.js";

const SOURCE = new URL("../../../bench/native/heap.c", import.meta.url).pathname;
const ROUNDS = 9;
const MALLOC = 0;
const REALLOC = 2;
const FREE = 3;
const NULL_SLOT = 2 ** 28 - 1;

/** Operations as the core has them: a slot and an operation, and a size. */
interface Operations {
  name: string;
  words: Uint32Array;
}

/** Rows for a seeded trace and for those given. */
export async function heapRows(paths: readonly string[]): Promise<void> {
  const traces = [randomOperations(200_000), ...paths.map(repOperations)];
  for (const trace of traces) {
    const count = trace.words.length / 2;
    console.log(`\nheap, ${trace.name}: ${count.toLocaleString("en-US")} operations`);
    const native = NativeHeap.compile(trace);
    if (!native) printRow({ name: "against C", note: "no C compiler here: skipped" });
    for (const policy of ["segregated", "tlsf"]) await quickRow(trace, policy, native);
    if (native) await textbookRow(trace, native);
    native?.close();
  }
}

async function quickRow(trace: Operations, policy: string, native: NativeHeap | undefined): Promise<void> {
  const count = trace.words.length / 2;
  const { core, c } = await inTurns(trace, policy, policy, native);
  const rate = (milliseconds: number) => count / milliseconds / 1000;
  const shown = (times: number[]) =>
    `${rate(median(times)).toFixed(1)} M operations/s (at most ${rate(Math.min(...times)).toFixed(1)})`;
  printRow({
    name: policy,
    figure: shown(core),
    against: "from memory",
    ratio: rate(median(core)),
    unit: "M operations/s",
    bar: 30,
    better: "above",
  });
  if (!native) return;
  printRow({
    name: `${policy}, against C`,
    figure: shown(core),
    against: `C ${shown(c)}`,
    ratio: median(core) / median(c),
    unit: "x its time",
    bar: 1.2,
    better: "below",
  });
}

async function textbookRow(trace: Operations, native: NativeHeap): Promise<void> {
  const count = trace.words.length / 2;
  const { core, c } = await inTurns(trace, "csapp-implicit-first", "first", native);
  const each = (times: number[]) => `${((median(times) * 1e6) / count).toFixed(0)} ns an operation`;
  printRow({
    name: "textbook first fit",
    figure: each(core),
    against: `C ${each(c)}`,
    ratio: median(core) / median(c),
    unit: "x its time",
    bar: 1,
    better: "below",
  });
}

/** Milliseconds of each, taken in turns, so that both see the machine as it is at the time; the first turns warm up. */
async function inTurns(
  trace: Operations,
  policy: string,
  theirs: string,
  native: NativeHeap | undefined,
): Promise<{ core: number[]; c: number[] }> {
  const ours = new CoreHeap(await coreFor(), trace, resolvePolicy(policy));
  const core: number[] = [];
  const c: number[] = [];
  // About a tenth of a second a turn.
  ours.run(1);
  const rounds = Math.max(1, Math.min(200, Math.round(100 / (ours.run(1)[0] ?? 100))));
  for (let turn = 0; turn < ROUNDS; turn++) {
    const times = ours.run(rounds);
    if (turn > 0) core.push(...times);
    if (native) c.push(...native.run(theirs, rounds + 1).milliseconds.slice(1));
  }
  if (native) {
    const { counts } = native.run(theirs, 1);
    for (const [key, value] of Object.entries(ours.counts())) same(`${policy}: ${key}`, value, counts[key]);
  }
  return { core, c };
}

class CoreHeap {
  private readonly core: Core;
  private readonly policy: HeapPolicy;
  private readonly count: number;

  constructor(core: Core, trace: Operations, policy: HeapPolicy) {
    this.core = core;
    this.policy = policy;
    this.count = trace.words.length / 2;
    const buffer = core.exports.opsBuffer(this.count);
    if (!buffer) throw new Error("no memory");
    core.u32(buffer, trace.words.length).set(trace.words);
  }

  /** Replays the trace some times, each on an empty heap: milliseconds of each. */
  run(rounds: number): number[] {
    const { exports, enums } = this.core;
    return Array.from({ length: rounds }, () => {
      const start = performance.now();
      openHeap(this.core, this.policy);
      for (let from = 0; from < this.count; from += 65_536) {
        const status = exports.runOps(from, Math.min(65_536, this.count - from));
        if (status !== enums.Status.Ok) throw new Error(`status ${status}`);
      }
      return performance.now() - start;
    });
  }

  counts(): Record<string, number> {
    const { exports, enums } = this.core;
    const { HeapStat } = enums;
    const counts = this.core.numbers(exports.heapStats.value, HeapStat.Length);
    const count = (slot: number) => counts[slot] ?? Number.NaN;
    return {
      heapBytes: count(HeapStat.HeapBytes),
      peakPayload: count(HeapStat.PeakPayload),
      splits: count(HeapStat.Splits),
      merges: count(HeapStat.Merges),
      visited: count(HeapStat.Visited),
      copied: count(HeapStat.Copied),
    };
  }
}

/** The allocators in C, compiled for this machine, with a trace in a file. */
class NativeHeap {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** undefined where there is no C compiler. */
  static compile({ words }: Operations): NativeHeap | undefined {
    const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
    if (!compiler) return undefined;
    const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
    execFileSync(compiler, ["-std=c11", "-O3", "-march=native", "-o", join(folder, "heap"), SOURCE]);
    const header = new Uint32Array([words.length / 2, 0]);
    const bytes = (array: Uint32Array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    writeFileSync(join(folder, "operations"), Buffer.concat([bytes(header), bytes(words)]));
    return new NativeHeap(folder);
  }

  run(policy: string, rounds: number): { milliseconds: number[]; counts: Record<string, number> } {
    const output = execFileSync(
      join(this.folder, "heap"),
      [policy, join(this.folder, "operations"), String(rounds)],
      { encoding: "utf8" },
    );
    const lines = output.trim().split("\n");
    const counts = JSON.parse(lines.pop() ?? "{}") as Record<string, number>;
    return { milliseconds: lines.map((line) => Number(line) / 1e6), counts };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A trace of the malloc lab. */
function repOperations(path: string): Operations {
  const lines = readFileSync(path, "utf8").trim().split("\n").slice(4);
  const words = new Uint32Array(2 * lines.length);
  const numbers: Record<string, number> = { a: MALLOC, r: REALLOC, f: FREE };
  for (const [at, line] of lines.entries()) {
    const [verb = "", id = "", size = "0"] = line.split(" ");
    words[2 * at] = (id === "-1" ? NULL_SLOT : Number(id)) + (numbers[verb] ?? 0) * 2 ** 28;
    words[2 * at + 1] = Number(size);
  }
  return { name: basename(path), words };
}

/** Blocks of mostly less than 200 bytes and now and then of up to 64 KiB, 4000 of them live; young ones go first, and one in twenty is resized instead. */
function randomOperations(count: number): Operations {
  const next = xorshift(1);
  const words = new Uint32Array(2 * count);
  const live: number[] = [];
  const spare: number[] = [];
  const bytes = () => {
    const kind = next();
    if (kind < 0.9) return Math.floor(8 + 200 * next() * next());
    return Math.floor(kind < 0.998 ? 200 + 2000 * next() : 65_536 * next());
  };
  for (let at = 0; at < count; at++) {
    const put = (slot: number, op: number, size: number) => {
      words[2 * at] = slot + op * 2 ** 28;
      words[2 * at + 1] = size;
    };
    if (live.length < 2000 || next() < (live.length < 4000 ? 0.52 : 0.48)) {
      const slot = spare.pop() ?? live.length + spare.length;
      live.push(slot);
      put(slot, MALLOC, bytes());
      continue;
    }
    const which = live.length - 1 - Math.floor(live.length * next() * next() * next());
    const slot = live[which] ?? 0;
    if (next() < 0.05) {
      put(slot, REALLOC, bytes());
      continue;
    }
    live[which] = live[live.length - 1] ?? 0;
    live.pop();
    spare.push(slot);
    put(slot, FREE, 0);
  }
  return { name: "seeded", words };
}

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
