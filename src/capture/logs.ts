import { closeSync, openSync, readSync, unlinkSync } from "node:fs";
import { isRunning } from "./processes.js";
import { type Numbered, numbered } from "./rings.js";

/** Bytes of a header, with the arguments of a program in it. */
const HEADER = 1 << 18;
/** The header's last line that says something. */
const PARENT = /^==\d+== Parent PID: (\d+)$/m;
const COMMAND = /^==\d+== Command: (.*)$/m;

/** The log of one process, which valgrind writes while it is read. */
export interface GrowingLog {
  process: number;
  /** What its header says. */
  parent: number | undefined;
  command: string;
  /** Begun by a fork, not by a program's start. */
  isFork: boolean;
  /** Reads on. 0: nothing more so far. */
  read(into: Uint8Array): number;
  close(): void;
}

/**
 * Opens the logs PID.N.log that are new in a folder, and takes their names away: so the program that a process becomes
 * has a log of its own, and nothing is left behind. Valgrind counts N from 1 when a program starts, and on at each fork.
 */
export function newLogs(folder: string): GrowingLog[] {
  const logs = numbered(folder, "log").reverse();
  return logs.flatMap((found) => open(found) ?? []);
}

function open({ process, number, path }: Numbered): GrowingLog | undefined {
  const file = openSync(path, "r");
  const bytes = Buffer.alloc(HEADER);
  const header = bytes.toString("utf8", 0, readSync(file, bytes, 0, HEADER, 0));
  const parent = PARENT.exec(header)?.[1];
  if (parent === undefined && isRunning(process)) {
    // Valgrind is still at the header.
    closeSync(file);
    return undefined;
  }
  unlinkSync(path);
  let position = 0;
  return {
    process,
    parent: parent === undefined ? undefined : Number(parent),
    command: COMMAND.exec(header)?.[1] ?? "",
    isFork: number > 1,
    read(into) {
      const bytes = readSync(file, into, 0, into.length, position);
      position += bytes;
      return bytes;
    },
    close: () => closeSync(file),
  };
}
