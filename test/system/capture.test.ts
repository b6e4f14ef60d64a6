import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { counts, ended, Folder, infoJson, MAIN, pagewalk, ROOT, runJson } from "../cli/pagewalk.js";
import { readLackey } from "../oracle/lackey.js";
import { Capturing } from "./capture.js";
import { build, CALLS, ENDLESS } from "./programs.js";

const folder = new Folder();
const calls = build(folder, "calls", CALLS);
const endless = build(folder, "endless", ENDLESS);

describe("a program's trace", () => {
  test("is what valgrind writes of it", async () => {
    const capturing = new Capturing(folder, "same");
    const outcome = await capturing.run([], [calls]);
    expect(outcome).toMatchObject({ code: 3, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^pagewalk: note: .*same.pagewalk: [\d,]+ records, [\d,]+ events, [\d,]+ bytes\n$/,
    );
    const log = folder.at("same.log");
    const args = ["--tool=lackey", "--trace-mem=yes", `--log-file=${log}`, calls];
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...capturing.env };
    expect(() => execFileSync("valgrind", args, { env, cwd: ROOT })).toThrow();
    const byHand = readLackey(readFileSync(log, "latin1")).records;
    const copy = folder.at("same.lackey");
    expect((await pagewalk(["convert", "--quiet", capturing.out, copy])).code).toBe(0);
    const ours = readLackey(readFileSync(copy, "latin1")).records;
    // The arguments of valgrind are on the stack that the program is given.
    expect(Math.abs(ours.length - byHand.length)).toBeLessThan(byHand.length / 100);
    const { config, ...result } = await runJson([capturing.out]);
    const { config: _, ...again } = await runJson([copy]);
    expect(counts(again as never)).toMatchObject({ tlb: result.tlb, walk: result.walk, pages: result.pages });
    capturing.expectTidy();
  });

  test("names its process and its regions", async () => {
    const capturing = new Capturing(folder, "regions");
    await capturing.run([], [calls]);
    const { stdout } = await pagewalk(["convert", capturing.out, "-", "--to", "scenario"]);
    expect(stdout).toMatch(/^# pagewalk scenario\nswitch [1-9]\d* 1\nI /);
    const regions = stdout.split("\n").filter((line) => line.startsWith("region "));
    for (const name of [calls, "libc.so.6", "[stack]", "[heap]"]) {
      expect(regions.filter((line) => line.includes(name))).not.toEqual([]);
    }
    expect(regions.filter((line) => /lackey|pagewalk-capture|100[0-9a-f]{7} /.test(line))).toEqual([]);
    const info = await infoJson([capturing.out]);
    expect(info.processes).toHaveLength(1);
  });

  test("goes into any format that can be written", async () => {
    const capturing = new Capturing(folder, "text");
    const out = folder.at("text.lackey.gz");
    const outcome = await pagewalk(["capture", "--quiet", "-o", out, "--", calls], { env: capturing.env });
    expect(outcome).toEqual({ code: 3, stdout: "", stderr: "" });
    expect((await runJson([out])).trace).toMatchObject({
      format: "lackey",
      compression: "gzip",
      truncated: false,
    });
  });
});

describe("the program", () => {
  test("has its own standard input, output and error", async () => {
    const capturing = new Capturing(folder, "streams");
    const outcome = await capturing.run(
      ["--quiet"],
      ["sh", "-c", "read line; echo $line; echo oops >&2"],
      "hello\n",
    );
    expect(outcome).toEqual({ code: 0, stdout: "hello\n", stderr: "oops\n" });
  });

  test.each([
    ["exit 7", 7],
    ["kill -TERM $$", 143],
    ["kill -KILL $$", 137],
  ])("has its own exit code: %s", async (script, code) => {
    const capturing = new Capturing(folder, `code-${code}`);
    expect(await capturing.run(["--quiet"], ["sh", "-c", script])).toMatchObject({ code, stderr: "" });
    expect((await infoJson([capturing.out])).trace.records).toBeGreaterThan(10_000);
    capturing.expectTidy();
  });

  test("may leave others behind, which are not waited for", async () => {
    const capturing = new Capturing(folder, "orphan");
    const started = performance.now();
    const outcome = await capturing.run(["--quiet"], ["sh", "-c", "sleep 30 >/dev/null 2>&1 & exit 4"]);
    expect(outcome.code).toBe(4);
    expect(performance.now() - started).toBeLessThan(25_000);
    capturing.expectTidy();
  });

  test("that becomes another leaves a trace that says so", async () => {
    const capturing = new Capturing(folder, "becomes");
    const outcome = await capturing.run([], ["sh", "-c", "exec true"]);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(/the trace is cut: .*--children/);
    expect((await infoJson([capturing.out])).trace.records).toBeGreaterThan(10_000);
  });
});

/** Starts a capture of the endless program, and waits until that runs. Its number. */
async function start(capturing: Capturing, ...flags: string[]) {
  const args = [MAIN, "capture", "-o", capturing.out, ...flags, "--", endless];
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...capturing.env };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const [text] = await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => ["ended early"]),
  ]);
  return { child, program: Number(String(text)) };
}

describe.each([[[]], [["--heap"]], [["--heap-only"]], [["--children"]]])(
  "an endless program, %s",
  (flags) => {
    const name = flags.join("").slice(2) || "plain";

    test("is ended by Ctrl-C, and its trace kept", async () => {
      const capturing = new Capturing(folder, `int-${name}`);
      const { child } = await start(capturing, ...flags);
      child.kill("SIGINT");
      const outcome = await ended(child);
      expect(outcome.stderr).toMatch(/note: interrupted; the trace holds what was recorded until then/);
      expect(outcome.code).toBe(130);
      const { trace, events } = await infoJson([capturing.out]);
      expect(trace.truncated).toBe(false);
      expect(trace.records + Object.keys(events).length).toBeGreaterThan(1);
      capturing.expectTidy();
      expect(existsSync(`${capturing.out}.partial-${child.pid}`)).toBe(false);
    });

    test("that is killed leaves a trace", async () => {
      const capturing = new Capturing(folder, `kill-${name}`);
      const { child, program } = await start(capturing, ...flags);
      process.kill(program, "SIGKILL");
      const outcome = await ended(child);
      expect(outcome.code).toBe(137);
      if (name !== "heap-only") expect(outcome.stderr).toMatch(/the trace is cut/);
      expect((await infoJson([capturing.out])).trace.truncated).toBe(false);
      capturing.expectTidy();
    });
  },
);
