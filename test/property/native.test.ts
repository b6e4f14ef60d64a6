import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/config/model.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entry } from "../oracle/events.js";
import { readNative } from "../oracle/native.js";
import { writeNative } from "../oracle/nativewriter.js";
import { type Entry, isEvent, readEntries, writeEntries } from "../roundtrip.js";

const entries = fc.array(entry, { minLength: 1, maxLength: 120 });

/** Records by kind, then events; an access that says more counts by its kind. */
function countsOf(all: readonly Entry[]): bigint[] {
  const kindOf = (entry: Entry) => (!isEvent(entry) || entry.event === "access" ? entry.kind : "event");
  return [...KINDS, "event"].map((kind) => BigInt(all.filter((entry) => kindOf(entry) === kind).length));
}

describe.each(BUILDS)("the native format with the %s core", (build) => {
  test("is written as the page says", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 50 }), async (wanted, batch) => {
        const file = readNative(await writeEntries(module, wanted, "pagewalk", { batch }));
        expect(file.entries).toEqual(wanted);
        expect(file.counts).toEqual({ header: countsOf(wanted), trailer: countsOf(wanted) });
        expect(file.meta).toMatchObject({ command: "test", source: "entries" });
      }),
      { numRuns: runs(100, 10_000) },
    );
  });

  test("is read as the page says, whatever its writer chose", async () => {
    const module = await buildOf(build);
    const choice = fc.record(
      {
        register: fc.integer({ min: 1, max: 8 }),
        width: fc.constantFrom(8 as const, "least" as const),
        packing: fc.constantFrom(0 as const, 1 as const),
      },
      { requiredKeys: [] },
    );
    const numbers = fc.record({
      perBlock: fc.integer({ min: 1, max: 60 }),
      piece: fc.integer({ min: 1, max: 500 }),
    });
    await fc.assert(
      fc.asyncProperty(entries, choice, numbers, async (wanted, choice, { perBlock, piece }) => {
        const file = writeNative(wanted, perBlock, choice);
        expect(readNative(file).entries).toEqual(wanted);
        const found = await readEntries(module, file, { piece });
        expect(found.error).toBeUndefined();
        expect(found.entries).toEqual(wanted);
      }),
      { numRuns: runs(100, 10_000) },
    );
  });

  test("fills many blocks, each with the process that runs when it begins", async () => {
    const random = fc.sample(entry, { seed: 7, numRuns: 3000 });
    const all = Array.from({ length: 60_000 }, (_, i): Entry => {
      if (i % 10_000 === 5)
        return { event: "switch", process: (1n << 63n) + BigInt(i), thread: (1n << 64n) - 9n };
      const sample = random[i % random.length] as Entry;
      return isEvent(sample) && sample.event === "switch" ? { event: "user" } : sample;
    });
    const bytes = await writeEntries(await buildOf(build), all, "pagewalk");
    const file = readNative(bytes);
    expect(file.entries).toEqual(all);
    let running = { process: 0n, thread: 0n };
    for (const { process, thread, entries } of file.blocks) {
      expect({ process, thread }).toEqual(running);
      const last = entries.filter(isEvent).findLast(({ event }) => event === "switch");
      if (last?.event === "switch") running = { process: last.process, thread: last.thread ?? 0n };
    }
    expect(file.blocks.length).toBeGreaterThan(3);
    const found = await readEntries(await buildOf(build), bytes);
    expect(found.entries).toEqual(all);
  });
});
