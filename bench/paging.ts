// Replacement policies: what a lookup costs under each, and what 4 M frames take. Only the policies' own time is measured: not the reading, nor
// the finding of pages' numbers, nor opt's look into the future.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Core } from "../src/engine/core.js";
import { type Columns, coreFor } from "./columns.js";
import { Future, LruStack, OptStack, WorkingSets } from "./inside.js";
import { printRow, same } from "./rows.js";

/** By the core's names, each with its parameter; windows are long enough to fill the frames. */
export const POLICIES: [name: string, parameter: bigint][] = [
  ["Lru", 0n],
  ["Fifo", 0n],
  ["Mru", 0n],
  ["Random", 0n],
  ["Clock", 0n],
  ["Clock0", 0n],
  ["Aging", 0n],
  ["Ws", 1_000_000n],
  ["WsClock", 100_000n],
  ["TwoQueue", 0n],
  ["Arc", 0n],
  ["Lirs", 0n],
  ["S3Fifo", 0n],
  ["Sieve", 0n],
  ["MultiGenLru", 0n],
  ["SegmentedFifo", 25n],
  ["Opt", 0n],
];

interface Row {
  policy: string;
  frames: number;
  pool: number;
  milliseconds: number;
}

/** Pools of several sizes and policies that are given the same records. */
export class TimedPools {
  private readonly core: Core;
  private readonly rows: Row[] = [];
  private readonly future: InstanceType<typeof Future>;
  private lookups = 0n;

  private constructor(core: Core, sizes: readonly number[], policies: readonly [string, bigint][]) {
    const { exports, enums } = core;
    const numbers = enums.Replacement as unknown as Record<string, number>;
    this.core = core;
    if (!exports.openLookups(12, false, false)) throw new Error("no memory");
    for (const frames of sizes) {
      for (const [policy, parameter] of policies) {
        if (!exports.addPool(numbers[policy] ?? 0, frames, parameter, 1n)) throw new Error("no memory");
        this.rows.push({ policy, frames, pool: this.rows.length, milliseconds: 0 });
      }
    }
    this.future = new Future(core);
  }

  static async create(
    sizes: readonly number[],
    policies: readonly [string, bigint][] = POLICIES,
  ): Promise<TimedPools> {
    return new TimedPools(await coreFor(), sizes, policies);
  }

  private look(pool: number, nexts: number): void {
    const start = performance.now();
    this.core.exports.lookPool(pool, nexts);
    const row = this.rows[pool];
    if (row) row.milliseconds += performance.now() - start;
  }

  /** Makes the lookups of some records, a batch at a time. */
  take(addresses: BigUint64Array, infos: Uint32Array): void {
    const { core, rows } = this;
    const { exports, enums } = core;
    const batch = enums.Batch.Capacity;
    for (let from = 0; from < infos.length; from += batch) {
      const to = Math.min(from + batch, infos.length);
      core.u64(exports.addresses.value, to - from).set(addresses.subarray(from, to));
      core.u32(exports.infos.value, to - from).set(infos.subarray(from, to));
      for (let at = 0; at < to - from; at = exports.gathered.value) {
        if (exports.gather(at, to - from) || exports.readyPools()) throw new Error("no memory");
        for (const { policy, pool } of rows) if (policy !== "Opt") this.look(pool, 0);
        if (rows.some(({ policy }) => policy === "Opt")) this.future.take();
      }
    }
    this.lookups = exports.lookups.value;
  }

  /** Rows with nanoseconds a lookup. */
  async ended(): Promise<{ policy: string; frames: number; nanoseconds: number }[]> {
    const pools = this.rows.filter(({ policy }) => policy === "Opt").map(({ pool }) => pool);
    const look = (nexts: number) => {
      for (const pool of pools) this.look(pool, nexts);
    };
    if (pools.length > 0) await this.future.replay(look, async () => {});
    return this.rows.map(({ policy, frames, milliseconds }) => ({
      policy,
      frames,
      nanoseconds: (milliseconds * 1e6) / Number(this.lookups),
    }));
  }
}

