import type { Command } from "commander";
import { type ConvertResult, convert } from "../convert/convert.js";
import { json } from "../report/json.js";
import { NobodyReads } from "../trace/sinks/stdout.js";
import { openTrace } from "../trace/trace.js";
import { OUTPUTS } from "../trace/writers/index.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { addTraceFlags, type TraceFlags, traceOptions } from "./options.js";
import { note, print, printError } from "./output.js";
import { reading } from "./reading.js";

interface ConvertFlags extends TraceFlags {
  to?: string;
  force?: boolean;
}

export function addConvert(program: Command, done: (code: number) => void): void {
  const command = program
    .command("convert")
    .description("Write a trace in another format: pagewalk's own, small and fast, or back to text.")
    .argument("<in>", "a trace file, or - for standard input")
    .argument("<out>", "a file whose name tells the format (then .gz or .zst), or - for standard output");
  addTraceFlags(command)
    .option(
      "--to <format>",
      `the format, whatever the name says (${OUTPUTS.map(({ name }) => name).join(", ")})`,
    )
    .option("--force", "write over a file that is there")
    .addHelpText(
      "after",
      examples(
        ["pagewalk convert prog.lackey.xz prog.pagewalk", "small, and quick to read"],
        ["pagewalk convert prog.pagewalk - --to scenario | less", "what is in it, for people"],
        [
          "pagewalk convert --kinds load,store --limit 1000000 prog.pagewalk data.lackey.gz",
          "a part, as text",
        ],
        ["pagewalk convert --sample 0.01 huge.pagewalk small.pagewalk", "all accesses of 1 page in 100"],
      ),
    )
    .action(async (from: string, to: string, flags: ConvertFlags) => done(await run(from, to, flags)));
}

async function run(from: string, path: string, flags: ConvertFlags): Promise<number> {
  const trace = openTrace(from, traceOptions(flags));
  const command = ["pagewalk", ...process.argv.slice(2)].join(" ");
  const { to, force } = flags;
  const fixed = { command, ...(to === undefined ? {} : { to }), ...(force === undefined ? {} : { force }) };
  try {
    const { result, failure } = await reading(flags, (options) =>
      convert(trace, path, { ...fixed, ...options }),
    );
    await report(result, flags);
    if (!failure) return EXIT.done;
    printError(failure.code, failure.message);
    return exitCodeOf(failure.code);
  } catch (thrown) {
    if (thrown instanceof NobodyReads) return EXIT.done;
    throw thrown;
  }
}

async function report(result: ConvertResult, flags: ConvertFlags): Promise<void> {
  const { output } = result;
  for (const [name, count] of Object.entries(output.leftOut)) {
    note(`${output.format} has no place for ${name}: ${count} left out`, flags);
  }
  if (output.path === "-") return;
  await print(flags.json ? json(result) : (await import("../report/convert.js")).convertReport(result));
}
