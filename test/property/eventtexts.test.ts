// Every reader of lines that carry events, on traces that are cut, garbled and mixed.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf } from "../records.js";
import { SAMPLES } from "../unit/formats/samples.js";

describe.each(BUILDS)("with the %s core", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await Core.create(await buildOf(build));
  });

  describe.each(Object.entries(SAMPLES))("%s", (format, { text, entries }) => {
    const bytes = new TextEncoder().encode(text);

    test("cut at any byte, gives a start of its entries and then, at most, one that the cut made", async () => {
      for (let length = 1; length <= bytes.length; length++) {
        const found = await entriesOf(core, bytes.subarray(0, length), { format });
        const whole = found.entries.slice(0, -2);
        expect(whole).toEqual(entries.slice(0, whole.length));
      }
    });

    test("garbled, ends in an error with a place or in entries", async () => {
      const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(flips, fc.integer({ min: 1, max: 300 }), async (changes, piece) => {
          const garbled = bytes.slice();
          for (const [at, value] of changes) garbled[at] = value;
          const { error } = await entriesOf(core, garbled, { format, piece });
          if (error) expect(error.code).toBe("E_TRACE");
        }),
        { numRuns: runs(60, 5000) },
      );
    });

    test("of lines in any order, is read to its end with bad ones passed over", async () => {
      const lines = text.split("\n");
      const [first = ""] = lines;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...lines), { maxLength: 40 }), async (chosen) => {
          const mixed = [first, ...chosen].join("\n");
          const { error } = await entriesOf(core, mixed, { format, skipBad: 1000 });
          if (error) expect(error.message).toMatch(/holds no records/);
        }),
        { numRuns: runs(60, 5000) },
      );
    });
  });
});
