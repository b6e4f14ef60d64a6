import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PagewalkError, quote } from "../errors.js";

/** The file that a name stands for, as a shell finds it; undefined if there is none that may be run. */
export function findProgram(name: string): string | undefined {
  if (name.includes("/")) return isProgram(name) ? name : undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder || ".", name)).find(isProgram);
}

/** @throws PagewalkError `E_OPTION` that says why there is nothing to run */
export function needProgram(name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw new PagewalkError("E_OPTION", `${quote(name)} cannot be run: ${whyNot(name)}`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function whyNot(name: string): string {
  if (!name.includes("/")) return "no such program on PATH";
  const stat = statSync(name, { throwIfNoEntry: false });
  if (!stat) return "no such file";
  return stat.isDirectory() ? "it is a directory" : "it is not executable (chmod +x makes it so)";
}
