import { PagewalkError } from "../errors.js";
import { findProgram } from "./programs.js";

/** @throws PagewalkError `E_OPTION` where it is not installed */
export function findValgrind(): string {
  const found = findProgram("valgrind");
  if (found) return found;
  throw new PagewalkError(
    "E_OPTION",
    "valgrind is not installed; apt-get install valgrind (dnf, pacman, apk: the same name), or --heap-only, which needs none",
  );
}

/** Options of valgrind for one process, or for its children too. */
export function valgrindArguments(log: string, children: boolean): string[] {
  return [
    // Nothing from ~/.valgrindrc or VALGRIND_OPTS.
    "--command-line-only=yes",
    "--tool=lackey",
    "--trace-mem=yes",
    "--basic-counts=no",
    // Which thread runs, among the accesses.
    "--trace-sched=yes",
    // No files in /tmp for a debugger.
    "--vgdb=no",
    `--trace-children=${children ? "yes" : "no"}`,
    ...(children ? [] : ["--child-silent-after-fork=yes"]),
    // A % in a path is doubled.
    `--log-file=${log}`,
  ];
}
