import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ConvertResult } from "../../src/index.js";
import {
  expectError,
  expectNothing,
  Folder,
  infoJson,
  makeTrace,
  pagewalk,
  shell,
  TINY,
  tinyText,
} from "./pagewalk.js";

const folder = new Folder();
const SCENARIO =
  "switch 1\nmmap 0x0 4096 rw private,anon as $a\nL 0x1000,8\nM 0x2000,4\nS 0x1ffffffff8,2\nmalloc p 24\nfree p\n";
const scenario = folder.write("a.scenario", SCENARIO);

/** A name in a folder of its own, of a file that is not there. */
function fresh(name: string): string {
  const path = folder.write("in", "");
  return join(dirname(path), name);
}

const around = (path: string) => readdirSync(dirname(path)).filter((name) => name !== "in");

describe.concurrent("the output's name tells the format", () => {
  test.each<[string, string, RegExp]>([
    [".pagewalk", "pagewalk", /^\u0089PWK\r\n/],
    [".lackey", "lackey", /^ L 00001000,8\n M 00002000,4\n S 1ffffffff8,2\n$/],
    [".scenario", "scenario", /^# pagewalk scenario\nswitch 1\nmmap /],
    [".din", "din", /^0 1000\n0 2000\n1 2000\n1 1ffffffff8\n$/],
    [
      ".csv",
      "csv",
      /^address,kind,size,process\n0x1000,load,8,1\n0x2000,modify,4,1\n0x1ffffffff8,store,2,1\n$/,
    ],
    [".rep", "rep", /^ +24\n +1\n +2\n +1\na 0 24\nf 0\n$/],
    [".LACKEY", "lackey", /^ L 00001000,8\n/],
  ])("%s", async (end, format, content) => {
    const out = fresh(`out${end}`);
    const { code, stdout } = await pagewalk(["convert", scenario, out, "--json", "--quiet"]);
    expect(code).toBe(0);
    const { output, trace } = JSON.parse(stdout) as ConvertResult;
    expect(output).toMatchObject({ path: out, format, bytes: statSync(out).size });
    expect(trace).toMatchObject({ format: "scenario", records: 3, events: 4, skipped: 0, truncated: false });
    expect(readFileSync(out, "latin1")).toMatch(content);
    expect(around(out)).toEqual([`out${end}`]);
  });

  test.each([".gz", ".zst"])("then %s its compression", async (end) => {
    for (const format of ["lackey", "pagewalk"]) {
      const out = fresh(`out.${format}${end}`);
      expect((await pagewalk(["convert", TINY, out])).code).toBe(0);
      const { trace } = await infoJson([out]);
      const compression = end === ".gz" ? "gzip" : "zstd";
      expect(trace).toMatchObject({ format, compression, records: (await infoJson([TINY])).trace.records });
    }
  });

  test("--to overrides it, and not its compression", async () => {
    const out = fresh("out.csv.gz");
    expect((await pagewalk(["convert", TINY, out, "--to", "din"])).code).toBe(0);
    expect(gunzipSync(readFileSync(out)).toString()).toMatch(/^[012] [0-9a-f]+\n/);
  });

  test("native is a name of the native format", async () => {
    const out = fresh("out");
    expect((await pagewalk(["convert", TINY, out, "--to", "native"])).code).toBe(0);
    expect((await infoJson([out])).trace.format).toBe("pagewalk");
  });

  test.each<[string, string[], RegExp]>([
    ["no known end", ["out.txt"], /out\.txt: its name tells no format; want one that ends in \.pagewalk/],
    ["none but a compression", ["out.gz"], /tells no format/],
    ["nothing at all for standard output", ["-"], /standard output has no name.*--to FORMAT/],
    ["an unknown --to", ["out", "--to", "lakey"], /no format "lakey".*did you mean lackey/],
    ["a format that is only read", ["out", "--to", "champsim"], /no format "champsim" to write/],
  ])("%s is an option's fault", async (_, [name = "", ...args], said) => {
    const out = name === "-" ? name : fresh(name);
    expectNothing(await pagewalk(["convert", TINY, out, ...args]), 2, "E_OPTION", said);
    if (out !== "-") expect(around(out)).toEqual([]);
  });
});

describe.concurrent("an output that is there", () => {
  test("is left as it is", async () => {
    const out = folder.write("out.lackey", "mine");
    expectNothing(await pagewalk(["convert", TINY, out]), 2, "E_OPTION", "is there already; --force");
    expect(readFileSync(out, "utf8")).toBe("mine");
    expect(readdirSync(dirname(out))).toEqual(["out.lackey"]);
  });

  test("is written over with --force", async () => {
    const out = folder.write("out.lackey", "mine");
    expect((await pagewalk(["convert", "--force", TINY, out])).code).toBe(0);
    expect((await infoJson([out])).trace.format).toBe("lackey");
    expect(readdirSync(dirname(out))).toEqual(["out.lackey"]);
  });

  test("is the input: refused, or with --force read to its end and then replaced", async () => {
    const path = folder.write("a.lackey", tinyText);
    expectNothing(await pagewalk(["convert", path, path]), 2, "is there already");
    expect(readFileSync(path, "latin1")).toBe(tinyText);
    expect((await pagewalk(["convert", "--force", "--to", "pagewalk", path, path])).code).toBe(0);
    expect((await infoJson([path])).trace.records).toBe((await infoJson([TINY])).trace.records);
  });

  test("stays when the input breaks before its first record, even with --force", async () => {
    const out = folder.write("out.lackey", "mine");
    const input = folder.write("bad.lackey", "nonsense\n");
    expectNothing(await pagewalk(["convert", "--force", "--format", "lackey", input, out]), 3, "E_TRACE");
    expect(readFileSync(out, "utf8")).toBe("mine");
    expect(readdirSync(dirname(out))).toEqual(["out.lackey"]);
  });

  test("is a link: what it leads to is written over", async () => {
    const target = folder.write("target.lackey", "mine");
    const link = join(dirname(target), "link.lackey");
    symlinkSync("target.lackey", link);
    expect((await pagewalk(["convert", "--force", TINY, link])).code).toBe(0);
    expect(readFileSync(target, "latin1")).toMatch(/^I {2}/);
    expect(readdirSync(dirname(target)).sort()).toEqual(["link.lackey", "target.lackey"]);
  });

  test("is a directory", async () => {
    const out = dirname(folder.write("x", ""));
    for (const force of [[], ["--force"]]) {
      const outcome = await pagewalk(["convert", TINY, out, "--to", "lackey", ...force]);
      expectNothing(outcome, 4, "E_OUTPUT", "is a directory");
    }
  });

  test.skipIf(!existsSync("/dev/full"))("is a full device, which stays one", async () => {
    const outcome = await pagewalk(["convert", "--force", TINY, "/dev/full", "--to", "lackey"]);
    expectNothing(outcome, 4, "E_OUTPUT", "/dev/full: cannot be written", "ENOSPC");
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  test("is a named pipe, which is written to", async () => {
    const pipe = fresh("pipe");
    const line =
      'mkfifo "$OUT" && { cat "$OUT" & pagewalk convert --quiet --force traces/tiny.lackey "$OUT" --to lackey > "$OUT.report"; wait; }';
    const { code, stdout } = await shell(line, { env: { OUT: pipe } });
    expect(code).toBe(0);
    expect(stdout.match(/\n/g)).toHaveLength((await infoJson([TINY])).trace.records);
    expect(statSync(pipe).isFIFO()).toBe(true);
  });
});

describe.concurrent("an output that cannot be written", () => {
  test("is in a folder that is not there", async () => {
    const out = fresh("no/such/out.lackey");
    expectNothing(await pagewalk(["convert", TINY, out]), 4, "E_OUTPUT", "cannot be written", "ENOENT");
  });

  test("is in a file", async () => {
    const out = join(folder.write("file", ""), "out.lackey");
    expectNothing(await pagewalk(["convert", TINY, out]), 4, "E_OUTPUT", "ENOTDIR");
  });

  test.skipIf(!existsSync("/proc/self"))("is in a folder that takes no files", async () => {
    expectNothing(await pagewalk(["convert", TINY, "/proc/out.lackey"]), 4, "E_OUTPUT", "cannot be written");
  });

  test.skipIf(!existsSync("/dev/full"))("is standard output on a full disk", async () => {
    for (const format of ["lackey", "pagewalk", "rep"]) {
      const line = `pagewalk convert traces/tiny.lackey - --to ${format} > /dev/full`;
      expectError(await shell(line), 4, "E_OUTPUT", "standard output cannot be written");
    }
  });
});

describe.concurrent("standard input and output", () => {
  test("from one to the other", async () => {
    const { code, stdout, stderr } = await pagewalk(["convert", "-", "-", "--to", "scenario"], {
      stdin: tinyText,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const back = await shell("pagewalk convert - - --to pagewalk | pagewalk convert - - --to scenario", {
      stdin: tinyText,
    });
    expect(back).toEqual({ code: 0, stdout, stderr: "" });
  });

  test.each(["lackey", "pagewalk", "scenario", "csv"])(
    "%s into a reader that goes away is no error",
    async (to) => {
      const trace = folder.write("big.lackey", makeTrace(100_000));
      const code = folder.write("code", "");
      const line = `{ pagewalk convert "$TRACE" - --to ${to}; echo "$?" > "$CODE"; } | head -c 1 > "$CODE.out"`;
      const { stderr } = await shell(line, { env: { TRACE: trace, CODE: code } });
      expect({ stderr, code: readFileSync(code, "utf8") }).toEqual({ stderr: "", code: "0\n" });
    },
  );

  test("--json does not mix with the trace", async () => {
    const { stdout } = await pagewalk(["convert", TINY, "-", "--to", "lackey", "--json"]);
    expect(stdout).toMatch(/^(?:I | [LSM]) {1,2}[0-9a-f]+,\d+\n/);
    expect(stdout).not.toContain("{");
  });
});

describe.concurrent("what is told besides", () => {
  test("is what the format has no place for, a note each", async () => {
    const out = fresh("out.lackey");
    const { code, stderr, stdout } = await pagewalk(["convert", scenario, out, "--json"]);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as ConvertResult).output.leftOut).toEqual({
      switch: 1,
      mmap: 1,
      malloc: 1,
      free: 1,
    });
    expect(stderr.split("\n").slice(0, -1)).toHaveLength(4);
    expect(stderr).toMatch(/^pagewalk: note: lackey has no place for mmap: 1 left out$/m);
    const quiet = await pagewalk(["convert", scenario, fresh("out.lackey"), "--quiet"]);
    expect(quiet.stderr).toBe("");
  });

  test("is nothing of progress where nobody sees it", async () => {
    const trace = folder.write("big.lackey", makeTrace(300_000));
    const { code, stdout, stderr } = await pagewalk(["convert", trace, fresh("out.pagewalk")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\(pagewalk\), from .*\n {2}records +300,000\n/);
    expect(stdout).not.toContain("\r");
    expect(stdout).not.toContain("\u001b");
  });
});

describe.concurrent("an input that breaks off", () => {
  test.each(["pagewalk", "lackey", "scenario.gz"])("leaves what came before, in %s", async (end) => {
    const input = folder.write("cut.lackey", `${tinyText}nonsense\n`);
    const out = fresh(`out.${end}`);
    const outcome = await pagewalk(["convert", input, out, "--json"]);
    expectError(outcome, 3, "E_TRACE", "line 17");
    const { trace, output } = JSON.parse(outcome.stdout) as ConvertResult;
    expect(trace.truncated).toBe(true);
    const whole = await infoJson([out]);
    expect(whole.trace).toMatchObject({ truncated: false, records: trace.records });
    expect(output.bytes).toBe(statSync(out).size);
    expect(around(out)).toEqual([`out.${end}`]);
  });

  test("leaves its events, where it has no accesses", async () => {
    const input = folder.write("cut.scenario", "malloc p 8\nfree p\nnonsense\n");
    const out = fresh("out.scenario");
    const outcome = await pagewalk(["convert", input, out, "--json"]);
    expectError(outcome, 3, "E_TRACE", "line 3");
    expect((JSON.parse(outcome.stdout) as ConvertResult).trace).toMatchObject({ events: 3, truncated: true });
    expect(readFileSync(out, "utf8")).toMatch(/malloc p 8\nfree p\n$/);
  });

  test.each<[string, string | undefined]>([
    ["is missing", undefined],
    ["is empty", ""],
    ["is of no format", "nonsense\n"],
    ["holds no records", "# a comment\n"],
  ])("leaves nothing where it %s", async (_, content) => {
    const input = content === undefined ? fresh("missing") : folder.write("in.scenario", content);
    const out = fresh("out.pagewalk");
    expectNothing(await pagewalk(["convert", input, out]), 3, "E_TRACE");
    expect(around(out)).toEqual([]);
  });

  test("passes over what --skip-bad allows", async () => {
    const input = folder.write("bad.lackey", `nonsense\n${tinyText}`);
    const out = fresh("out.pagewalk");
    const { code, stderr } = await pagewalk(["convert", "--format", "lackey", "--skip-bad", "1", input, out]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^pagewalk: note: 1 bad record was passed over\n$/);
  });
});

describe.concurrent("a part of a trace", () => {
  test.each<[string[], string]>([
    [["--limit", "1"], "switch 1\nmmap 0x0 4096 rw private,anon as $a\nL 0x1000,8\n"],
    [
      ["--skip", "2"],
      "switch 1\nmmap 0x0 4096 rw private,anon as $a\nS 0x1ffffffff8,2\nmalloc p 24\nfree p\n",
    ],
    [
      ["--kinds", "modify"],
      "switch 1\nmmap 0x0 4096 rw private,anon as $a\nM 0x2000,4\nmalloc p 24\nfree p\n",
    ],
    [["--skip", "1", "--limit", "1", "--kinds", "load"], "switch 1\nmmap 0x0 4096 rw private,anon as $a\n"],
  ])("%j", async (args, text) => {
    const { code, stdout } = await pagewalk(["convert", scenario, "-", "--to", "scenario", ...args]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `# pagewalk scenario\n${text}` });
  });

  test.each([".gz", ".zst"])("that is nothing is a whole file of %s", async (end) => {
    const out = fresh(`out.scenario${end}`);
    const empty = fresh(`out.lackey${end}`);
    expect((await pagewalk(["convert", TINY, out, "--limit", "0"])).code).toBe(0);
    expect((await pagewalk(["convert", TINY, empty, "--limit", "0"])).code).toBe(0);
    expectNothing(await pagewalk(["info", out]), 3, "E_TRACE");
    expect(statSync(empty).size).toBeGreaterThan(0);
    expectNothing(await pagewalk(["info", empty]), 3, "E_TRACE", "is empty");
  });

  test.each(["--sample=0", "--sample=1.1", "--sample=x", "--skip=-1", "--limit=1.5", "--seed=-1"])(
    "%s is an option's fault",
    async (arg) => {
      expectNothing(await pagewalk(["convert", TINY, fresh("out.lackey"), arg]), 2, "E_OPTION");
    },
  );
});

test("a name that ends in a newline, or begins with a dash, is but a name", async () => {
  const out = fresh("-out\n.lackey");
  expect((await pagewalk(["convert", TINY, "--", out])).code).toBe(0);
  expect(existsSync(out)).toBe(true);
  writeFileSync(out, "mine");
  expectNothing(await pagewalk(["convert", TINY, out]), 2, "is there already");
});
