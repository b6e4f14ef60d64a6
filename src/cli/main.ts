#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { messageOf, PagewalkError } from "../errors.js";
import { VERSION } from "../version.js";
import { exitCodeOf } from "./exit.js";
import { print, printError } from "./output.js";

/** The commands in the order of the help, each loaded only when it is wanted. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import("./run.js")).addRun,
  sweep: async () => (await import("./sweep.js")).addSweep,
  curve: async () => (await import("./curve.js")).addCurve,
  heap: async () => (await import("./heap.js")).addHeap,
  explain: async () => (await import("./explain.js")).addExplain,
  info: async () => (await import("./info.js")).addInfo,
  check: async () => (await import("./check.js")).addCheck,
  capture: async () => (await import("./capture.js")).addCapture,
  convert: async () => (await import("./convert.js")).addConvert,
  presets: async () => (await import("./presets.js")).addPresets,
};

type AddCommand = (program: Command, done: (code: number) => void) => void;

/** The command that the arguments begin with; all, for help and errors to name, where they begin with none. */
function commandsOf(argv: readonly string[]): Promise<AddCommand>[] {
  const [name = ""] = argv.slice(2);
  const wanted = Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
  return wanted.flatMap((name) => COMMANDS[name]?.() ?? []);
}

/** Runs the command line. @returns the exit code */
async function main(argv: string[]): Promise<number> {
  let code = 0;
  const done = (exitCode: number) => {
    code = exitCode;
  };
  let help = "";
  const program = new Command("pagewalk")
    .description("Replay memory traces of real programs through a simulated virtual-memory system.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    })
    .showSuggestionAfterError();
  try {
    for (const add of await Promise.all(commandsOf(argv))) add(program, done);
    await program.parseAsync(argv).catch((thrown) => {
      if (!(thrown instanceof CommanderError) || thrown.exitCode !== 0) throw thrown;
    });
    if (help) await print(help);
    return code;
  } catch (thrown) {
    return failed(thrown);
  }
}

function failed(thrown: unknown): number {
  if (thrown instanceof PagewalkError) {
    printError(thrown.code, thrown.message);
    return exitCodeOf(thrown.code);
  }
  if (thrown instanceof CommanderError) {
    const message =
      thrown.code === "commander.help" ? "which command? See pagewalk --help" : oneLine(thrown.message);
    printError("E_OPTION", message);
    return exitCodeOf("E_OPTION");
  }
  printError("E_INTERNAL", oneLine(messageOf(thrown)));
  return exitCodeOf("E_INTERNAL");
}

function oneLine(message: string): string {
  return message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
}

process.on("uncaughtException", (thrown) => process.exit(failed(thrown)));
process.exit(await main(process.argv));
