import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";
import type { RunResult, TraceInfo } from "../../src/index.js";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const MAIN = join(ROOT, "dist/cli/main.js");
export const TINY = join(ROOT, "traces/tiny.lackey");
export const SORT = join(ROOT, "traces/sort.lackey.zst");
export const tinyText = readFileSync(TINY, "latin1");

const TIMEOUT = 40_000;

/** How a program ended; `code` is null where it had to be killed. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Options {
  /** Standard input; without it, there is nothing on it. */
  stdin?: string | Uint8Array;
  cwd?: string;
  /** On top of PATH and HOME, which are all that the program gets. */
  env?: NodeJS.ProcessEnv;
}

/** Runs the built program to its end. */
export function pagewalk(args: readonly string[], options: Options = {}): Promise<Outcome> {
  return run(process.execPath, [MAIN, ...args], options);
}

/** Runs a line of shell in which `pagewalk` is the built program. */
export function shell(line: string, options: Options = {}): Promise<Outcome> {
  const env = { ...options.env, NODE: process.execPath, MAIN };
  return run("sh", ["-c", `pagewalk() { "$NODE" "$MAIN" "$@"; }\n${line}`], { ...options, env });
}

export function run(command: string, args: readonly string[], options: Options = {}): Promise<Outcome> {
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { PATH, HOME, ...options.env },
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  // A program that ends before it has read everything is no fault of the test's.
  child.stdin?.on("error", () => {}).end(options.stdin);
  return ended(child);
}

/** Waits for the end of a program whose output is piped, and kills it if that takes too long. */
export async function ended(child: ChildProcess, timeout = TIMEOUT): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    });
    return { code, ...texts };
  } finally {
    clearTimeout(timer);
  }
}

/** A new folder, removed when the tests of the file are done. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "pagewalk-"));
  private parts = 0;

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  /** The path of a file in it, written or not. */
  at(name: string): string {
    return join(this.path, name);
  }

  put(name: string, content: string | Uint8Array): void {
    writeFileSync(this.at(name), content);
  }

  /** Writes a file in a folder of its own, so that tests may choose the same name. Its path. */
  write(name: string, content: string | Uint8Array): string {
    const part = this.at(`${++this.parts}`);
    mkdirSync(part);
    writeFileSync(join(part, name), content);
    return join(part, name);
  }

  json(name: string, value: unknown): string {
    return this.write(name, JSON.stringify(value));
  }
}

/** Runs `run --json` and gives what it prints; it must succeed. */
export async function runJson(args: readonly string[], options: Options = {}): Promise<RunResult> {
  return succeeded(await pagewalk(["run", "--json", ...args], options));
}

/** Runs `info --json` and gives what it prints; it must succeed. */
export async function infoJson(args: readonly string[], options: Options = {}): Promise<TraceInfo> {
  return succeeded(await pagewalk(["info", "--json", ...args], options));
}

/** The JSON of a program that succeeded and had nothing to remark. */
export function succeeded<T>({ code, stdout, stderr }: Outcome): T {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

/** An error is one line: its code, and then all of `named` somewhere in it. */
export function expectError(outcome: Outcome, code: number, ...named: (string | RegExp)[]): void {
  expect(outcome.stderr).toMatch(/^pagewalk: error E_[A-Z]+: [^\n]+\n$/);
  for (const name of named) expect(outcome.stderr).toMatch(name);
  expect(outcome.code).toBe(code);
}

/** An error before anything was read: nothing is printed but the error. */
export function expectNothing(outcome: Outcome, code: number, ...named: (string | RegExp)[]): void {
  expectError(outcome, code, ...named);
  expect(outcome.stdout).toBe("");
}

/** A trace that broke off: what came before is printed as JSON, and then the error. */
export function expectPartial<T extends RunResult | TraceInfo = RunResult>(
  outcome: Outcome,
  ...named: (string | RegExp)[]
): T {
  expectError(outcome, 3, "E_TRACE", ...named);
  const result = JSON.parse(outcome.stdout) as T;
  expect(result.trace.truncated).toBe(true);
  return result;
}

/** A result without what differs from one run to the next. */
export function counts<T extends RunResult | TraceInfo>(
  result: T,
): Omit<T, "timing" | "trace"> & { trace: object } {
  const { timing, trace, ...rest } = result;
  const { path, compression, ...counted } = trace;
  return { ...rest, trace: counted };
}

/** Numbers below 2^32 that look random and are the same each time. */
export function* numbers(seed = 1): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    yield (mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ (mixed >>> 14)) >>> 0;
  }
}

/** A trace of so many records, of every kind, that does not compress well. */
export function makeTrace(records: number): string {
  const random = numbers();
  const line = () => {
    const kind = ["I  ", " L ", " S ", " M "][random.next().value & 3];
    const address = 0x400000 + (random.next().value & 0x3fffff);
    return `${kind}${address.toString(16).padStart(8, "0")},${1 << (random.next().value & 3)}\n`;
  };
  return Array.from({ length: records }, line).join("");
}
