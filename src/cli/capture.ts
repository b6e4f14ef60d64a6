import type { Command } from "commander";
import { type Captured, type CaptureOptions, capture } from "../capture/capture.js";
import { type Child, exitCode } from "../capture/child.js";
import { PagewalkError } from "../errors.js";
import { OUTPUTS } from "../trace/writers/index.js";
import { examples } from "./examples.js";
import { EXIT } from "./exit.js";
import { note } from "./output.js";

interface CaptureFlags extends CaptureOptions {
  out: string;
  quiet?: boolean;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function addCapture(program: Command, done: (code: number) => void): void {
  program
    .command("capture")
    .description(
      "Run a program and write what it does to memory, by valgrind's lackey. Its exit code is kept.",
    )
    .argument("<program...>", "the program and its arguments, behind --")
    .requiredOption("-o, --out <file>", "the trace to write; its name tells the format, as for convert")
    .option("--heap", "allocations too, with their source lines, in order with the accesses")
    .option("--heap-only", "allocations alone, at the program's own speed, without valgrind")
    .option("--children", "record the processes that the program starts")
    .option(
      "--to <format>",
      `the format, whatever the name says (${OUTPUTS.map(({ name }) => name).join(", ")})`,
    )
    .option("--force", "write over a file that is there")
    .option("--quiet", "no notes on standard error")
    .addHelpText(
      "after",
      examples(
        ["pagewalk capture -o ls.pagewalk -- ls -l", "all that ls reads, writes and executes"],
        ["pagewalk capture --heap -o prog.pagewalk -- ./prog", "with its mallocs and frees"],
        ["pagewalk capture --heap-only -o prog.pagewalk -- ./prog", "only those, many times faster"],
        ["pagewalk capture --children -o make.pagewalk -- make", "a tree of processes"],
      ),
    )
    .action(async (command: string[], flags: CaptureFlags) => done(await run(command, flags)));
}

async function run(command: string[], flags: CaptureFlags): Promise<number> {
  const { out, quiet, ...options } = flags;
  if (options.heap && options.heapOnly) {
    throw new PagewalkError("E_OPTION", "--heap and --heap-only: want one of them");
  }
  let child: Child | undefined;
  const interrupt = (signal: NodeJS.Signals) => child?.interrupt(signal);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const captured = await capture(out, command, options, (started) => {
      child = started;
    });
    report(captured, flags, child?.interrupted ?? false);
    return child?.interrupted ? EXIT.interrupted : exitCode(captured.exit);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

function report(captured: Captured, flags: CaptureFlags, interrupted: boolean): void {
  const { records, events, bytes, processes, cut, skipped, failedAllocations, lostEvents } = captured;
  const say = (message: string) => note(message, flags);
  const count = (number: number, what: string) =>
    `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  const what = [count(records, "record"), count(events, "event"), count(bytes, "byte")].join(", ");
  say(
    `${flags.out}: ${what}${processes > 1 ? `, ${count(processes, "process").replace("sss", "sses")}` : ""}`,
  );
  if (interrupted) say("interrupted; the trace holds what was recorded until then");
  else if (cut > 0) {
    const why = "it was killed, or became another program (see --children)";
    say(`the trace is cut: ${cut === 1 ? "a process" : `${cut} processes`} ended early in it: ${why}`);
  }
  if (skipped > 0)
    say(
      `passed over in valgrind's log: ${count(skipped, "line")} that ${skipped === 1 ? "is" : "are"} no record`,
    );
  for (const [name, left] of Object.entries(captured.leftOut)) {
    say(`${captured.format} has no place for ${name}: ${left} left out`);
  }
  if (!flags.heap && !flags.heapOnly) return;
  if (!captured.recorded) say("no allocations were recorded: is the program linked statically, or setuid?");
  if (failedAllocations > 0) say(`${count(failedAllocations, "allocation")} gave NULL: left out`);
  if (lostEvents > 0) say("allocations are missing: the recorder gave up waiting");
  if (!captured.symbols) say("no source lines: addr2line is not installed (apt-get install binutils)");
}
