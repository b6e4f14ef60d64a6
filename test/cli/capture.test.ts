import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  expectError,
  expectNothing,
  Folder,
  infoJson,
  type Outcome,
  pagewalk,
  shell,
  tinyText,
} from "./pagewalk.js";

const folder = new Folder();
const OUT = folder.at("out.pagewalk");

/** A program by that name which is a script. Its folder. */
function script(name: string, text: string): string {
  const path = folder.write(name, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path.slice(0, -name.length - 1);
}

/** What valgrind would do: it writes a log where it is told to, and ends as the program does. */
function valgrind(log: string, end: string): string {
  return script(
    "valgrind",
    `for option in "$@"; do case "$option" in --log-file=*) log="\${option#--log-file=}";; esac; done
cat "${folder.write("log", log)}" > "$log"
${end}`,
  );
}

const header = "==7== Lackey\n==7== Command: true\n==7== Parent PID: 1\n==7== \n";
const records = tinyText.split("\n").filter((line) => /^(I {2}| [LSM] )/.test(line));
const whole = `${header}${records.join("\n")}\n==7== \n==7== Exit code: 0\n`;

interface With {
  path?: string;
  env?: NodeJS.ProcessEnv;
  temporary?: string;
}

function capture(args: string[], { path, env = {}, temporary }: With = {}): Promise<Outcome> {
  const PATH = path === undefined ? process.env["PATH"] : `${path}:${process.env["PATH"]}`;
  const TMPDIR = temporary ?? folder.path;
  return pagewalk(["capture", ...args], { env: { PATH, TMPDIR, ...env } });
}

describe.concurrent("before anything runs, it is an error", () => {
  const there = folder.write("there.pagewalk", "");
  const plain = folder.write("plain", "");
  const empty = folder.at("empty");
  mkdirSync(empty);

  test.each<[string, string[], ...(string | RegExp)[]]>([
    ["to name no program", ["-o", OUT], "program"],
    ["to name no file", ["--", "true"], "--out"],
    ["to write where the program does", ["-o", "-", "--", "true"], "standard output"],
    ["to name a file that tells no format", ["-o", "out.txt", "--", "true"], "out.txt", ".pagewalk"],
    ["to name a file that is there", ["-o", there, "--", "true"], "--force"],
    ["to name a program that is not on PATH", ["-o", OUT, "--", "no-such"], '"no-such"', "PATH"],
    ["to name a program that is not there", ["-o", OUT, "--", "./no-such"], "no such file"],
    ["to name a folder", ["-o", OUT, "--", folder.path], "directory"],
    ["to name what cannot be run", ["-o", OUT, "--", plain], "chmod"],
    ["to ask for two things", ["-o", OUT, "--heap", "--heap-only", "--", "true"], "--heap-only"],
    ["to have an option before --", ["-o", OUT, "--nonsense", "--", "true"], "--nonsense"],
  ])("%s", async (_, args, ...named) => {
    expectNothing(await capture(args, { path: valgrind(whole, "exit 0") }), 2, "E_OPTION", ...named);
    expect(existsSync(OUT)).toBe(false);
  });

  test("to have no valgrind", async () => {
    const env = { PATH: empty };
    expectNothing(await capture(["-o", OUT, "--", "/bin/true"], { env }), 2, "apt-get install valgrind");
  });

  test.each([
    [{}, "no C compiler"],
    [{ CC: "no-such-cc" }, "no-such-cc"],
  ])("to have no C compiler for the recorder, %o", async (env, named) => {
    const own = folder.at(`own-${named}`);
    mkdirSync(own);
    const outcome = await capture(["-o", `${own}/out.pagewalk`, "--heap-only", "--", "/bin/true"], {
      env: { ...env, PATH: empty },
      temporary: own,
    });
    expectNothing(outcome, 2, named, "apt-get install gcc");
    expect(readdirSync(own)).toEqual([]);
  });

  test("to have a C compiler that fails", async () => {
    const path = script("cc", 'case "$*" in *--version*) exit 0;; esac\necho "x.c:1: error: no" >&2; exit 1');
    const env = { XDG_CACHE_HOME: folder.at("failing") };
    const outcome = await capture(["-o", OUT, "--heap-only", "--", "true"], { path, env });
    expectNothing(outcome, 2, "does not build", "x.c:1: error: no");
    expect(readdirSync(folder.at("failing/pagewalk"))).toEqual([]);
  });
});

describe.concurrent("what valgrind writes", () => {
  let count = 0;

  async function captured(log: string, end: string, ...flags: string[]) {
    const name = `${++count}`;
    const out = folder.at(`${name}.pagewalk`);
    const temporary = folder.at(`tmp-${name}`);
    mkdirSync(temporary);
    const outcome = await capture(["-o", out, ...flags, "--", "true"], {
      path: valgrind(log, end),
      temporary,
    });
    expect(readdirSync(temporary)).toEqual([]);
    return { outcome, out };
  }

  test("is the trace", async () => {
    const { outcome, out } = await captured(whole, "exit 0");
    expect(outcome).toMatchObject({ code: 0, stdout: "" });
    expect(outcome.stderr).toContain(`${records.length} records, 1 event,`);
    const text = folder.at("text.lackey");
    await pagewalk(["convert", "--quiet", out, text]);
    expect(
      readFileSync(text, "latin1")
        .split("\n")
        .filter((line) => /^(I {2}| [LSM] )/.test(line)),
    ).toEqual(records);
  });

  test("is read without a word, with --quiet", async () => {
    const { outcome } = await captured(whole, "echo out; echo err >&2; exit 5", "--quiet");
    expect(outcome).toEqual({ code: 5, stdout: "out\n", stderr: "err\n" });
  });

  test.each([
    ["behind a line", `${header}${records.join("\n")}\n`, records.length],
    ["in a line", `${header}${records.join("\n")}\nI  0402`, records.length],
  ])("may end %s, and is told to be cut", async (_, log, kept) => {
    const { outcome, out } = await captured(log, "kill -KILL $$");
    expect(outcome.code).toBe(137);
    expect(outcome.stderr).toContain("the trace is cut");
    expect((await infoJson([out])).trace).toMatchObject({ records: kept, truncated: false });
  });

  test("may have lines that are no records, which are counted", async () => {
    const { outcome, out } = await captured(
      whole.replace("==7== \n", "==7== \n**7** from the program\n"),
      "exit 0",
    );
    expect(outcome.stderr).toContain("1 line that is no record");
    expect((await infoJson([out])).trace.records).toBe(records.length);
  });

  test.each(["", header])("may be nothing: %j", async (log) => {
    const { outcome, out } = await captured(log, "echo valgrind: no >&2; exit 1");
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toMatch(/^valgrind: no\npagewalk: error E_TRACE: [^\n]*recorded nothing[^\n]*\n$/);
    expect(existsSync(out)).toBe(false);
  });
});

test("a file that cannot be made is an error before anything runs", async () => {
  const marker = folder.at("ran");
  const path = valgrind(whole, `touch ${marker}`);
  const outcome = await capture(["-o", folder.at("no/such/folder.pagewalk"), "--", "true"], { path });
  expectNothing(outcome, 4, "E_OUTPUT", "folder.pagewalk");
  expect(existsSync(marker)).toBe(false);
});

test("a full disk is an error", async () => {
  const out = folder.at("full.pagewalk");
  const path = valgrind(whole, "exit 0");
  // The name of the unfinished file holds the number of the process, so a shell that becomes pagewalk makes it.
  const line = `ln -s /dev/full "$OUT.partial-$$"; exec "$NODE" "$MAIN" capture -o "$OUT" -- true`;
  const outcome = await shell(line, { env: { PATH: `${path}:${process.env["PATH"]}`, OUT: out } });
  expectError(outcome, 4, "E_OUTPUT", "full.pagewalk");
});
