import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompiledCore } from "../../src/engine/core.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entry, plainAccess } from "../oracle/events.js";
import { type Entry, readEntries, writeEntries } from "../roundtrip.js";

const entries = fc.array(entry, { minLength: 1, maxLength: 60 });
const accesses = fc.array(plainAccess, { minLength: 1, maxLength: 100 });

/** Reads a trace, which must be whole, and writes it in another format. */
async function converted(module: CompiledCore, bytes: Uint8Array, format: string): Promise<Uint8Array> {
  const { entries, error } = await readEntries(module, bytes);
  expect(error).toBeUndefined();
  return writeEntries(module, entries, format);
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** What a scenario reads back: it begins with who does the first thing. */
function asScenario(all: readonly Entry[]): Entry[] {
  const first = all[0];
  const named = first && "event" in first && first.event === "switch";
  return named ? [...all] : [{ event: "switch", process: 1n }, ...all];
}

describe.each(BUILDS)("with the %s core", (build) => {
  test("a scenario says all that a trace holds", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(entries, async (wanted) => {
        const { entries, error } = await readEntries(module, await writeEntries(module, wanted, "scenario"));
        expect(error).toBeUndefined();
        expect(entries).toEqual(asScenario(wanted));
      }),
      { numRuns: runs(100, 20_000) },
    );
  });

  test("a scenario is the same text after a way through the native format", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(entries, async (wanted) => {
        const text = await writeEntries(module, asScenario(wanted), "scenario");
        const back = await converted(module, await converted(module, text, "pagewalk"), "scenario");
        expect(textOf(back)).toBe(textOf(text));
      }),
      { numRuns: runs(60, 5000) },
    );
  });

  test("lackey is the same text after a way through the native format", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(accesses, async (wanted) => {
        const text = await writeEntries(module, wanted, "lackey");
        const back = await converted(module, await converted(module, text, "pagewalk"), "lackey");
        expect(textOf(back)).toBe(textOf(text));
      }),
      { numRuns: runs(60, 5000) },
    );
  });

  test.each(["pagewalk", "scenario", "lackey"])("%s in gzip and in zstd holds the same", async (format) => {
    const module = await buildOf(build);
    const kind = format === "lackey" ? accesses : entries.map(asScenario);
    await fc.assert(
      fc.asyncProperty(kind, fc.constantFrom("gzip" as const, "zstd" as const), async (wanted, wrapper) => {
        const bytes = await writeEntries(module, wanted as Entry[], format, { wrapper });
        const { entries, error } = await readEntries(module, bytes, { piece: 100 });
        expect(error).toBeUndefined();
        expect(entries).toEqual(wanted);
      }),
      { numRuns: runs(15, 500) },
    );
  });

  test("many megabytes in zstd are frames that follow one another", async () => {
    const module = await buildOf(build);
    const some = fc.sample(plainAccess, { seed: 3, numRuns: 1000 });
    const wanted = Array.from({ length: 150_000 }, (_, i) => some[(i * 7919) % 1000] as Entry);
    const bytes = await writeEntries(module, wanted, "lackey", { wrapper: "zstd" });
    const { entries, error } = await readEntries(module, bytes);
    expect(error).toBeUndefined();
    expect(entries).toEqual(wanted);
  });
});
