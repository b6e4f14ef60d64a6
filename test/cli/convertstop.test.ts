// A conversion that is stopped in its middle.

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { TraceInfo } from "../../src/index.js";
import { ended, expectError, expectPartial, Folder, MAIN, makeTrace, pagewalk, ROOT } from "./pagewalk.js";

const folder = new Folder();
const text = makeTrace(300_000);

/** Then the program is taken to hang. */
const PATIENCE = 20_000;

/** Starts a conversion of standard input, and waits until the file beside the output has grown. */
async function begun(out: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, "convert", "-", out, ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => {});
  child.stdin?.write(text);
  const partial = `${out}.partial-${child.pid}`;
  const { statSync } = await import("node:fs");
  const size = () => statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  while (size() < 100_000 && child.exitCode === null) await setTimeout(20);
  return child;
}

function fresh(name: string): string {
  return join(dirname(folder.write("in", "")), name);
}

const around = (path: string) => readdirSync(dirname(path)).filter((name) => name !== "in");

test.each(["out.pagewalk", "out.lackey", "out.lackey.gz"])("Ctrl-C leaves nothing of %s", async (name) => {
  const out = fresh(name);
  const child = await begun(out, "--json");
  child.kill("SIGINT");
  const outcome = await ended(child, PATIENCE);
  expectError(outcome, 130, "E_ABORTED");
  expect(JSON.parse(outcome.stdout)).toMatchObject({ interrupted: true, trace: { truncated: false } });
  expect(around(out)).toEqual([]);
});

test("Ctrl-C is told in the report for people", async () => {
  const out = fresh("out.pagewalk");
  const child = await begun(out);
  child.kill("SIGINT");
  const { code, stdout } = await ended(child, PATIENCE);
  expect(code).toBe(130);
  // In bold where CI asks for colours.
  expect(stdout).toMatch(/out\.pagewalk\S* was not written\n$/);
});

test("a program that dies leaves a file that can be read up to its last whole block", async () => {
  const out = fresh("out.pagewalk");
  const child = await begun(out);
  child.kill("SIGKILL");
  await ended(child, PATIENCE);
  const partial = `${out}.partial-${child.pid}`;
  expect(around(out)).toEqual([partial.slice(dirname(out).length + 1)]);
  const outcome = await pagewalk(["info", "--json", partial]);
  const { trace } = expectPartial<TraceInfo>(outcome, /ends early: .*; its \d+ whole blocks were read/);
  const blocks = Number(/its (\d+) whole blocks/.exec(outcome.stderr)?.[1]);
  expect(trace.records).toBe(blocks * 32768);
  expect(trace.records).toBeGreaterThan(0);
});
