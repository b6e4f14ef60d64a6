import { type Command, InvalidArgumentError, Option } from "commander";
import { layered } from "../config/resolve.js";
import { PagewalkError } from "../errors.js";
import { json } from "../report/json.js";
import { type AnalysisChoice, analysisOf, checkAnalysis } from "../sweep/analysis.js";
import { listItems, readAxes, splitAxis } from "../sweep/axes.js";
import { readSweepFile, type SweepFile } from "../sweep/file.js";
import { checkCounted, DEFAULT_METRIC } from "../sweep/metric.js";
import type { AxisValue, CellChoice, CellSpace, SweepAxes, SweepResult } from "../sweep/model.js";
import { combinationsOf } from "../sweep/space.js";
import { COSTS, type Cost } from "../sweep/storage.js";
import { type SweepOptions, sweep } from "../sweep/sweep.js";
import { openTrace, type Trace } from "../trace/trace.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import {
  addMachineFlags,
  addTraceFlags,
  assignmentsOf,
  collect,
  configFile,
  count,
  type MachineFlags,
  readJson,
  type TraceFlags,
  traceOptions,
} from "./options.js";
import { print, printError, writeOutput } from "./output.js";
import { sweepBar } from "./progress.js";
import { interruptible, tellSkipped } from "./reading.js";

/** Cells that are not answered without being asked twice. */
const MANY = 100_000;

interface SweepFlags extends TraceFlags, MachineFlags {
  axis?: string[];
  zip?: string[][];
  constraint?: string[];
  sweep?: string;
  skipImpossible?: boolean;
  yes?: boolean;
  jobs?: number;
  out?: string;
  resume?: boolean;
  force?: boolean;
  metrics?: "walk";
  csv?: string;
  parquet?: string;
  best?: number;
  by?: string;
  baseline?: string[];
  pareto?: Cost;
  sensitivity?: boolean;
  heatmap?: [string, string];
}

export function addSweep(program: Command, done: (code: number) => void): void {
  const command = program
    .command("sweep")
    .description("Many machines on one trace, every combination of some values: one table.")
    .argument("<trace...>", "a trace file, or - for standard input; of several, each on every machine")
    .option(
      "--axis <path=values>",
      "the values of a key: 16,32 or 1..64*2; may be repeated, the last moves fastest",
      collect,
    )
    .option("--zip <axes>", "axes that move together, as in l1d.entries,l1d.ways; may be repeated", zip)
    .option(
      "--constraint <condition>",
      "leave out the cells that do not meet it; may be repeated, as in 'l1d.ways <= 8'",
      collect,
    )
    .option("--sweep <file>", "axes, zip, constraints, preset and config from a JSON file; flags add to it")
    .option("--skip-impossible", "leave out combinations that are no machine, and list them")
    .option("--yes", `answer more than ${MANY} cells`)
    .option("--jobs <n>", "threads; without it, one a core", count)
    .option("--out <file>", "write each cell to a file of JSON lines as it is answered")
    .option("--resume", "go on with what --out has")
    .option("--force", "write over what --out has")
    .addOption(
      new Option("--metrics <which>", "count everything of each cell, not only what is quick").choices([
        "walk",
      ]),
    );
  addMachineFlags(addTraceFlags(command))
    .option("--best <n>", "how many cells to tell, the best first", count)
    .option("--by <metric>", `what the best has least of: a path of a cell; without it, ${DEFAULT_METRIC}`)
    .option(
      "--baseline <path=value,...>",
      "hold each cell against the one with these values of its axes; may be repeated",
      (text, before: string[] = []) => [...before, ...assignments(text)],
    )
    .addOption(
      new Option(
        "--pareto <cost>",
        "the cells of which no other has less of the TLBs' cost and the metric",
      ).choices(COSTS),
    )
    .option("--sensitivity", "how far each axis alone moves the metric")
    .option("--heatmap <down,across>", "a table of the metric over two axes, the best of all others", pair)
    .option("--csv <file>", "write the cells to a CSV file, too")
    .option("--parquet <file>", "write the cells to a Parquet file, too")
    .addHelpText(
      "after",
      examples(
        ["pagewalk sweep --axis l1d.entries=16..128*2 prog.lackey", "four sizes of a TLB"],
        [
          "pagewalk sweep --axis l1d.sets=4,8,16 --axis l1d.ways=1..8*2 --heatmap l1d.sets,l1d.ways prog.lackey",
          "twelve shapes, as a table",
        ],
        [
          "pagewalk sweep --axis pageSize=4K,2M --axis stlb.policy=lru,fifo,srrip --json prog.lackey",
          "page sizes and policies, as JSON",
        ],
        [
          "pagewalk sweep --axis l1d.entries=16..96+16 --axis l1d.ways=4,6 --constraint 'l1d.entries / l1d.ways is whole' prog.lackey",
          "only those with whole sets",
        ],
        [
          "pagewalk sweep --axis preset=intel-skylake,amd-zen4,apple-m1 --page-size 16K --skip-impossible prog.lackey",
          "machines that have 16K pages",
        ],
        [
          "pagewalk sweep --axis l1d.sets=1..16*2 --axis l1d.ways=1..4 --pareto bits --sensitivity --by tlb.l1d.misses traces/matmul.lackey.zst",
          "what more storage buys",
        ],
        [
          "pagewalk sweep --axis stlb.sets=64,128 --baseline stlb.sets=128 --csv cells.csv prog.lackey prog.lackey.gz",
          "two traces, against one of the machines",
        ],
      ),
    )
    .action(async (paths: string[], flags: SweepFlags) => done(await run(paths, flags)));
}

