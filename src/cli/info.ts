import type { Command } from "commander";
import { survey } from "../info/survey.js";
import { json } from "../report/json.js";
import { openTrace } from "../trace/trace.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { addTraceFlags, type TraceFlags, traceOptions } from "./options.js";
import { print, printError } from "./output.js";
import { reading } from "./reading.js";

export function addInfo(program: Command, done: (code: number) => void): void {
  const command = program
    .command("info")
    .description("Say what is in a trace: records by kind, addresses, footprint, regions.")
    .argument("<trace>", "a trace file, or - for standard input");
  addTraceFlags(command)
    .addHelpText(
      "after",
      examples(
        ["pagewalk info traces/sort.lackey.zst", "what a trace touches"],
        ["pagewalk info --kinds load,store --json prog.lackey", "its data accesses only, as JSON"],
        ["xz -dc prog.lackey.xz | pagewalk info --limit 1000000 -", "the first million records of a stream"],
        ["pagewalk info --decompress-cmd 'gzip -dc' prog.lackey.gz", "decompressed by another program"],
      ),
    )
    .action(async (path: string, flags: TraceFlags) => done(await info(path, flags)));
}

async function info(path: string, flags: TraceFlags): Promise<number> {
  const trace = openTrace(path, traceOptions(flags));
  const { result, failure } = await reading(flags, (options) => survey(trace, options));
  await print(flags.json ? json(result) : (await import("../report/info.js")).infoReport(result));
  if (!failure) return EXIT.done;
  printError(failure.code, failure.message);
  return exitCodeOf(failure.code);
}
