import { type Command, InvalidArgumentError, Option } from "commander";
import { ACCESSES, type Access } from "../config/model.js";
import { Machine } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { explain, parseAddress } from "../explain/explain.js";
import { replay } from "../replay/replay.js";
import { json } from "../report/json.js";
import { openTrace } from "../trace/trace.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import {
  addMachineFlags,
  addTraceFlags,
  type MachineFlags,
  machineConfig,
  type TraceFlags,
  traceOptions,
} from "./options.js";
import { print, printError } from "./output.js";
import { reading } from "./reading.js";

interface ExplainFlags extends TraceFlags, MachineFlags {
  trace?: string;
  after?: number;
  access?: Access;
}

export function addExplain(program: Command, done: (code: number) => void): void {
  const command = program
    .command("explain")
    .description("Translate one address step by step: its bits, TLB sets, page-table entries, caches.")
    .argument("<va>", "a virtual address, as in 0x7fff1234");
  addMachineFlags(addTraceFlags(command))
    .option("--trace <file>", "replay a trace first, so that TLBs and tables are as it leaves them")
    .option("--after <n>", "replay only its first n records", records)
    .addOption(new Option("--access <kind>", "what is done there").choices(ACCESSES).default("load"))
    .addHelpText(
      "after",
      examples(
        ["pagewalk explain --preset csapp-small 0x03d4", "the textbook's small machine, with its tables"],
        ["pagewalk explain 0x7fff12345678", "an address of the default machine, nothing mapped yet"],
        ["pagewalk explain --preset riscv-sv39 --access store 0x12345678", "another machine, a store"],
        ["pagewalk explain --trace traces/tiny.lackey --after 3 0x401000", "in the middle of a trace"],
        ["pagewalk explain --config tables.json 0x1234 --json", "tables of your own, as JSON"],
      ),
    )
    .action(async (va: string, flags: ExplainFlags) => done(await run(va, flags)));
}

async function run(text: string, flags: ExplainFlags): Promise<number> {
  const va = parseAddress(text);
  if (flags.after !== undefined && flags.trace === undefined) {
    throw new PagewalkError(
      "E_OPTION",
      "--after: want --trace FILE with it, the trace whose records to replay",
    );
  }
  const machine = await Machine.create(machineConfig(flags));
  const failure = flags.trace === undefined ? undefined : await prepare(machine, flags.trace, flags);
  const explanation = explain(machine, va, flags.access);
  const { explainReport, explanationJson } = await import("../report/explain.js");
  await print(flags.json ? json(explanationJson(explanation)) : explainReport(explanation));
  if (!failure) return EXIT.done;
  printError(failure.code, failure.message);
  return exitCodeOf(failure.code);
}

/** Replays the trace, or the part of it that is asked for. What ended it too early. */
async function prepare(
  machine: Machine,
  path: string,
  flags: ExplainFlags,
): Promise<PagewalkError | undefined> {
  const limit = flags.after === undefined ? {} : { limit: flags.after };
  if (limit.limit === 0) return undefined;
  const trace = openTrace(path, { ...traceOptions(flags), ...limit });
  const { failure } = await reading(flags, (options) => replay(machine, trace, options));
  return failure;
}

function records(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("want a whole number of records, 0 or more");
}