async function run(paths: readonly string[], flags: SweepFlags): Promise<number> {
  const { axes, choice } = await chosen(flags);
  const analysis = analysisChoice(flags);
  const traces = paths.map((path) => openTrace(path, traceOptions(flags)));
  checkSize(traces, axes, choice, flags);
  let space: CellSpace | undefined;
  const { result, failure } = await interruptible(await sweepBar(flags), (options) => {
    const answering = sweep(traces, axes, { ...choice, ...engineOptions(flags), ...options });
    space = answering.space;
    checkAnalysis(analysis, space);
    return answering.result();
  });
  for (const trace of [result.trace].flat()) tellSkipped(trace.skipped, flags);
  if (space) await write(result, space, analysis, flags);
  if (failure) {
    printError(failure.code, failure.message);
    return exitCodeOf(failure.code);
  }
  const lost = result.cells.flatMap(({ error }) => (error ? [error] : []));
  const [first] = lost;
  if (first) {
    const many = `${lost.length} of ${result.cells.length} cells could not be answered`;
    printError(first.code, `sweep: ${many}: ${first.message}`);
    return exitCodeOf(first.code);
  }
  checkCounted(analysis.by ?? DEFAULT_METRIC, result.cells);
  return EXIT.done;
}

async function write(
  result: SweepResult,
  space: CellSpace,
  choice: AnalysisChoice,
  flags: SweepFlags,
): Promise<void> {
  const analysis = analysisOf(result.cells, space, choice);
  if (flags.csv !== undefined || flags.parquet !== undefined) {
    const { columnsOf, sweepCsv } = await import("../report/sweepcolumns.js");
    const { relative } = analysis;
    const columns = columnsOf(result, relative && new Map(relative.map(({ cell, ratio }) => [cell, ratio])));
    if (flags.csv !== undefined) await writeOutput(flags.csv, sweepCsv(columns));
    if (flags.parquet !== undefined)
      await writeOutput(flags.parquet, (await import("../report/sweepparquet.js")).sweepParquet(columns));
  }
  if (!flags.json)
    return print((await import("../report/sweep.js")).sweepReport(result, space, analysis, choice.best));
  const isAsked = Object.values(choice).some((asked) => asked !== undefined);
  return print(json(isAsked ? { ...result, analysis } : result));
}

/** Axes and all that cells are made of: the file's, with the flags' over it. @throws PagewalkError `E_OPTION`, `E_CONFIG` */
async function chosen(flags: SweepFlags): Promise<{ axes: SweepAxes; choice: CellChoice }> {
  const file: SweepFile =
    flags.sweep === undefined ? {} : readSweepFile(readJson("--sweep", flags.sweep), flags.sweep);
  const own = (flags.axis ?? []).map(splitAxis);
  const repeated = own.map(([path]) => path).find((path, at, paths) => paths.indexOf(path) < at);
  if (repeated !== undefined)
    throw new PagewalkError("E_OPTION", `--axis ${repeated}: given twice; want all its values in one`);
  const preset = flags.preset ?? file.preset;
  return {
    axes: { ...file.axes, ...Object.fromEntries(own) },
    choice: {
      ...(preset === undefined ? {} : { preset }),
      config: layered(file.config ?? {}, configFile(flags)),
      set: assignmentsOf(flags),
      zip: [...(file.zip ?? []), ...(flags.zip ?? [])],
      constraints: [...(file.constraints ?? []), ...(flags.constraint ?? [])],
      ...(flags.skipImpossible ? { skipImpossible: true } : {}),
    },
  };
}

/** @throws PagewalkError `E_OPTION` for more cells than one might have meant */
function checkSize(traces: readonly Trace[], axes: SweepAxes, choice: CellChoice, { yes }: SweepFlags): void {
  const names = traces.map(({ name }) => name);
  const cells = combinationsOf(names, axes, choice);
  if (cells <= MANY || yes) return;
  throw new PagewalkError(
    "E_OPTION",
    `sweep: ${cells} cells; want ${MANY} at most, or --yes to answer them all`,
  );
}

function engineOptions({ jobs, out, resume, force, metrics }: SweepFlags): SweepOptions {
  if (resume && out === undefined)
    throw new PagewalkError("E_OPTION", "--resume: want --out FILE beside it, with the cells to go on from");
  const given = { jobs, out, resume, force, metrics };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function analysisChoice(flags: SweepFlags): AnalysisChoice {
  const { by, best, pareto, sensitivity, heatmap } = flags;
  const given = { by, best, pareto, sensitivity, heatmap, baseline: baselineOf(flags) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Values are read as those of axes are. @throws PagewalkError `E_OPTION` */
function baselineOf({ baseline }: SweepFlags): Record<string, AxisValue> | undefined {
  if (!baseline) return undefined;
  const problems: string[] = [];
  const axes = readAxes(Object.fromEntries(baseline.map(splitAxis)), problems);
  if (problems.length > 0)
    throw new PagewalkError("E_OPTION", `--baseline: ${problems.join("; ")}`, {}, problems);
  return Object.fromEntries(axes.map(({ path, values }) => [path, values[0] ?? null]));
}

function assignments(text: string): string[] {
  const items = listItems(text);
  if (items.every((item) => item.indexOf("=") >= 1)) return items;
  throw new InvalidArgumentError("want PATH=VALUE of some axes, as in l1d.entries=64,l1d.ways=4");
}

function zip(text: string, before: string[][] = []): string[][] {
  return [...before, text.split(",").map((path) => path.trim())];
}

function pair(text: string): [string, string] {
  const [down, across, ...others] = text.split(",").map((path) => path.trim());
  if (down && across && others.length === 0) return [down, across];
  throw new InvalidArgumentError("want two axes, as in l1d.entries,l1d.ways");
}
