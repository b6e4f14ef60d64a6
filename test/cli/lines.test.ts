import { describe, expect, test } from "vitest";
import { counts, expectPartial, Folder, makeTrace, pagewalk, runJson, TINY, tinyText } from "./pagewalk.js";

const folder = new Folder();
const GOOD = "I  00401000,3\n";

describe.concurrent("lines that are legal", () => {
  const expected = runJson([TINY]);

  test.each([
    ["CRLF line ends", tinyText.replaceAll("\n", "\r\n")],
    ["upper-case digits", tinyText.replace(/ [0-9a-f]{8,},/g, (address) => address.toUpperCase())],
    ["blank lines between", tinyText.replaceAll("\n", "\n\n \t\n")],
    ["valgrind's messages between", tinyText.replaceAll("\n", "\n--1-- WARNING: unhandled\n")],
    ["no last newline", tinyText.trimEnd()],
    ["no leading zeros", tinyText.replace(/([ISLM] +)0+/g, "$1")],
    ["sixteen digits", tinyText.replace(/[0-9a-f]+(?=,)/g, (digits) => digits.padStart(16, "0"))],
  ])("%s", async (name, text) => {
    const path = folder.write(`${name}.lackey`, text);
    expect(counts(await runJson([path]))).toEqual(counts(await expected));
  });

  test.each([
    [" L 00601000,0", 1],
    [" L 00601000,1", 1],
    [" L 00601fff,2", 2],
    [" L 00601000,1048576", 256],
    [" L 00601001,1048576", 257],
    [" S 00601fff,1048576", 257],
  ])("%s makes %i lookups", async (line, accesses) => {
    const path = folder.write("size.lackey", `${line}\n`);
    const { trace } = await runJson([path]);
    expect(trace).toMatchObject({ records: 1, accesses, pageCrossings: accesses - 1 });
  });
});

describe.concurrent("lines that are no record", () => {
  test.each([
    ["an address of 17 digits", " L 12345678901234567,4", "more than 16"],
    ["a size of 2^20 + 1", " L 00601000,1048577", "want 0 to 1048576"],
    ["a size of 2^32 + 1", " L 00601000,4294967297", "want 0 to 1048576"],
    ["a size of 30 digits", ` L 00601000,${"9".repeat(30)}`, "want 0 to 1048576"],
    ["a negative size", " L 00601000,-1", "decimal number"],
    ["a fractional size", " L 00601000,1.5", "after the size"],
    ["a hexadecimal size", " L 00601000,0x10", "after the size"],
    ["no size", " L 00601000,", "size is missing"],
    ["no comma", " L 00601000", "no comma"],
    ["no address", " L ,4", "address is missing"],
    ["an address with a prefix", " L 0x601000,4", "no comma"],
    ["no kind", "00601000,4", "no record"],
    ["another kind", " X 00601000,4", "no record"],
    ["a kind of lower case", " l 00601000,4", "no record"],
    ["the wrong spaces", "L  00601000,4", "no record"],
    ["something after the size", " L 00601000,4 # here", "after the size"],
    ["a word of three letters", "bad", "no record"],
    ["control characters", "\u001b[31mred\u0007", "no record"],
  ])("%s", async (name, line, what) => {
    const path = folder.write(`${name}.lackey`, `${GOOD}${line}\n${GOOD}`);
    const result = expectPartial(await pagewalk(["run", "--json", path]), path, "line 2", what);
    expect(result.trace).toMatchObject({ records: 1, skipped: 0 });
  });

  test("NULs where a kind should be, far into the file", async () => {
    const path = folder.write("nuls.lackey", `${makeTrace(10_000)}\0\0\x0000601000,4\n${GOOD}`);
    const result = expectPartial(await pagewalk(["run", "--json", path]), path, "line 10001", "no record");
    expect(result.trace.records).toBe(10_000);
  });

  test("show no control characters of theirs", async () => {
    const path = folder.write("escape.lackey", `${GOOD}\u001b[31mred\u0007\n`);
    const { stderr } = await pagewalk(["run", path]);
    expect([...stderr].every((character) => character === "\n" || character >= " ")).toBe(true);
  });

  test("are not reached behind --limit", async () => {
    const path = folder.write("behind.lackey", `${GOOD}bad\n`);
    expect((await runJson(["--limit", "1", path])).trace.records).toBe(1);
  });
});

describe.concurrent("--skip-bad", () => {
  const path = folder.write(
    "bad.lackey",
    `${GOOD} L 1,\n${GOOD} X 00601000,4\n L 11112222333344445,1\n${GOOD}`,
  );

  test.each([0, 1, 2])("%i is too few for 3 bad records", async (most) => {
    const outcome = await pagewalk(["run", "--json", "--quiet", "--skip-bad", `${most}`, path]);
    const lines = [2, 4, 5];
    const { trace } = expectPartial(outcome, path, `line ${lines[most]}`);
    expect(trace.skipped).toBe(most);
  });

  test.each([3, 4, 1_000_000])("%i is enough for 3 bad records", async (most) => {
    const { trace } = await runJson(["--quiet", "--skip-bad", `${most}`, path]);
    expect(trace).toMatchObject({ records: 3, skipped: 3, truncated: false });
  });

  test("counts nothing where nothing is bad", async () => {
    expect((await runJson(["--skip-bad", "9", TINY])).trace).toMatchObject({ records: 16, skipped: 0 });
  });
});
