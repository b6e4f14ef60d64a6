import { chmodSync, mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TraceInfo } from "../../src/index.js";
import { expectNothing, expectPartial, Folder, numbers, pagewalk, tinyText } from "./pagewalk.js";

const folder = new Folder();
const random = numbers(7);
const noise = Buffer.from(Array.from({ length: 100_000 }, () => random.next().value & 255));
const commands = ["run", "info"] as const;

describe.concurrent.each(commands)("%s refuses", (command) => {
  test.each<[string, string, string | Uint8Array, RegExp]>([
    ["an empty file", "empty.lackey", "", /empty/],
    ["binary noise", "noise.lackey", noise, /no known format.*want .*lackey/],
    ["nothing but NULs", "zeros.lackey", Buffer.alloc(5000), /no known format/],
    [
      "text of no trace",
      "notes.txt",
      "Dear diary,\ntoday I walked pages.\n",
      /no known format.*"Dear diary,"/,
    ],
    ["one short line", "short.txt", "x", /no known format/],
    ["blank lines alone", "blank.lackey", "\n\n\n", /no known format|no records/],
    ["valgrind's lines alone", "header.lackey", "==12== Lackey\n==12== \n", /no records.*--trace-mem=yes/],
  ])("%s", async (_, name, content, what) => {
    const path = folder.write(name, content);
    expectNothing(await pagewalk([command, "--json", path]), 3, "E_TRACE", path, what);
  });

  test("a missing file", async () => {
    const path = folder.at("missing.lackey");
    expectNothing(await pagewalk([command, path]), 3, "E_TRACE", path, /no such file.*want/);
  });

  test("a directory", async () => {
    mkdirSync(folder.at(`${command}.d`));
    const path = folder.at(`${command}.d`);
    expectNothing(await pagewalk([command, path]), 3, "E_TRACE", path, /directory.*want a trace/);
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read", async () => {
    const path = folder.write(`${command}.secret`, tinyText);
    chmodSync(path, 0o000);
    expectNothing(await pagewalk([command, path]), 3, "E_TRACE", path, /permission/);
  });

  test("standard input with nothing on it", async () => {
    expectNothing(await pagewalk([command, "-"], { stdin: "" }), 3, "E_TRACE", "empty");
  });
});

const header = "==77== Lackey, an example Valgrind tool\n==77== Command: ls\n==77== \n";
const footer = "==77== \n==77== Exit code:       0\n";

describe.concurrent("a trace that is cut", () => {
  test.each<[string, string, RegExp, number]>([
    ["in an address", "I  00401000,3\n L 1ffe", /line 2: " L 1ffe"/, 1],
    ["in a kind", "I  00401000,3\n L", /line 2: " L"/, 1],
    ["behind the comma", "I  00401000,3\nI  00401003,4\n S 00602000,", /line 3: " S 00602000,"/, 2],
    ["with a header, in an address", `${header}I  00401000,3\n L 1ffe`, /line 5: " L 1ffe".*cut/, 1],
    ["with a header, in a size", `${header}I  00401000,3\n L 00602000,1`, /line 5: " L 00602000,1".*cut/, 1],
    ["before its footer", `${header}I  00401000,3\n L 00602000,8\n`, /line 5.*without the footer/, 2],
    [
      "before its footer, behind a message of valgrind's",
      `${header}I  00401000,3\n==77== Warning: set address range perms\n L 00602000,8\n`,
      /without the footer/,
      2,
    ],
  ])("%s", async (name, text, what, records) => {
    const path = folder.write(`cut ${name}.lackey`, text);
    for (const command of commands) {
      const outcome = await pagewalk([command, "--json", path]);
      const { trace } = expectPartial<TraceInfo>(outcome, path, what);
      expect(trace.records).toBe(records);
    }
  });

  test("is told in the text report as well", async () => {
    const path = folder.write("cut.lackey", `${header}I  00401000,3\n`);
    const { code, stdout } = await pagewalk(["run", path]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/records +1, truncated/);
  });

  test.each([
    ["the footer", `${header}I  00401000,3\n${footer}`],
    ["a footer cut in its last line", `${header}I  00401000,3\n==77== \n==77== Exit co`],
    ["no header and no last newline", "I  00401000,3"],
  ])("is not one with %s", async (name, text) => {
    const path = folder.write(`whole ${name}.lackey`, text);
    const { code, stdout, stderr } = await pagewalk(["run", "--json", path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout).trace).toMatchObject({ records: 1, truncated: false });
  });

  test("is not told of one that --limit left early", async () => {
    const path = folder.write("limited.lackey", `${header}I  00401000,3\n L 00602000,8\n L 1f`);
    const { code, stderr } = await pagewalk(["run", "--limit", "2", path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
