import type { Command } from "commander";
import { Machine } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { replay } from "../replay/replay.js";
import { json } from "../report/json.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { meets, parseThreshold } from "./failif.js";
import {
  addMachineFlags,
  addSeveralFlags,
  addTraceFlags,
  collect,
  type MachineFlags,
  machineConfig,
  type SeveralFlags,
  type TraceFlags,
  tracesOf,
} from "./options.js";
import { note, print, printError, writeOutput } from "./output.js";
import { amount } from "./ranges.js";
import { reading } from "./reading.js";

interface RunFlags extends TraceFlags, MachineFlags, SeveralFlags {
  failIf?: string[];
  window?: number;
  csv?: string;
}

export function addRun(program: Command, done: (code: number) => void): void {
  const command = program
    .command("run")
    .description("Replay a trace on one machine, and report what its memory system would do.")
    .argument("<trace...>", "a trace file, or - for standard input; several with --interleave");
  addMachineFlags(addSeveralFlags(addTraceFlags(command)))
    .option(
      "--fail-if <condition>",
      "exit 1 if a number of the JSON result meets it; may be repeated",
      collect,
    )
    .option("--window <n>", "tell faults, working set and page states of every n records, as in 100K", amount)
    .option("--csv <file>", "write the windows to a CSV file, too")
    .addHelpText(
      "after",
      examples(
        ["pagewalk run traces/matmul.lackey.zst", "the default machine"],
        ["pagewalk run --preset amd-zen4 --json prog.lackey", "another machine, as JSON"],
        ["pagewalk run --page-size 2M prog.lackey.gz", "huge pages throughout"],
        ["pagewalk run --set l1d.entries=32 --set l1d.ways=32 prog.lackey", "one TLB changed"],
        ["pagewalk run --fail-if 'tlb.stlb.misses > 1000' prog.lackey", "a test for a build"],
        [
          "pagewalk run --interleave 10000 traces/sort.lackey.zst traces/list.lackey.zst",
          "two programs that take turns",
        ],
        [
          "pagewalk run --set memory.frames=64 --window 10K prog.lackey",
          "few frames: does it thrash, when, and how many would do",
        ],
        ["pagewalk run --window 100K --csv windows.csv prog.lackey", "the working set over time"],
        [
          "valgrind --tool=lackey --trace-mem=yes ls 2>&1 >/dev/null | pagewalk run -",
          "straight from a program",
        ],
      ),
    )
    .action(async (paths: string[], flags: RunFlags) => done(await run(paths, flags)));
}

async function run(paths: readonly string[], flags: RunFlags): Promise<number> {
  const { window, csv } = flags;
  if (csv !== undefined && window === undefined) {
    throw new PagewalkError("E_OPTION", "--csv: want --window N beside it: its rows are the windows");
  }
  const thresholds = (flags.failIf ?? []).map(parseThreshold);
  const machine = await Machine.create(machineConfig(flags));
  const trace = tracesOf(paths, flags);
  const { result, failure } = await reading(flags, (options) =>
    replay(machine, trace, window === undefined ? options : { ...options, window }),
  );
  if (csv !== undefined && result.series)
    await writeOutput(csv, (await import("../report/series.js")).seriesCsv(result.series));
  await print(flags.json ? json(result) : (await import("../report/run.js")).runReport(result));
  if (failure) {
    printError(failure.code, failure.message);
    return exitCodeOf(failure.code);
  }
  const unmet = result.expect?.failed ?? [];
  for (const { line, record, message } of unmet) {
    note(`${result.trace.path}:${line ?? `record ${record}`}: ${message}`, flags);
  }
  const missed = thresholds.filter((threshold) => meets(result, threshold));
  for (const { text } of missed) note(`the result meets --fail-if ${text}`, flags);
  return missed.length > 0 || unmet.length > 0 ? EXIT.missed : EXIT.done;
}
