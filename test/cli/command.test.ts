import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Machine } from "../../src/engine/machine.js";
import { openTrace, PagewalkError, replay } from "../../src/index.js";
import {
  ended,
  expectError,
  expectNothing,
  expectPartial,
  Folder,
  MAIN,
  pagewalk,
  runJson,
  TINY,
  tinyText,
} from "./pagewalk.js";

const folder = new Folder();

/** A command that needs no program but node: it changes every byte, as no compression does. */
const INVERT = `"${process.execPath}" -e 'process.stdin.on("data", (bytes) => process.stdout.write(bytes.map((byte) => byte ^ 255)))'`;
const inverted = Buffer.from(tinyText).map((byte) => byte ^ 255);
const secret = folder.write("tiny.secret", inverted);

const run = (command: string, path: string, ...flags: string[]) =>
  pagewalk(["run", "--json", ...flags, "--decompress-cmd", command, path]);

test.concurrent.each(["run", "info"])("%s reads what the command gives", async (command) => {
  const { stdout } = await pagewalk([command, "--json", "--decompress-cmd", INVERT, secret]);
  expect(JSON.parse(stdout).trace).toMatchObject({ format: "lackey", compression: "cmd", records: 16 });
});

test.concurrent("what it gives may be compressed", async () => {
  const path = folder.write(
    "tiny.secret",
    gzipSync(tinyText).map((byte) => byte ^ 255),
  );
  expect((await runJson(["--decompress-cmd", INVERT, path])).trace).toMatchObject({
    compression: "cmd+gzip",
    records: 16,
  });
});

test.concurrent("it reads standard input", async () => {
  const { stdout } = await pagewalk(["run", "--json", "--decompress-cmd", INVERT, "-"], { stdin: inverted });
  expect(JSON.parse(stdout).trace).toMatchObject({ compression: "cmd", records: 16 });
});

test("it reads a stream and bytes", async () => {
  const stream = new Blob([inverted]).stream();
  for (const source of [stream, new Uint8Array(inverted)]) {
    const { trace } = await replay(await Machine.create(), openTrace(source, { decompressCmd: INVERT }));
    expect(trace).toMatchObject({ compression: "cmd", records: 16 });
  }
});

test.concurrent("it need not read all of its input", async () => {
  const path = folder.write("large.lackey", tinyText.repeat(20_000));
  const outcome = await run(`head -c ${tinyText.length}`, path);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(outcome.stdout).trace.records).toBe(16);
});

describe.concurrent("a command that fails", () => {
  test("gives what it gave, its exit code and the last line it said", async () => {
    const outcome = await run("cat; echo one >&2; echo the last >&2; exit 3", TINY);
    const { trace } = expectPartial(outcome, TINY, "exit code 3", '"the last"');
    expect(trace.records).toBe(16);
  });

  test.each([
    ["is not found", "no-such-command-at-all", /exit code 127.*no-such-command-at-all/],
    ["gives nothing", "echo broken >&2; exit 1", /exit code 1 after 0 bytes: "broken"/],
    ["is killed", "kill -9 $$", /SIGKILL/],
    ["says nothing", "exit 2", /exit code 2 after 0 bytes; want/],
    ["says very much", "head -c 1000000 /dev/zero >&2; echo >&2; echo end >&2; exit 2", /"end"/],
  ])("that %s", async (_, command, reason) => {
    expectNothing(await run(command, TINY), 3, "E_TRACE", TINY, reason);
  });

  test("is told instead of the garbled text that it gave", async () => {
    expectPartial(await run("cat; echo garbled; sleep 0.2; exit 9", TINY), "exit code 9");
  });

  test("that gives nothing and succeeds leaves an empty trace", async () => {
    expectNothing(await run("true", TINY), 3, "E_TRACE", TINY, "empty");
  });
});

test.concurrent("what cannot be read is told by itself", async () => {
  expectNothing(await run("cat", folder.at("missing")), 3, "E_TRACE", "no such file");
});

test.concurrent("a compression that is not read names the option", async () => {
  const path = folder.write("t.bz2", Buffer.from("BZh91AY&SY\x9e\xe7\xe8:\0\0", "latin1"));
  expectNothing(await pagewalk(["run", path]), 3, "E_TRACE", "bzip2", "--decompress-cmd 'bzip2 -dc'");
});

test.concurrent.each(["", "  "])("%j is no command", async (command) => {
  expectNothing(await run(command, TINY), 2, "E_OPTION", "decompressCmd");
});

/** Whether a process with such an argument is there. */
function isRunning(argument: string): boolean {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.some((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, "latin1").split("\0").includes(argument);
    } catch {
      return false;
    }
  });
}

/** Waits a moment for a process to be gone. */
async function isGone(argument: string): Promise<boolean> {
  for (let i = 0; i < 50 && isRunning(argument); i++) await setTimeout(50);
  return !isRunning(argument);
}

describe.runIf(process.platform === "linux")("nothing is left of a command", () => {
  test("when enough of it was read", async () => {
    const outcome = await run("cat; yes ' L 00601000,8' | cat; sleep 771", TINY, "--limit", "100");
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(await isGone("771")).toBe(true);
    expect((await run("cat; sleep 772", TINY, "--limit", "16")).code).toBe(0);
    expect(await isGone("772")).toBe(true);
  });

  test("after Ctrl-C", async () => {
    const args = [MAIN, "run", "--json", "--decompress-cmd", "cat; sleep 773", TINY];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (let i = 0; i < 100 && !isRunning("773"); i++) await setTimeout(50);
    child.kill("SIGINT");
    expectError(await ended(child, 5000), 130, "E_ABORTED");
    expect(await isGone("773")).toBe(true);
  });

  test.each(["cat; sleep 774", "sleep 774"])("after an abort: %s", async (decompressCmd) => {
    const controller = new AbortController();
    const trace = openTrace(TINY, { decompressCmd });
    const reading = replay(await Machine.create(), trace, { signal: controller.signal });
    const failure = reading.catch((thrown: unknown) => thrown);
    for (let i = 0; i < 100 && !isRunning("774"); i++) await setTimeout(50);
    controller.abort();
    expect(await failure).toBeInstanceOf(PagewalkError);
    expect(await isGone("774")).toBe(true);
  });
});
