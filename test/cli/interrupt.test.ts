import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ended, expectError, Folder, MAIN, makeTrace, ROOT, run, tinyText } from "./pagewalk.js";

const folder = new Folder();

/** Says when the program is ready for a signal: before that, Ctrl-C simply ends it. */
const TELL_READY = `data:text/javascript,${encodeURIComponent(
  'process.on("newListener", (name) => { if (name === "SIGINT") setImmediate(() => process.send("ready")); });',
)}`;

/** Starts a command, and waits until a Ctrl-C would be heard. */
async function reading(...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--import", TELL_READY, MAIN, ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe", "ipc"],
  });
  child.stdin?.on("error", () => {});
  await once(child, "message");
  return child;
}

/** Feeds text, and leaves the pipe open. */
async function feed(child: ChildProcess, text: string): Promise<void> {
  await new Promise((resolve) => child.stdin?.write(text, resolve));
}

/** Then the program is taken to hang. */
const PATIENCE = 5_000;

describe.each(["run", "info"])("Ctrl-C in %s", (command) => {
  test("in the middle prints the counts so far", async () => {
    const records = 150_000;
    const child = await reading(command, "--json", "-");
    // All of it is taken but what a pipe holds, so some of it has been counted.
    await feed(child, makeTrace(records));
    child.kill("SIGINT");
    const outcome = await ended(child, PATIENCE);
    expectError(outcome, 130, "E_ABORTED");
    const { interrupted, trace } = JSON.parse(outcome.stdout);
    expect(interrupted).toBe(true);
    expect(trace.truncated).toBe(false);
    expect(trace.records).toBeGreaterThan(0);
    expect(trace.records).toBeLessThanOrEqual(records);
  });

  test("ends it while it waits for more of a short start", async () => {
    const child = await reading(command, "--json", "-");
    await feed(child, tinyText);
    child.kill("SIGINT");
    const outcome = await ended(child, PATIENCE);
    expectError(outcome, 130, "E_ABORTED");
    expect(JSON.parse(outcome.stdout).interrupted).toBe(true);
  });

  test("ends it while it waits for anything at all", async () => {
    const child = await reading(command, "--json", "-");
    child.kill("SIGINT");
    expectError(await ended(child, PATIENCE), 130, "E_ABORTED");
  });
});

test("Ctrl-C ends it while it waits for more of a named pipe", async () => {
  const path = folder.at("pipe");
  await run("mkfifo", [path]);
  const child = await reading("run", "--json", path);
  const pipe = await open(path, "w");
  await pipe.write(tinyText);
  // Time to begin a read that cannot be ended.
  await setTimeout(500);
  child.kill("SIGINT");
  const outcome = await ended(child, PATIENCE);
  await pipe.close();
  expectError(outcome, 130, "E_ABORTED");
});

test("Ctrl-C is told in the text report", async () => {
  const child = await reading("run", "-");
  await feed(child, makeTrace(150_000));
  child.kill("SIGINT");
  const { code, stdout } = await ended(child, PATIENCE);
  expect(code).toBe(130);
  expect(stdout).toMatch(/interrupted/i);
});

test("a second Ctrl-C ends the program whatever it does", async () => {
  const child = await reading("run", "--json", "-");
  await feed(child, tinyText);
  child.kill("SIGINT");
  const timer = setInterval(() => child.kill("SIGINT"), 300);
  const { code } = await ended(child, PATIENCE);
  clearInterval(timer);
  expect(code).toBe(130);
});

test("Ctrl-C in a sweep prints the cells that were answered", async () => {
  const axes = ["--axis", "memory.frames=100..4000"];
  const child = await reading("sweep", "--json", ...axes, "traces/matmul.lackey.zst");
  await setTimeout(2_000);
  child.kill("SIGINT");
  const outcome = await ended(child, PATIENCE);
  expectError(outcome, 130, "E_ABORTED");
  const { interrupted, cells, axes: swept } = JSON.parse(outcome.stdout);
  expect(interrupted).toBe(true);
  expect(swept[0].values).toHaveLength(3901);
  expect(cells.length).toBeLessThan(3901);
});
