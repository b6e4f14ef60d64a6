// Sweeps: many TLBs in the time of a few replays. Everything is in memory, and in one thread but where workers are the question; each row
// checks some of its cells against their own replays.

import { type ConfigInput, openTrace, resolveConfig, sweep } from "pagewalk";
import { type Columns, coreFor, LoadedMachine } from "./columns.js";
import { countsOf, keptStreams, Pass, type PassPlan, perform, planOf } from "./inside.js";
import { runProgram } from "./process.js";
import { median, printRow, same } from "./rows.js";
import { lackeyFile } from "./text.js";

const SIZES = ["4K", "2M", "1G"];
/** Machines that are replayed by themselves, of those of a row. */
const REPLAYED = 12;

type Cell = ReturnType<typeof planOf>["filtered"][number]["cell"];

const cellOf = (input: ConfigInput, index: number): Cell => ({
  index,
  values: {},
  trace: 0,
  config: resolveConfig(input) as Cell["config"],
});

const range = (from: number, to: number, factor: number): number[] =>
  from > to ? [] : [from, ...range(from * factor, to, factor)];

/** Split first TLBs of every shape: 1 to 4096 sets, 1 to 32 ways, three sizes of page. */
function singleLevel(): Cell[] {
  const shapes = range(1, 4096, 2).flatMap((sets) =>
    Array.from({ length: 32 }, (_, i) => ({ sets, ways: i + 1 })),
  );
  return SIZES.flatMap((pageSize) =>
    shapes.map(({ sets, ways }) => {
      const shape = { level: 1, pageSizes: [pageSize], entries: sets * ways, ways };
      return {
        pageSize,
        tlb: [
          { name: "l1i", kinds: ["instruction" as const], ...shape },
          { name: "l1d", kinds: ["load" as const, "store" as const], ...shape },
        ],
      };
    }),
  ).map(cellOf);
}

/** Two levels: four first TLBs for data, and 18 second ones behind each. */
function twoLevels(): Cell[] {
  return [16, 32, 64, 128]
    .flatMap((entries) =>
      range(16, 512, 2).flatMap((sets) =>
        [4, 8, 12].map((ways) => ({
          tlb: [
            {
              name: "l1i",
              level: 1,
              kinds: ["instruction" as const],
              pageSizes: ["4K"],
              entries: 128,
              ways: 8,
            },
            {
              name: "l1d",
              level: 1,
              kinds: ["load" as const, "store" as const],
              pageSizes: ["4K"],
              entries,
              ways: 4,
            },
            { name: "stlb", level: 2, pageSizes: ["4K"], entries: sets * ways, ways },
          ],
        })),
      ),
    )
    .map(cellOf);
}

/** Answers cells that passes answer, and gives milliseconds and the misses of each. */
async function swept(
  columns: Columns,
  cells: readonly Cell[],
): Promise<{ milliseconds: number; walks: number[] }> {
  const core = await coreFor();
  const plan: PassPlan = planOf(cells);
  const { addresses, infos } = columns;
  const batch = core.enums.Batch.Capacity;
  const started = performance.now();
  const pass = new Pass(
    core,
    plan.direct.map(({ spec }) => spec),
    keptStreams(plan),
  );
  for (let from = 0; from < infos.length; from += batch) {
    const to = Math.min(from + batch, infos.length);
    core.u64(core.exports.addresses.value, to - from).set(addresses.subarray(from, to));
    core.u32(core.exports.infos.value, to - from).set(infos.subarray(from, to));
    if (!pass.take({ from: 0, to: to - from })) throw new Error("not for passes");
  }
  const walks: number[] = [];
  const counted = pass.counts();
  for (const [i, lane] of plan.direct.entries()) note(lane, counted[i]);
  for (const lane of plan.behind) {
    const words = pass.words(lane.spec.stream);
    if (!words) throw new Error("too many words");
    const answer = await perform({ what: "lanes", words, lanes: [lane.spec] }, core.module);
    if (answer.what === "lanes") note(lane, answer.counts[0]);
  }
  function note(
    { spec, cells }: PassPlan["direct"][number],
    counts: ReturnType<typeof pass.counts>[number] | undefined,
  ): void {
    if (!counts) return;
    for (const { cell, approach } of cells) {
      walks[cell.index] = countsOf(cell.config, approach, spec, counts, pass.lookups(spec.stream)).walk.walks;
    }
  }
  return { milliseconds: performance.now() - started, walks };
}

