// `npm run bench [-- TRACE]`: each row holds one thing against another in the same run. Without a TRACE the
// shipped ones are used; TRACEs of the malloc lab (.rep) alone are for heaps alone. Absolute figures move with the machine; the ratios are what the bars are about.

import { readFileSync } from "node:fs";
import { Machine, openTrace, replay } from "pagewalk";
import { binaryRows } from "./binary.js";
import { checkRows } from "./check.js";
import { collectRows } from "./collect.js";
import { type Columns, columnsOf, LoadedMachine } from "./columns.js";
import { compressedRows } from "./compressed.js";
import { nativeRows } from "./formats.js";
import { heapRows } from "./heap.js";
import { machineRows } from "./machines.js";
import { MapSimulator } from "./mapsim.js";
import { NativeReplay } from "./native.js";
import { frameRows, policyRows, stackRows, zipfRows } from "./paging.js";
import { runProgram } from "./process.js";
import { processRows } from "./processes.js";
import { median, printRow, same, spread } from "./rows.js";
import { chase, sweepMemory, sweepRows, workerRow } from "./sweep.js";
import { countInJavaScript, lackeyFile } from "./text.js";
import { time } from "./time.js";

const ROUNDS = 7;

async function main(given: string[]): Promise<void> {
  const heaps = given.filter((path) => path.endsWith(".rep"));
  const traces = given.filter((path) => !path.endsWith(".rep"));
  if (traces.length > 0 || heaps.length === 0) await traceRows(traces.length > 0 ? traces : SHIPPED);
  await heapRows(heaps);
  console.log("\ncollecting");
  await collectRows();
}

const SHIPPED = ["traces/sort.lackey.zst", "traces/matmul.lackey.zst", "traces/list.lackey.zst"];

async function traceRows(paths: string[]): Promise<void> {
  for (const path of paths) {
    const columns = await columnsOf(path);
    console.log(`\n${path}: ${columns.infos.length.toLocaleString("en-US")} records`);
    await againstNative(columns);
    await againstMaps(columns);
    await textToCounts(columns);
    await machineRows(columns);
    await nativeRows(path);
    await stackRows(columns);
    await policyRows(columns);
    await sweepRows(columns);
  }
  const columns = await columnsOf(paths[0] ?? "");
  console.log("\nsweeps: a chain of pointers through 64 K pages; workers; memory");
  await sweepRows(chase(4_000_000));
  await workerRow(columns);
  await sweepMemory(columns);
  console.log("\nprocesses");
  await processRows();
  console.log("\nreplacement policies");
  await zipfRows();
  frameRows();
  console.log("\nchecking");
  await checkRows(paths[0] ?? "");
  console.log("\nreading");
  await binaryRows();
  await compressedRows(columns);
  console.log("\nwhole processes");
  await wholeRun(columns);
  await memory(columns);
}

async function againstNative(columns: Columns): Promise<void> {
  const native = NativeReplay.compile(columns);
  if (!native) {
    printRow({ name: "replay, against C", note: "no C compiler here: skipped" });
    return;
  }
  const loaded = await LoadedMachine.create(columns);
  // In turns, so that both see the machine as it is at the time; the first turn of each warms up.
  const core: number[] = [];
  const c: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    core.push(...(await time(() => loaded.replay(), 2)));
    c.push(...native.run(3).milliseconds.slice(1));
  }
  const { counts } = native.run(1);
  native.close();
  const once = await LoadedMachine.create(columns);
  once.replay();
  const { tlb, walk, pages } = once.machine.stats();
  const [instruction, load, store] = counts.l1Misses;
  same("level 1 misses", tlb["l1i"]?.misses, instruction);
  same("level 1 misses", tlb["l1d"]?.misses, (load ?? 0) + (store ?? 0));
  same("entries read", walk.pteReads, counts.pteReads);
  same("dirty-bit assists", walk.dirtyAssists, counts.assists);
  same("tables", pages.tables, counts.tables);
  const records = columns.infos.length;
  printRow({
    name: "replay, against C",
    figure: `${perRecord(median(core), records)}, ${spread(core, records)}`,
    against: `C ${perRecord(median(c), records)}, ${spread(c, records)}`,
    ratio: median(core) / median(c),
    unit: "x its time",
    bar: 1.2,
    better: "below",
  });
}

async function againstMaps(columns: Columns): Promise<void> {
  const loaded = await LoadedMachine.create(columns);
  const core = await time(() => loaded.replay(), ROUNDS);
  const maps = await time(() => new MapSimulator().replay(columns), 2);
  const simulator = new MapSimulator();
  simulator.replay(columns);
  const once = await LoadedMachine.create(columns);
  once.replay();
  const { tlb, walk } = once.machine.stats();
  same("stlb misses", tlb["stlb"]?.misses, simulator.misses.stlb);
  same("entries read", walk.pteReads, simulator.pteReads);
  const records = columns.infos.length;
  printRow({
    name: "replay, against Maps",
    figure: perRecord(median(core), records),
    against: `Maps ${perRecord(median(maps), records)}`,
    ratio: median(maps) / median(core),
    unit: "times as fast",
    bar: 20,
    better: "above",
  });
}

async function textToCounts(columns: Columns): Promise<void> {
  const records = Math.max(columns.infos.length, 15_000_000);
  const { path, remove } = await lackeyFile(columns, records);
  const core = await time(async () => {
    await replay(await Machine.create(), openTrace(path));
  }, ROUNDS);
  const text = readFileSync(path);
  const plain = await time(() => countInJavaScript(text), 2);
  remove();
  const rate = (milliseconds: number) => records / milliseconds / 1000;
  printRow({
    name: "lackey text to counts",
    figure: `${rate(median(core)).toFixed(0)} M lines/s (${rate(Math.max(...core)).toFixed(0)} to ${rate(Math.min(...core)).toFixed(0)})`,
    against: `parsing alone in JavaScript ${rate(median(plain)).toFixed(0)} M lines/s`,
    ratio: rate(median(core)),
    unit: "M lines/s",
    bar: 100,
    better: "above",
  });
}

async function wholeRun(columns: Columns): Promise<void> {
  const { path, remove } = await lackeyFile(columns, 1_000_000);
  const runs = Array.from({ length: ROUNDS }, () => runProgram(["run", path, "--json"]).seconds);
  const bare = Array.from({ length: ROUNDS }, () => runProgram(["--version"]).seconds);
  remove();
  printRow({
    name: "run, 1 M records",
    figure: `${median(runs).toFixed(3)} s (${Math.min(...runs).toFixed(3)} to ${Math.max(...runs).toFixed(3)})`,
    against: `--version ${median(bare).toFixed(3)} s`,
    ratio: median(runs),
    unit: "s",
    bar: 0.35,
    better: "below",
  });
}

async function memory(columns: Columns): Promise<void> {
  const short = await lackeyFile(columns, 1_000_000);
  const long = await lackeyFile(columns, 50_000_000);
  const small = runProgram(["run", short.path, "--json"]).mebibytes;
  const large = runProgram(["run", long.path, "--json"]).mebibytes;
  short.remove();
  long.remove();
  printRow({
    name: "memory, 50 M records",
    figure: `${large.toFixed(0)} MiB resident at most`,
    against: `1 M records ${small.toFixed(0)} MiB`,
    ratio: large,
    unit: "MiB",
    bar: 150,
    better: "below",
  });
}

function perRecord(milliseconds: number, records: number): string {
  return `${((milliseconds * 1e6) / records).toFixed(2)} ns a record`;
}

await main(process.argv.slice(2));
