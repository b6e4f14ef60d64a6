import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { VERSION } from "../../src/version.js";
import { Folder, pagewalk, ROOT, shell, tinyText } from "./pagewalk.js";

const folder = new Folder();
symlinkSync(join(ROOT, "traces"), folder.at("traces"));
for (const name of ["prog.lackey", "TRACE"]) folder.put(name, tinyText);
folder.put("prog.rep", readFileSync(join(ROOT, "traces/words.rep")));
folder.put("prog.lackey.gz", gzipSync(tinyText));
folder.put("prog.scenario", "malloc a 8 at a.c:1\n");
folder.put("prog.pagewalk", "malloc a 8 at a.c:1\nfree a\n");
folder.put("known.txt", "leak a.c:*\n");

const COMMANDS = ["run", "sweep", "curve", "heap", "check", "info", "presets"];
/** Exit code of commands that found what they look for. */
const FOUND = 1;

test.concurrent.each([["--version"], ["-V"]])("%s prints the version", async (flag) => {
  expect(await pagewalk([flag])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

test.concurrent.each([["--help"], ["-h"], ["help"]])("%s lists the commands", async (flag) => {
  const { code, stdout, stderr } = await pagewalk([flag]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
});

describe.concurrent.each(COMMANDS)("%s --help", (command) => {
  test("has examples that work", async () => {
    const { code, stdout, stderr } = await pagewalk([command, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const examples = [...(stdout.split("\nExamples:\n")[1] ?? "").matchAll(/^ {2}(\S.*?) {2,}\S/gm)];
    const commands = examples.map((match) => match[1] ?? "");
    expect(commands.length).toBeGreaterThan(0);
    // The others need a program that may not be here.
    for (const line of commands.filter((line) => /^pagewalk (?!capture)/.test(line))) {
      const outcome = await shell(line, { cwd: folder.path });
      expect({ line, stderr: outcome.stderr }).toEqual({ line, stderr: "" });
      expect(command === "check" ? [0, FOUND] : [0]).toContain(outcome.code);
      expect(outcome.stdout).not.toBe("");
    }
  });

  test("is what help prints of it", async () => {
    expect(await pagewalk(["help", command])).toEqual(await pagewalk([command, "--help"]));
  });
});