/** Lru and opt with every number of frames at once, and working sets of all windows, on a trace. */
export async function stackRows({ addresses, infos }: Columns): Promise<void> {
  const core = await coreFor();
  const { exports, enums } = core;
  const batch = enums.Batch.Capacity;
  const counts = ["Lru", "Opt"].map((name) => {
    const numbers = enums.Replacement as unknown as Record<string, number>;
    return exports.addPool(numbers[name] ?? 0, 64, 0n, 1n) >>> 0;
  });
  if (counts.includes(0) || !exports.openLookups(12, false, false)) throw new Error("no memory");
  const [lru, opt, windows] = [new LruStack(core), new OptStack(core), new WorkingSets(core, undefined)];
  const future = new Future(core);
  const times = { lru: 0, lruPool: 0, opt: 0, optPool: 0, windows: 0 };
  const timed = (name: keyof typeof times, task: () => unknown) => {
    const start = performance.now();
    if (task() === false) throw new Error("no memory");
    times[name] += performance.now() - start;
  };
  for (let from = 0; from < infos.length; from += batch) {
    const records = Math.min(batch, infos.length - from);
    core.u64(exports.addresses.value, records).set(addresses.subarray(from, from + records));
    core.u32(exports.infos.value, records).set(infos.subarray(from, from + records));
    for (let at = 0; at < records; at = exports.gathered.value) {
      if (exports.gather(at, records) || exports.readyPools()) throw new Error("no memory");
      timed("lru", () => lru.take());
      timed("lruPool", () => exports.lookPool(0, 0));
      timed("windows", () => windows.take());
      future.take();
    }
  }
  const look = (nexts: number) => {
    timed("opt", () => opt.take(nexts));
    timed("optPool", () => exports.lookPool(1, nexts));
  };
  await future.replay(look, async () => {});
  const faults = (pool: number) =>
    core.numbers(counts[pool] ?? 0, enums.PoolCount.Length)[enums.PoolCount.Faults];
  same("faults of lru with 64 frames", lru.counts([64])[0]?.faults, faults(0));
  same("faults of opt with 64 frames", opt.counts([64])[0]?.faults, faults(1));
  const each = (name: keyof typeof times) => (times[name] * 1e6) / Number(exports.lookups.value);
  const row = (name: string, time: number, against: string, bar: number) =>
    printRow({
      name,
      figure: `${time.toFixed(2)} ns a lookup`,
      against,
      ratio: time,
      unit: "ns",
      bar,
      better: "below",
    });
  row("Lru, every size", each("lru"), `64 frames alone ${each("lruPool").toFixed(2)}`, 10);
  row("Opt, every size", each("opt"), `64 frames alone ${each("optPool").toFixed(2)}`, 60);
  row("working sets, all windows", each("windows"), `Lru, every size ${each("lru").toFixed(2)}`, 60);
}

/** Each policy at 64 and 512 frames, on a trace. */
export async function policyRows(columns: Columns): Promise<void> {
  const pools = await TimedPools.create([64, 512]);
  pools.take(columns.addresses, columns.infos);
  print(await pools.ended(), 15);
}

/**
 * Each policy at 64 K frames on lookups of 1 M pages, Zipf's law with exponent 1, three in ten of them stores. One after the other: side by side
 * they would take the processor's caches from one another.
 */
export async function zipfRows(policies = POLICIES): Promise<void> {
  const batches = [...zipf(8_000_000, 1 << 20)];
  const rows = [];
  for (const policy of policies) {
    const pools = await TimedPools.create([65_536], [policy]);
    for (const { addresses, infos } of batches) pools.take(addresses, infos);
    rows.push(...(await pools.ended()));
  }
  print(rows, 60);
}

function print(rows: { policy: string; frames: number; nanoseconds: number }[], bar: number): void {
  const lru = rows.filter(({ policy }) => policy === "Lru");
  for (const { policy, frames, nanoseconds } of rows) {
    const first = lru.find((row) => row.frames === frames)?.nanoseconds ?? 0;
    printRow({
      name: `${policy}, ${frames} frames`,
      figure: `${nanoseconds.toFixed(2)} ns a lookup`,
      against: `Lru ${first.toFixed(2)}`,
      ratio: nanoseconds,
      unit: "ns",
      bar,
      better: "below",
    });
  }
}

export function* zipf(
  lookups: number,
  pages: number,
): Generator<{ addresses: BigUint64Array; infos: Uint32Array }> {
  const sums = new Float64Array(pages);
  let sum = 0;
  for (let rank = 0; rank < pages; rank++) {
    sum += 1 / (rank + 1);
    sums[rank] = sum;
  }
  const random = xorshift(1);
  const batch = 32_768;
  for (let made = 0; made < lookups; made += batch) {
    const addresses = new BigUint64Array(batch);
    const halves = new Uint32Array(addresses.buffer);
    const infos = new Uint32Array(batch);
    for (let at = 0; at < batch; at++) {
      const rank = below(sums, random() * sum);
      // Neighbours in rank are no neighbours in memory.
      const page = Math.imul(rank, 0x9e3779b1) & (pages - 1);
      halves[2 * at] = page << 12;
      halves[2 * at + 1] = page >>> 20;
      infos[at] = (random() < 0.3 ? 2 : 1) << 4;
    }
    yield { addresses, infos };
  }
}

/** The first place whose sum is above a value. */
function below(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
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

/** What a process takes that has 4 M frames under one policy full, and evicts. */
export function frameRows(): void {
  const script = fileURLToPath(new URL("./frames.js", import.meta.url));
  const bare = mebibytes(script, "none");
  for (const [policy] of POLICIES) {
    const taken = mebibytes(script, policy) - bare;
    printRow({
      name: `${policy}, 4 M frames`,
      figure: `${taken.toFixed(0)} MiB`,
      against: `a core without pools ${bare.toFixed(0)}`,
      ratio: taken,
      unit: "MiB",
      bar: 200,
      better: "below",
    });
  }
}

function mebibytes(script: string, policy: string): number {
  const { stdout, status, stderr } = spawnSync(process.execPath, [script, policy], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} ${policy}: ${stderr}`);
  return Number(stdout);
}
