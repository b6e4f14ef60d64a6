import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { readLackey } from "../oracle/lackey.js";
import { recordsOf } from "../records.js";

const digits = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 1, maxLength: 17 });
const good = fc
  .record({
    prefix: fc.constantFrom("I  ", " L ", " S ", " M "),
    va: digits,
    size: fc.integer({ min: 0, max: 120 }),
  })
  .map(({ prefix, va, size }) => `${prefix}${va},${size}`);
const usual = fc
  .record({
    prefix: fc.constantFrom("I  ", " L "),
    va: fc.integer({ min: 0x1000000, max: 0x7fffffff }),
    size: fc.nat(32),
  })
  .map(({ prefix, va, size }) => `${prefix}${va.toString(16).padStart(8, "0")},${size}`);
const odd = fc.constantFrom(
  "",
  "  ",
  "==12== a note",
  "--12-- a message",
  " L 00AbCdEf,8",
  " L 1,1048576",
  "I  0000000f,007",
);
const bad = fc.constantFrom(
  "L 04025870,3",
  " L 0402587g,3",
  " L 04025870:3",
  " L 04025870,",
  " L ,3",
  " L 04025870,3x",
  " L 04025870,1048577",
  " L 04025870,99999999999999999999",
  " X 04025870,3",
  "\u0000",
  "\u0000\u0000\u000004025870,3",
  "\u0001\u0000\u000004025870,3",
  "abc",
  " L 0402587\u0010,3",
  "I 04025870,3",
  " L 04025870 ,3",
);

/** Text of mostly good lines, one in many of them bad, ended in either way. */
const texts = fc
  .array(
    fc.record({
      line: fc.oneof(
        { weight: 60, arbitrary: usual },
        { weight: 30, arbitrary: good },
        { weight: 9, arbitrary: odd },
        { weight: 1, arbitrary: bad },
      ),
      end: fc.oneof(
        { weight: 9, arbitrary: fc.constant("\n") },
        { weight: 1, arbitrary: fc.constant("\r\n") },
      ),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((lines) => [" L 04025870,3\n", ...lines.map(({ line, end }) => line + end)].join(""));

describe.each(BUILDS)("the %s core's lackey decoder", (build) => {
  test("reads what a regular expression reads, however the text is cut", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 400 }), async (text, piece) => {
        const wanted = readLackey(text);
        const found = await recordsOf(module, new TextEncoder().encode(text), { format: "lackey", piece });
        expect(found.records).toEqual(wanted.records);
        // A trace that begins with valgrind's header may end early on top of that.
        if (wanted.badLine !== undefined) expect(found.error?.at.line).toBe(wanted.badLine);
      }),
      { numRuns: runs(500, 10_000) },
    );
  });
});
