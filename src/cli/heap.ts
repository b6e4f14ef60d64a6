import { type Command, InvalidArgumentError } from "commander";
import { change, DEFAULT_POLICIES, resolvePolicies } from "../heap/policies.js";
import { type HeapReplayOptions, type HeapResult, replayHeap } from "../heap/replay.js";
import { json } from "../report/json.js";
import { openTrace } from "../trace/trace.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { meets, parseThreshold } from "./failif.js";
import { type GcFlags, gcOf, times, yesOrNo } from "./heapgc.js";
import { collect, records, type TraceFlags, traceOptions } from "./options.js";
import { note, print, printError, writeOutput } from "./output.js";
import { amount } from "./ranges.js";
import { reading } from "./reading.js";

interface HeapFlags
  extends GcFlags,
    Pick<TraceFlags, "format" | "decompressCmd" | "skipBad" | "json" | "quiet" | "progress"> {
  policy?: string[];
  set?: string[];
  process?: number;
  limit?: number;
  samples?: number;
  map?: "peak" | "end" | number;
  validate?: boolean;
  leakCheck?: boolean;
  csv?: string;
  series?: string;
  failIf?: string[];
}

export function addHeap(program: Command, done: (code: number) => void): void {
  program
    .command("heap")
    .description("Replay the allocations of a trace through heaps of other policies, and compare them.")
    .argument("<trace>", "a trace file with allocations, or - for standard input")
    .option(
      "--policy <list>",
      "policies, as in tlsf,dl or tlsf,tlsf+alignment=16; all: every preset; may be repeated",
      collect,
    )
    .option("--set <key=value>", "one key of every policy; may be repeated, as in --set limit=256M", collect)
    .option("--process <n>", "replay this process; without it, the one that allocates most often", records)
    .option("--limit <n>", "replay at most n operations", amount)
    .option("--samples <n>", "look at each heap so many times, for fragmentation over time", amount)
    .option("--map <when>", "draw each heap: at its peak, at the end, or behind so many operations", moment)
    .option("--validate", "check each heap, block by block and as a whole, and what is in its payloads")
    .option("--gc", "replay once more with a collector, and without the trace's frees")
    .option("--gc-interior <yes|no>", "whether a pointer into the middle of a block keeps it", yesOrNo)
    .option("--gc-precise", "follow only what a scenario says is a pointer")
    .option("--gc-lazy", "free dead blocks only as requests find no room")
    .option("--gc-growth <n>", "collect when the heap has grown n times, 2 unless said", times)
    .option("--leak-check", "say of blocks that are live at the end what pointers lead to them, by place")
    .option("--csv <file>", "write the table of policies to a CSV file, too")
    .option("--series <file>", "write heap size and fragmentation over time to a CSV file")
    .option(
      "--fail-if <condition>",
      "exit 1 if a number of the JSON result meets it; may be repeated",
      collect,
    )
    .option("--format <name>", "the trace's format; without it, the content tells")
    .option("--decompress-cmd <command>", "decompress by a command, from its standard input to its output")
    .option("--skip-bad <n>", "pass over, and count, up to n bad records", records)
    .option("--json", "print JSON instead of text")
    .option("--quiet", "no notes and no progress on standard error")
    .option("--no-progress", "no progress bar")
    .addHelpText(
      "after",
      examples(
        ["pagewalk heap traces/words.rep", "some policies, ranked by the size of their heaps"],
        ["pagewalk heap --policy all prog.rep", "every preset"],
        [
          "pagewalk heap --policy tlsf,tlsf+alignment=16,tlsf+header=8 prog.rep",
          "what a change of one costs",
        ],
        [
          "pagewalk heap --policy csapp-implicit-next --map peak prog.rep",
          "a picture of the heap when it is fullest",
        ],
        [
          "pagewalk heap --policy tlsf --gc prog.rep",
          "how large the heap is with a collector instead of free",
        ],
        ["pagewalk heap --gc --gc-interior no traces/graph.scenario", "what interior pointers keep"],
        [
          "pagewalk heap --policy tlsf --leak-check traces/errors/leak.scenario",
          "what is lost, and where it was allocated",
        ],
        ["pagewalk heap --set limit=16M --json prog.rep", "what fails in a heap of 16 MiB"],
        [
          "pagewalk heap --policy tuned --fail-if 'policies.tuned.utilization < 0.8' prog.rep",
          "a test for a build",
        ],
        ["pagewalk heap --policy all --validate prog.rep", "is each of them right"],
        ["pagewalk heap --series over-time.csv prog.rep", "fragmentation over time, for a plot"],
      ),
    )
    .action(async (path: string, flags: HeapFlags) => done(await run(path, flags)));
}