async function against(name: string, columns: Columns, cells: readonly Cell[], bar: number): Promise<number> {
  // The first is for the engine's compilers.
  await swept(columns, cells);
  const { milliseconds, walks } = await swept(columns, cells);
  const some = Array.from(
    { length: REPLAYED },
    (_, i) => cells[Math.floor(((i + 0.5) * cells.length) / REPLAYED)],
  );
  const naive: number[] = [];
  for (const cell of some) {
    if (!cell) continue;
    const loaded = await LoadedMachine.create(columns, cell.config as ConfigInput);
    const started = performance.now();
    loaded.replay();
    naive.push(performance.now() - started);
    same(`walks of cell ${cell.index}`, walks[cell.index], loaded.machine.stats().walk.walks);
  }
  const mean = naive.reduce((sum, each) => sum + each, 0) / naive.length;
  const each = (time: number) => ((time * 1e6) / columns.infos.length).toFixed(2);
  printRow({
    name,
    figure: `${cells.length} machines, ${each(milliseconds)} ns a record in all`,
    against: `a replay of one ${each(mean)}`,
    ratio: (mean * cells.length) / milliseconds,
    unit: "times as fast",
    bar,
    better: "above",
  });
  return (milliseconds * 1e6) / columns.infos.length;
}

/** On a trace: all shapes at once, and second TLBs behind first ones. */
export async function sweepRows(columns: Columns): Promise<void> {
  const nanoseconds = await against("sweep, one level", columns, singleLevel(), 50);
  printRow({
    name: "",
    figure: `${nanoseconds.toFixed(2)} ns a record`,
    against: "one level, all shapes, three sizes of page",
    ratio: nanoseconds,
    unit: "ns",
    bar: 6,
    better: "below",
  });
  await against("sweep, two levels", columns, twoLevels(), 6);
}

/** A chain of pointers over 64 K pages in an order drawn from a seed, with a loop of instructions. */
export function chase(records: number): Columns {
  const pages = 1 << 16;
  const addresses = new BigUint64Array(records);
  const infos = new Uint32Array(records);
  let at = 1;
  for (let i = 0; i < records; i++) {
    const isLoad = i % 2 === 1;
    // A generator of full period: every page once a turn.
    if (isLoad) at = (at * 5 + 12345) % pages;
    addresses[i] = isLoad ? 0x1000_0000n + (BigInt(at) << 12n) : 0x40_0000n + BigInt((i % 64) * 4);
    infos[i] = isLoad ? (1 << 4) | (7 << 12) : 3 << 12;
  }
  return { path: "a chain of pointers", addresses, infos };
}

/** Sweeps of whole replays by one worker and by two. */
export async function workerRow(columns: Columns): Promise<void> {
  const { path, remove } = await lackeyFile(columns, 2_000_000);
  const axes = { "l1d.policy": ["srrip", "brrip", "lfu"], "l1d.sets": "1..16", pageSize: ["4K", "2M"] };
  const tlb = [
    { name: "l1d", level: 1, pageSizes: ["4K", "2M"], entries: 64, ways: 4 },
    { name: "stlb", level: 2, pageSizes: ["4K", "2M"], entries: 1536, ways: 12 },
  ];
  const timed = async (jobs: number) => {
    const { timing, cells } = await sweep(openTrace(path), axes, { config: { tlb }, jobs }).result();
    return { seconds: timing.seconds, walks: JSON.stringify(cells.map(({ walk }) => walk.walks)) };
  };
  const one: number[] = [];
  const two: number[] = [];
  for (let round = 0; round < 3; round++) {
    const [a, b] = [await timed(1), await timed(2)];
    if (a.walks !== b.walks) throw new Error("two workers count otherwise than one");
    one.push(a.seconds);
    two.push(b.seconds);
  }
  remove();
  printRow({
    name: "sweep, two workers",
    figure: `${median(two).toFixed(2)} s, 96 whole replays`,
    against: `one ${median(one).toFixed(2)} s`,
    ratio: median(one) / median(two),
    unit: "times as fast",
    bar: 1.8,
    better: "above",
  });
}

/** What a sweep by all methods holds in memory. */
export async function sweepMemory(columns: Columns): Promise<void> {
  const { path, remove } = await lackeyFile(columns, 100_000_000);
  const axes = [
    "l1d.policy=lru,fifo,srrip",
    "l1d.entries=32,64",
    "pageSize=4K,2M,1G",
    "stlb.entries=768,1536",
  ];
  const tlb = JSON.stringify([
    { name: "l1d", level: 1, pageSizes: SIZES, entries: 64, ways: 4 },
    { name: "stlb", level: 2, pageSizes: SIZES, entries: 1536, ways: 12 },
  ]);
  const { mebibytes } = runProgram([
    "sweep",
    path,
    "--set",
    `tlb=${tlb}`,
    ...axes.flatMap((axis) => ["--axis", axis]),
    "--json",
  ]);
  remove();
  printRow({
    name: "sweep, memory",
    figure: `${mebibytes.toFixed(0)} MiB resident at most`,
    against: "100 M records, 36 machines, all methods",
    ratio: mebibytes,
    unit: "MiB",
    bar: 1000,
    better: "below",
  });
}
