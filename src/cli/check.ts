import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type CheckResult, check } from "../check/check.js";
import { LEAK_CHECKS, type LeakCheck, UNMAPPED, type Unmapped } from "../check/options.js";
import { Suppressions } from "../check/suppressions.js";
import { messageOf, PagewalkError } from "../errors.js";
import { json } from "../report/json.js";
import { openTrace } from "../trace/trace.js";
import { examples } from "./examples.js";
import { EXIT, exitCodeOf } from "./exit.js";
import { meets, parseThreshold } from "./failif.js";
import { addTraceFlags, collect, type TraceFlags, traceOptions } from "./options.js";
import { note, print, printError } from "./output.js";
import { reading } from "./reading.js";

interface CheckFlags extends TraceFlags {
  leakCheck: LeakCheck;
  showReachable?: boolean;
  classic?: boolean;
  suppressions?: string;
  uninitialised?: boolean;
  unmapped: Unmapped;
  redzone?: number;
  quarantine?: number;
  heapLimit?: number;
  stackSize?: number;
  failIf?: string[];
}

/** What `--format` may say that is no trace's format. */
const CLASSIC = "classic";

export function addCheck(program: Command, done: (code: number) => void): void {
  const command = program
    .command("check")
    .description("Check every access and allocation of a trace for memory errors, and look for leaks.")
    .argument("<trace>", "a scenario, a capture with its allocations, or - for standard input");
  addTraceFlags(command)
    .addOption(
      new Option("--leak-check <how>", "blocks that were never freed: none, sums, or each place")
        .choices(LEAK_CHECKS)
        .default("full"),
    )
    .option("--show-reachable", "the places of blocks that can still be reached, too")
    .option("--classic", "print only a line for each block that was never freed; also: --format classic")
    .option("--suppressions <file>", "do not tell of what this file lists (docs/check.md)")
    .option("--uninitialised", "loads of bytes that nobody wrote are errors, of captured programs too")
    .option("--no-uninitialised", "no loads of bytes that nobody wrote")
    .addOption(
      new Option("--unmapped <what>", "an access outside of everything that the trace tells of is this")
        .choices(UNMAPPED)
        .default("auto"),
    )
    .option("--redzone <bytes>", "bytes kept free around blocks: 16 or more", sizeFrom("16", "1M"))
    .option(
      "--quarantine <bytes>",
      "bytes of freed blocks that are remembered, as in 20M",
      sizeFrom("0", "1024G"),
    )
    .option("--heap-limit <bytes>", "bytes of live blocks at most, up to 1G", sizeFrom("0", "1G"))
    .option("--stack-size <bytes>", "bytes of a stack at most, as in 8M", sizeFrom("4K", "4G"))
    .option(
      "--fail-if <condition>",
      "exit 1 if a number of the JSON result meets it; may be repeated",
      collect,
    )
    .addHelpText(
      "after",
      examples(
        ["pagewalk check traces/errors/off-by-one.scenario", "what is wrong, where, and with which block"],
        [
          "pagewalk capture --heap -o prog.pagewalk -- ./prog && pagewalk check prog.pagewalk",
          "a real program",
        ],
        ["pagewalk check --format classic prog.scenario", "a line for each block that was never freed"],
        ["pagewalk check --suppressions known.txt --json prog.scenario", "as JSON, without what is known"],
        ["pagewalk check --fail-if 'leaks.definite.bytes > 0' prog.pagewalk", "a test for a build"],
      ),
    )
    .action(async (path: string, flags: CheckFlags) => done(await runCheck(path, flags)));
}

async function runCheck(path: string, flags: CheckFlags): Promise<number> {
  const thresholds = (flags.failIf ?? []).map(parseThreshold);
  const isClassic = flags.classic === true || flags.format === CLASSIC;
  const { format, ...others } = flags;
  const named = format === undefined || format === CLASSIC ? others : { ...others, format };
  if (isClassic && flags.leakCheck === "no") {
    throw new PagewalkError(
      "E_OPTION",
      "--leak-check no and --format classic, which lists blocks that were never freed: want one of them",
    );
  }
  const trace = openTrace(path, traceOptions(named));
  const options = checkOptions(flags, isClassic);
  const { result, failure } = await reading(flags, (read) => check(trace, { ...options, ...read }));
  await print(await output(result, flags, isClassic));
  if (failure) {
    printError(failure.code, failure.message);
    return exitCodeOf(failure.code);
  }
  if (isClassic && flags.json !== true) noteUnlisted(result, flags);
  const unmet = result.expect?.failed ?? [];
  for (const { line, record, message } of unmet) {
    note(`${result.trace.path}:${line ?? `record ${record}`}: ${message}`, flags);
  }
  const missed = thresholds.filter((threshold) => meets(result, threshold));
  for (const { text } of missed) note(`the result meets --fail-if ${text}`, flags);
  return missed.length > 0 || unmet.length > 0 || hasErrors(result) ? EXIT.missed : EXIT.done;
}

async function output(result: CheckResult, flags: CheckFlags, isClassic: boolean): Promise<string> {
  if (flags.json) return json(result);
  const { checkReport, classicReport } = await import("../report/check.js");
  return isClassic ? classicReport(result) : checkReport(result);
}

/** Of errors, which the listing of blocks does not have. */
function noteUnlisted({ errors, unlisted }: CheckResult, flags: CheckFlags): void {
  const count = errors.length + unlisted;
  if (count === 0) return;
  const what = count === 1 ? "1 error was found, which is" : `${count} errors were found, which are`;
  note(
    `${what} not in this listing: check tells of ${count === 1 ? "it" : "them"} without --format classic`,
    flags,
  );
}

/** Findings, and blocks that are lost where that is known. */
function hasErrors({ errors, leaks, unlisted }: CheckResult): boolean {
  return errors.length > 0 || unlisted > 0 || leaks?.areErrors === true;
}

function checkOptions(flags: CheckFlags, listBlocks: boolean) {
  const { leakCheck, showReachable, uninitialised, unmapped, redzone, quarantine, heapLimit, stackSize } =
    flags;
  const given = {
    leakCheck,
    showReachable,
    uninitialised,
    unmapped,
    redzone,
    quarantine,
    heapLimit,
    stackSize,
  };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    listBlocks,
    ...(flags.suppressions === undefined ? {} : { suppressions: suppressionsOf(flags.suppressions) }),
  };
}

function suppressionsOf(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    throw new PagewalkError("E_OPTION", `--suppressions ${path}: ${messageOf(thrown)}; want a text file`, {
      file: path,
    });
  }
  // What is wrong with it is told with the file's name.
  new Suppressions(text, `--suppressions ${path}`);
  return text;
}

/** A parser of sizes within two others. */
function sizeFrom(least: string, most: string): (text: string) => number {
  return (text) => {
    const value = sizeOf(text);
    if (value >= sizeOf(least) && value <= sizeOf(most)) return value;
    throw new InvalidArgumentError(`want ${least} to ${most} bytes`);
  };
}

function sizeOf(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,15})([KMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit.toUpperCase()] ?? 1);
  if (digits !== "" && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("want a number of bytes, as in 64, 20M or 1G");
}
