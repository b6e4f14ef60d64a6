import type { Command } from "commander";
import { REPLACEMENT_NAMES } from "../config/replacement.js";
import { type CurveOptions, type CurveResult, curve } from "../curve/curve.js";
import { planOf } from "../curve/options.js";
import { json } from "../report/json.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import {
  addSeveralFlags,
  addTraceFlags,
  collect,
  count,
  machineConfig,
  type SeveralFlags,
  share,
  type TraceFlags,
  tracesOf,
} from "./options.js";
import { print, printError, writeOutput } from "./output.js";
import { ranges } from "./ranges.js";
import { reading } from "./reading.js";

interface CurveFlags extends TraceFlags, SeveralFlags {
  policy?: string[];
  frames?: number[];
  preset?: string;
  config?: string;
  set?: string[];
  pageSize?: string;
  modify?: "twice" | "once";
  crossing?: "split" | "first";
  csv?: string;
  shards?: number;
  workingSet?: boolean;
  windows?: number[];
  jobs?: number;
}

export function addCurve(program: Command, done: (code: number) => void): void {
  const command = program
    .command("curve")
    .description("Page faults against the size of memory, a curve for each replacement policy.")
    .argument("<trace...>", "a trace file, or - for standard input; several with --interleave")
    .option(
      "--policy <list>",
      `policies: ${REPLACEMENT_NAMES}; without it, lru; may be repeated`,
      (text, before?: string[]) => collect(text, before),
    )
    .option(
      "--frames <list>",
      "sizes in frames, as in 64,512 or 1..4K*2; without it, the powers of two up to all pages (not of ws)",
      (text, before: number[] = []) => [...before, ...ranges(text)],
    )
    .option(
      "--shards <share>",
      "lru from this share of the pages only, as in 0.01, with the expected error: for very many pages",
      share,
    )
    .option("--working-set", "the size of the working set against its window, too")
    .option(
      "--windows <list>",
      "its windows in lookups, as in 1K,10K; without it, the powers of two up to the whole trace",
      (text, before: number[] = []) => [...before, ...ranges(text)],
    )
    .option("--preset <name>", "replay on this machine, once a point (see: pagewalk presets)")
    .option("--config <file>", "the same, a machine from a JSON file")
    .option(
      "--set <path=value>",
      "one key of the machine; may be repeated, as in --set memory.swap=64",
      collect,
    )
    .option("--page-size <size>", "the size of every page, as in 4K, 2M")
    .option("--modify <how>", "count a modify twice (a load and a store) or once (a store)")
    .option("--crossing <how>", "split a record that crosses pages, or look up its first only")
    .option("--jobs <n>", "threads at most, where they pay; without it, one a core", count)
    .option("--csv <file>", "write the points to a CSV file, too");
  addSeveralFlags(addTraceFlags(command))
    .addHelpText(
      "after",
      examples(
        ["pagewalk curve traces/sort.lackey.zst", "LRU, sizes up to the whole footprint"],
        ["pagewalk curve --policy lru,arc,opt --frames 16,32,64 prog.lackey", "three policies, three sizes"],
        [
          "pagewalk curve --policy sfifo:25,sfifo:50 --frames 1..64*2 prog.lackey",
          "shares in percent, doubling sizes",
        ],
        ["pagewalk curve --policy ws:1000,ws:10000 prog.lackey", "working sets of two windows, in lookups"],
        ["pagewalk curve --working-set traces/sort.lackey.zst", "working sets of all windows, mean and most"],
        [
          "pagewalk curve --working-set --windows 1K,10K,100K prog.lackey",
          "of some windows, in lookups of 1024",
        ],
        [
          "pagewalk curve --shards 0.25 traces/sort.lackey.zst",
          "LRU from a sample of the pages, and its expected error",
        ],
        [
          "pagewalk curve --frames 8..32+8 traces/thrashing.scenario",
          "a trace with mappings: each point is the run of a whole machine",
        ],
        [
          "pagewalk curve --policy arc,lirs,sieve --frames 16..1K*2 --jobs 4 prog.lackey",
          "many policies and sizes, by four threads",
        ],
        [
          "pagewalk curve --policy clock --kinds load,store --json prog.lackey",
          "data accesses only, as JSON",
        ],
      ),
    )
    .action(async (paths: string[], flags: CurveFlags) => done(await run(paths, flags)));
}

async function run(paths: readonly string[], flags: CurveFlags): Promise<number> {
  const choice = choiceOf(flags);
  // What is wrong with the options is told before the trace is looked at.
  planOf(choice);
  const trace = tracesOf(paths, flags);
  const { result, failure } = await reading(flags, (options) => curve(trace, { ...choice, ...options }));
  if (flags.csv !== undefined)
    await writeOutput(flags.csv, (await import("../report/curve.js")).curveCsv(result));
  await print(flags.json ? json(result) : await report(result));
  if (!failure) return EXIT.done;
  printError(failure.code, failure.message);
  return exitCodeOf(failure.code);
}

async function report(result: CurveResult): Promise<string> {
  return (await import("../report/curve.js")).curveReport(result, process.stdout.columns);
}

/** A machine where one was asked for: each point is its run then. */
function machineOf({ preset, config, set, pageSize }: CurveFlags): CurveOptions {
  if (preset === undefined && config === undefined && set === undefined) return { policies: [] };
  const given = { preset, config, set, pageSize };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { policies: [], machine: machineConfig(flags) };
}

function choiceOf(flags: CurveFlags): CurveOptions {
  const {
    policy = ["lru"],
    frames,
    pageSize,
    modify,
    crossing,
    seed,
    shards,
    workingSet,
    windows,
    jobs,
  } = flags;
  const counting = {
    ...(modify === undefined ? {} : { modify }),
    ...(crossing === undefined ? {} : { crossing }),
  };
  return {
    ...machineOf(flags),
    policies: policy.flatMap((list) => list.split(",")),
    count: counting,
    ...(frames === undefined ? {} : { frames }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(seed === undefined ? {} : { seed }),
    ...(shards === undefined ? {} : { shards }),
    ...(workingSet ? { workingSet } : {}),
    ...(windows === undefined ? {} : { windows }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}
