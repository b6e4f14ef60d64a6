import { PagewalkError } from "../errors.js";
import type { Space } from "./spaces.js";

/** A process's part in a trace. */
export interface HeapProcess {
  pid: number | string;
  /** Its operations; of a process that called exec, since then, or before it. */
  operations: number;
}

/** Those that allocate, and the memory whose operations are replayed. @internal */
export interface Choice {
  space: Space;
  processes: HeapProcess[];
}

/**
 * Chooses whose operations are replayed: the process that is asked for, else the one with the most.
 *
 * @throws PagewalkError `E_TRACE` where there are no operations, `E_OPTION` where the process has none
 * @internal
 */
export function chooseSpace(all: readonly Space[], process: number | undefined, file: string): Choice {
  const spaces = all.filter(({ own }) => own > 0);
  const wanted = process === undefined ? spaces : spaces.filter(({ pid }) => pid === BigInt(process));
  const space = wanted.reduce<Space | undefined>((a, b) => (a && a.own >= b.own ? a : b), undefined);
  const processes = spaces.map((space) => ({ pid: pidOf(space), operations: space.own }));
  if (space) return { space, processes };
  if (spaces.length === 0) {
    const want = "want a trace of malloc, calloc, realloc and free";
    throw new PagewalkError("E_TRACE", `${file}: allocates nothing; ${want}`, { file });
  }
  const names = [...new Set(processes.map(({ pid }) => pid))].join(", ");
  throw new PagewalkError(
    "E_OPTION",
    `process ${process}: allocates nothing in ${file}; want one of ${names}`,
  );
}

/** @internal */
export function pidOf({ pid }: Space): number | string {
  return pid > Number.MAX_SAFE_INTEGER ? String(pid) : Number(pid);
}
