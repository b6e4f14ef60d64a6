import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS, type Kind } from "../../src/config/model.js";
import type { TraceEvent } from "../../src/trace/events.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entry, plainAccess } from "../oracle/events.js";
import { writeNative } from "../oracle/nativewriter.js";
import { type Entry, isEvent, readEntries, writeEntries } from "../roundtrip.js";

interface Wanted {
  skip?: number;
  limit?: number;
  kinds?: Kind[];
}

type Access = Exclude<Entry, TraceEvent> | Extract<TraceEvent, { event: "access" }>;

const isAccess = (entry: Entry): entry is Access => !isEvent(entry) || entry.event === "access";

/** Events count for nothing and stay, up to the last access taken. */
function naive(
  entries: readonly Entry[],
  { skip = 0, limit = Infinity, kinds = [...KINDS] }: Wanted,
): Entry[] {
  const kept: Entry[] = [];
  let taken = 0;
  let seen = 0;
  for (const entry of entries) {
    if (taken >= limit) break;
    if (!isAccess(entry)) kept.push(entry);
    else if (seen++ >= skip) {
      taken++;
      if (kinds.includes(entry.kind)) kept.push(entry);
    }
  }
  return kept;
}

const wanted: fc.Arbitrary<Wanted> = fc.record(
  {
    skip: fc.integer({ min: 0, max: 90 }),
    limit: fc.integer({ min: 0, max: 90 }),
    kinds: fc.subarray([...KINDS], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const entries = fc.array(entry, { minLength: 1, maxLength: 100 });
const pageOf = ({ address }: Access) => (typeof address === "bigint" ? address >> 12n : undefined);

describe.each(BUILDS)("leaving records out with the %s core", (build) => {
  test("is what a plain filter does, whatever the blocks", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 40 }), wanted, async (all, perBlock, wanted) => {
        const found = await readEntries(module, writeNative(all, perBlock), wanted);
        expect(found.error).toBeUndefined();
        expect(found.entries).toEqual(naive(all, wanted));
        const accesses = all.filter(isAccess).length;
        const reached = Math.min(accesses, (wanted.skip ?? 0) + (wanted.limit ?? Infinity));
        const kept = found.entries.filter(isAccess).length;
        if (wanted.limit !== 0) expect(found.filtered).toBe(reached - kept);
      }),
      { numRuns: runs(100, 20_000) },
    );
  });

  test("is the same of text", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(entries, wanted, async (all, wanted) => {
        const whole: Entry[] = [{ event: "switch", process: 7n }, ...all];
        const found = await readEntries(module, await writeEntries(module, whole, "scenario"), wanted);
        expect(found.entries).toEqual(naive(whole, wanted));
      }),
      { numRuns: runs(60, 5000) },
    );
  });

  test("passes over whole blocks, and numbers what follows rightly", async () => {
    const module = await buildOf(build);
    const all = Array.from({ length: 80_000 }, (_, i): Entry => {
      if (i % 9000 === 1) return { event: "frames", frames: BigInt(i) };
      if (i % 9000 < 100) {
        return { event: "access", kind: "load", address: BigInt(i), size: 1n, at: { file: "a.c", line: 1 } };
      }
      return { kind: "store", address: BigInt(i), size: 1 };
    });
    const file = writeNative(all, 3000);
    for (const skip of [0, 2999, 3000, 3001, 9000, 20_000, 33_333, 79_000, 79_990, 90_000]) {
      const found = await readEntries(module, file, { skip, limit: 5000 });
      expect(found.entries).toEqual(naive(all, { skip, limit: 5000 }));
    }
  });
});

describe.each(BUILDS)("a sample with the %s core", (build) => {
  const accesses = fc.sample(plainAccess, { seed: 5, numRuns: 4000 });
  const all: Entry[] = Array.from({ length: 30_000 }, (_, i): Entry => {
    const some = accesses[i % 4000] as Access;
    if (i % 50 === 0) return { event: "frames", frames: BigInt(i) };
    // 5000 pages besides.
    return i % 2
      ? (some as Entry)
      : { kind: "load", address: BigInt((((i >> 1) * 7919) % 5000) * 4096 + (i % 4096)), size: 1 };
  });

  test.each([0.5, 0.1, 0.01])("of %d keeps a page whole or not at all, and about so many", async (sample) => {
    const module = await buildOf(build);
    const file = await writeEntries(module, all, "pagewalk");
    const { entries } = await readEntries(module, file, { sample, seed: 1 });
    const kept = new Set(entries.filter(isAccess).map(pageOf));
    expect(entries).toEqual(all.filter((entry) => !isAccess(entry) || kept.has(pageOf(entry))));
    const pages = new Set(all.filter(isAccess).map(pageOf)).size;
    expect(pages).toBeGreaterThan(4900);
    // Six standard deviations.
    const spread = 6 * Math.sqrt(pages * sample * (1 - sample));
    expect(Math.abs(kept.size - pages * sample)).toBeLessThan(spread);
  });

  test("is the same for the same seed, another for another, and all for 1", async () => {
    const module = await buildOf(build);
    const file = await writeEntries(module, all, "pagewalk");
    const of = async (sample: number, seed: number) =>
      (await readEntries(module, file, { sample, seed })).entries.filter(isAccess);
    const first = await of(0.2, 1);
    expect(await of(0.2, 1)).toEqual(first);
    const other = await of(0.2, 2);
    expect(other).not.toEqual(first);
    expect(await of(1, 3)).toEqual(all.filter(isAccess));
    // What two seeds choose has nothing to do with one another: they share 0.2 of 0.2.
    const pages = new Set(first.map(pageOf));
    const shared = new Set(other.map(pageOf).filter((page) => pages.has(page))).size;
    expect(shared / pages.size).toBeGreaterThan(0.1);
    expect(shared / pages.size).toBeLessThan(0.3);
  });

  test("goes together with kinds, skip and limit", async () => {
    const module = await buildOf(build);
    const file = await writeEntries(module, all, "pagewalk");
    const pages = new Set(
      (await readEntries(module, file, { sample: 0.3, seed: 4 })).entries.filter(isAccess).map(pageOf),
    );
    const wanted = { skip: 700, limit: 20_000, kinds: ["load", "store"] as Kind[] };
    const { entries } = await readEntries(module, file, { sample: 0.3, seed: 4, ...wanted });
    expect(entries).toEqual(
      naive(all, wanted).filter((entry) => !isAccess(entry) || pages.has(pageOf(entry))),
    );
  });
});
