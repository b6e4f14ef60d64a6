import { spawnSync } from "node:child_process";

const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
/**
 * Loaded before the program: writes its peak resident memory, in KiB, to standard error as it ends. The
 * kernel's own figure; that of getrusage starts at the size of the process that started this one.
 */
const METER =
  "data:text/javascript,import{readFileSync as r}from'node:fs';process.on('exit',()=>process.stderr.write('RSS '+/VmHWM:\\s+(\\d+)/.exec(r('/proc/self/status','utf8'))[1]))";

/** Runs the program, and says how long the whole process took and how much memory it held at most. */
export function runProgram(args: string[]): { seconds: number; mebibytes: number } {
  const started = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ["--import", METER, MAIN, ...args], {
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`pagewalk ${args.join(" ")}: ${stderr}`);
  return { seconds, mebibytes: Number(/RSS (\d+)/.exec(stderr)?.[1]) / 1024 };
}
