import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { readText, TEXTS } from "../oracle/texts.js";
import { recordsOf } from "../records.js";

const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 1, maxLength: 17 });
const prefix = fc.constantFrom("", "", "", "0x", "0X");
const blank = fc.constantFrom(" ", " ", "  ", "\t");
const letter = fc.constantFrom("R", "W", "r", "w");
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const decimal = fc.bigInt({ min: 0n, max: (1n << 64n) + 2n }).map(String);

const LINES: Record<string, fc.Arbitrary<string>> = {
  din: joined(
    fc.constantFrom("0", "1", "2", "0", "1", "2", "3"),
    blank,
    prefix,
    hex,
    fc.constantFrom("", "", " a comment", "\t", ","),
  ),
  rw: joined(prefix, hex, blank, letter, fc.constantFrom("", "", "", " ", "x")),
  pinatrace: fc.oneof(
    joined(fc.constant("0x"), hex, fc.constant(": "), letter, blank, fc.constant("0x"), hex),
    joined(letter, blank, decimal, fc.constantFrom("", "", " ", "a")),
    fc.constantFrom("# a comment", "#eof"),
  ),
};
const FIRST: Record<string, string> = { din: "2 408ed4", rw: "0041f7a0 R", pinatrace: "0x7f: W 0x1000" };
const odd = fc.constantFrom(
  "",
  "  ",
  "R",
  "0x",
  "x",
  "0",
  "0 ",
  "\u0000",
  "5 W",
  ": R 0x5",
  "0x7f:R 0x5",
  "é",
  "R 99999999999999999999",
);

describe.each(BUILDS)("the %s core's decoder of", (build) => {
  test.each(Object.keys(TEXTS))("%s reads what a regular expression reads", async (format) => {
    const module = await buildOf(build);
    const line = fc.oneof({ weight: 40, arbitrary: LINES[format] ?? odd }, { weight: 1, arbitrary: odd });
    const end = fc.constantFrom("\n", "\n", "\n", "\r\n");
    const texts = fc
      .array(joined(line, end), { maxLength: 30 })
      .map((lines) => [`${FIRST[format]}\n`, ...lines].join(""));
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 200 }), async (text, piece) => {
        const wanted = readText(format, text);
        const bytes = new TextEncoder().encode(text);
        const found = await recordsOf(module, bytes, { format, piece });
        expect(found.records).toEqual(wanted.records);
        expect(found.error?.at.line).toBe(wanted.badLine);
      }),
      { numRuns: runs(200, 10_000) },
    );
  });

  test.each(Object.entries(FIRST))("%s is known by its first line", async (format, first) => {
    const module = await buildOf(build);
    const text = `\n# a comment\n${first}\n`.replace(
      "# a comment\n",
      format === "pinatrace" ? "# a comment\n" : "",
    );
    const { records, error } = await recordsOf(module, new TextEncoder().encode(text), { piece: 1000 });
    expect(error).toBeUndefined();
    expect(records).toEqual(readText(format, text).records);
  });
});
