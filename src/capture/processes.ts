import { readFileSync } from "node:fs";

interface Stat {
  state: string;
  group: number;
  foreground: number;
}

/** Fields of /proc/PID/stat behind the name, which may hold anything. */
function statOf(process: number | "self"): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${process}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", group: Number(fields[2]), foreground: Number(fields[5]) };
  } catch {
    return undefined;
  }
}

/** Whether a process runs; one that only waits to be asked how it ended does not. */
export function isRunning(process: number): boolean {
  const state = statOf(process)?.state ?? "";
  return state !== "" && state !== "Z" && state !== "X";
}

/** Whether Ctrl-C reaches the programs that we started, as it reached us. */
export function hasTerminal(): boolean {
  const stat = statOf("self");
  return stat !== undefined && stat.group === stat.foreground;
}
