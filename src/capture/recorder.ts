import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PagewalkError } from "../errors.js";
import { findProgram } from "./programs.js";

const [HEADER = "", ...SOURCES] = ["recorder.h", "recorder.c", "allocator.c", "callers.c"].map((name) =>
  fileURLToPath(new URL(`../../native/${name}`, import.meta.url)),
);
const FLAGS = [
  ...["-std=gnu11", "-O2", "-shared", "-fPIC", "-fexceptions", "-fvisibility=hidden"],
  // Functions that the recorder has itself would be others by their headers.
  "-U_FORTIFY_SOURCE",
];

/**
 * The recorder, built by the C compiler of the machine when it is first needed, and kept in the user's cache.
 *
 * @param fallback a folder for it where the cache cannot be written
 * @throws PagewalkError `E_OPTION` without a compiler, or if it does not build
 */
export function recorderLibrary(fallback: string): string {
  const [cc, ...options] = compiler();
  const version = spawnSync(cc, [...options, "--version"], { encoding: "utf8" }).stdout ?? "";
  const key = [...[HEADER, ...SOURCES].map((path) => readFileSync(path)), cc, ...options, ...FLAGS, version];
  const hash = key.reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256")).digest("hex");
  const name = `recorder-${hash.slice(0, 16)}.so`;
  const folder = cacheFolder() ?? fallback;
  const library = join(folder, name);
  if (existsSync(library)) return library;
  const made = join(folder, `${name}.${process.pid}`);
  try {
    execFileSync(cc, [...options, ...FLAGS, "-o", made, ...SOURCES, "-ldl"], {
      stdio: "pipe",
      encoding: "utf8",
    });
    renameSync(made, library);
  } catch (thrown) {
    rmSync(made, { force: true });
    const said = String((thrown as { stderr?: string }).stderr ?? "");
    const why = said.split("\n").find((line) => /error|cannot/.test(line)) ?? String(thrown);
    throw new PagewalkError(
      "E_OPTION",
      `the recorder does not build: ${why.trim()}; it needs gcc or clang and the headers of libc (apt-get install gcc libc6-dev)`,
    );
  }
  return library;
}

function compiler(): [string, ...string[]] {
  const wish = process.env["CC"]?.trim();
  const names = wish ? [wish] : ["cc", "gcc", "clang"];
  const found = names
    .map((name) => name.split(/\s+/) as [string, ...string[]])
    .find(([cc]) => findProgram(cc));
  if (found) return found;
  const what = wish
    ? `the C compiler ${wish} (CC) is not there`
    : "no C compiler (cc, gcc or clang) is installed";
  throw new PagewalkError(
    "E_OPTION",
    `${what}; the recorder of allocations is built with it: apt-get install gcc libc6-dev`,
  );
}

/** The user's cache, if it can be written, and named in a list of libraries to preload. */
function cacheFolder(): string | undefined {
  const wish = process.env["XDG_CACHE_HOME"];
  const base = wish && isAbsolute(wish) ? wish : join(homedir(), ".cache");
  const folder = join(base, "pagewalk");
  if (/[\s:]/.test(folder)) return undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}
