#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { messageOf, PagewalkError } from "../errors.js";
import { VERSION } from "../version.js";
import { addCapture } from "./capture.js";
import { addCheck } from "./check.js";
import { addConvert } from "./convert.js";
import { addCurve } from "./curve.js";
import { exitCodeOf } from "./exit.js";
import { addExplain } from "./explain.js";
import { addInfo } from "./info.js";
import { print, printError } from "./output.js";
import { addPresets } from "./presets.js";
import { addRun } from "./run.js";

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
  addRun(program, done);
  addCurve(program, done);
  addExplain(program, done);
  addInfo(program, done);
  addCheck(program, done);
  addCapture(program, done);
  addConvert(program, done);
  addPresets(program, done);
  try {
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