async function run(path: string, flags: HeapFlags): Promise<number> {
  const thresholds = (flags.failIf ?? []).map(parseThreshold);
  const choice = choiceOf(flags);
  // What is wrong with the policies is told before the trace is looked at.
  resolvePolicies(choice.policies ?? DEFAULT_POLICIES, choice.set);
  const trace = openTrace(path, traceOptions(sourceOf(flags)));
  const { result, failure } = await reading(flags, (options) => replayHeap(trace, { ...choice, ...options }));
  await tell(result, flags);
  await write(result, flags);
  if (failure) {
    printError(failure.code, failure.message);
    return exitCodeOf(failure.code);
  }
  const byName = { ...result, policies: { ...result.policies, ...named(result) } };
  const missed = thresholds.filter((threshold) => meets(byName, threshold));
  for (const { text } of missed) note(`the result meets --fail-if ${text}`, flags);
  return missed.length > 0 ? EXIT.missed : EXIT.done;
}

function choiceOf(flags: HeapFlags): HeapReplayOptions {
  const { policy, set, process, limit, samples, map, validate, leakCheck } = flags;
  const policies = policy?.flatMap((list) => list.split(","));
  const given = {
    policies: policies && [...new Set(policies)],
    process,
    operations: limit,
    samples,
    map,
    validate,
    leakCheck,
    gc: gcOf(flags),
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return set === undefined ? options : { ...options, set: Object.fromEntries(set.map(change)) };
}

function sourceOf({ format, decompressCmd, skipBad }: HeapFlags): TraceFlags {
  const named = { format, decompressCmd, skipBad };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** What was made of a trace that is not plain. */
async function tell({ processes, process, unknown }: HeapResult, flags: HeapFlags): Promise<void> {
  const { many } = await import("../report/format.js");
  if (processes.length > 1 && flags.process === undefined) {
    const all = processes
      .map(({ pid, operations }) => `${pid} (${many(operations, "operation")})`)
      .join(", ");
    note(`several processes allocate: ${all}; ${process} is replayed, --process N takes another`, flags);
  }
  const { frees, reallocs, missedFrees } = unknown;
  if (frees + reallocs + missedFrees === 0) return;
  const parts = [
    frees > 0 ? `${many(frees, "free")} of unknown blocks` : "",
    reallocs > 0 ? `${many(reallocs, "realloc")} of them` : "",
    missedFrees > 0 ? `${many(missedFrees, "block")} given out again without a free` : "",
  ];
  const all = parts.filter(Boolean).join(", ");
  note(`the trace misses calls: ${all}; docs/heap.md says what is made of them`, flags);
}

async function write(result: HeapResult, { csv, series, json: asJson }: HeapFlags): Promise<void> {
  const report = await import("../report/heap.js");
  if (csv !== undefined) await writeOutput(csv, report.policiesCsv(result));
  if (series !== undefined) await writeOutput(series, report.samplesCsv(result));
  await print(asJson ? json(result) : report.heapReport(result));
}

/** The policies by their names, as `--fail-if` may call them. */
function named({ policies }: HeapResult): Record<string, unknown> {
  return Object.fromEntries(policies.map((policy) => [policy.name, policy]));
}

function moment(text: string): "peak" | "end" | number {
  if (text === "peak" || text === "end") return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("want peak, end, or a number of operations");
}
