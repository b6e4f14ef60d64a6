import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ended, expectError, Folder, MAIN, pagewalk, ROOT, shell, TINY, tinyText } from "./pagewalk.js";

const folder = new Folder();
const printing = [
  "run --json traces/tiny.lackey",
  "run traces/tiny.lackey",
  "info --json traces/tiny.lackey",
  "info traces/tiny.lackey",
  "presets",
  "presets amd-zen4",
  "--help",
  "run --help",
];

describe.concurrent("a reader that goes away", () => {
  test.each(printing)("is no error of: %s", async (command) => {
    const child = spawn(process.execPath, [MAIN, ...command.split(" ")], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const { code, stderr } = await ended(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each([
    ["takes one byte", "head -c 1", "{"],
    ["takes nothing", "true", ""],
  ])("is no error if it %s", async (_, reader, taken) => {
    const code = folder.write("code", "");
    const line = `{ pagewalk run --json traces/tiny.lackey; echo "$?" > "$CODE"; } | ${reader}`;
    expect(await shell(line, { env: { CODE: code } })).toEqual({ code: 0, stdout: taken, stderr: "" });
    expect(readFileSync(code, "utf8")).toBe("0\n");
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk", () => {
  test.concurrent.each(printing)("is exit code 4 of: %s", async (command) => {
    expectError(await shell(`pagewalk ${command} > /dev/full`), 4, "E_OUTPUT", "standard output");
  });
});

describe.concurrent("one line an error, whatever is in a name", () => {
  test.each<[string, string[], number]>([
    ["a trace that is missing", ["run", "no\nsuch\nfile"], 3],
    ["a trace of no format", ["run", folder.write("two\nlines", "nothing\n")], 3],
    ["a configuration that is missing", ["run", "--config", "no\nsuch\nfile", TINY], 2],
    ["a preset", ["run", "--preset", "a\nb", TINY], 2],
    ["an assignment", ["run", "--set", "a\nb", TINY], 2],
    ["a number", ["run", "--limit", "a\nb", TINY], 2],
    ["a format", ["run", "--format", "a\nb", TINY], 2],
    ["a condition", ["run", "--fail-if", "a\nb", TINY], 2],
    ["an option", ["run", "--a\nb", TINY], 2],
    ["a command", ["a\nb"], 2],
  ])("%s", async (_, args, code) => {
    expectError(await pagewalk(args), code);
  });
});

describe.concurrent("notes", () => {
  const path = folder.write("bad.lackey", `${tinyText}bad\n`);

  test.each<[string, string[], number, RegExp]>([
    ["bad records passed over", ["--skip-bad", "1", path], 0, /^pagewalk: note: [^\n]*1 bad record[^\n]*\n$/],
    [
      "a threshold that is met",
      ["--fail-if", "trace.records > 1", TINY],
      1,
      /^pagewalk: note: [^\n]*trace.records > 1\n$/,
    ],
  ])("tell of %s, unless --quiet", async (_, args, code, message) => {
    const loud = await pagewalk(["run", "--json", ...args]);
    expect(loud.code).toBe(code);
    expect(loud.stderr).toMatch(message);
    const quiet = await pagewalk(["run", "--json", "--quiet", ...args]);
    expect({ code: quiet.code, stderr: quiet.stderr }).toEqual({ code, stderr: "" });
  });

  test("errors are told in spite of --quiet", async () => {
    expectError(await pagewalk(["run", "--quiet", path]), 3, "E_TRACE", "line 17");
  });
});

describe.concurrent("colours", () => {
  test.each(printing)("are refused by NO_COLOR: %s", async (command) => {
    const env = { NO_COLOR: "1", FORCE_COLOR: "1" };
    const { code, stdout } = await pagewalk(command.split(" "), { env });
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
  });

  test.each(["run", "info"])("are not written to a pipe by %s", async (command) => {
    expect((await pagewalk([command, TINY])).stdout).not.toContain("\u001b");
  });

  test("are never in JSON", async () => {
    const { stdout } = await pagewalk(["run", "--json", TINY], { env: { FORCE_COLOR: "1" } });
    expect(stdout).not.toContain("\u001b");
  });

  test("are written where they are asked for", async () => {
    const { stdout } = await pagewalk(["run", TINY], { env: { FORCE_COLOR: "1" } });
    expect(stdout).toContain("\u001b[");
  });
});
