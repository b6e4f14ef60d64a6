import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { cuckooFaults } from "../cuckoo.js";
import { NaiveChained, NaiveCuckoo, NaiveInverted, NaiveOpen } from "../oracle/hashed.js";
import { CoreTable, type Kind } from "../tables.js";
import { type Core, coreWith, TESTING } from "../testing.js";

const KINDS = ["open", "chained", "inverted", "cuckoo"] as const;

/** Numbers of pages: runs of neighbours, and any. */
const vpn = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 60n) },
  { weight: 3, arbitrary: fc.bigInt(0n, 60n).map((offset) => 0x7fff_ffffn + offset) },
  { weight: 1, arbitrary: fc.bigInt(0n, (1n << 52n) - 1n) },
);
const command = fc.record({
  what: fc.constantFrom("insert", "insert", "insert", "remove", "walk"),
  vpn,
  space: fc.integer({ min: 0, max: 3 }),
  run: fc.oneof({ weight: 9, arbitrary: fc.constant(1n) }, { weight: 1, arbitrary: fc.bigInt(1n, 60n) }),
});
const slots = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 64, 200));

interface Twin {
  /** False: there was no room. */
  insert(vpn: bigint, space: number): unknown;
  remove(vpn: bigint, space: number): void;
  walk(vpn: bigint, space: number): { found: boolean; reads: number };
  bytes?: number;
}

function twinOf(kind: Kind, slots: number, ways: number): Twin {
  if (kind === "open") return new NaiveOpen(slots);
  if (kind === "chained") return new NaiveChained(slots);
  if (kind === "inverted") return new NaiveInverted(slots);
  return new NaiveCuckoo(ways);
}

/** Leaves so many bytes of linear memory. */
function useUpMemory(core: Core, left: bigint): void {
  const free = (1n << 32n) - BigInt(core.arenaTop());
  expect(core.allocate(free - left, 1n)).not.toBe(0);
}

describe.each(TESTING)("on the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith(build);
  });

  test.each(KINDS)("the %s table does what its twin does", (kind) => {
    const commands = fc.array(command, { maxLength: 120, size: "max" });
    const ways = fc.integer({ min: 2, max: 5 });
    fc.assert(
      fc.property(slots, ways, commands, (slots, ways, commands) => {
        const real = new CoreTable(core, kind, slots, ways);
        const twin = twinOf(kind, slots, ways);
        const ptes = new Map<string, bigint>();
        const compare = (vpn: bigint, space: number) => {
          const wanted = twin.walk(vpn, space);
          expect(real.walk(vpn, space)).toEqual(wanted);
          if (wanted.found) expect(real.pte(vpn, space)).toBe(ptes.get(`${vpn} ${space}`));
          if (wanted.found && twin instanceof NaiveInverted) {
            expect(real.frameOf(vpn, space)).toBe(twin.frameOf(vpn, space));
          }
        };
        for (const { what, vpn, space: anySpace, run } of commands) {
          const space = kind === "inverted" ? anySpace : 0;
          for (let page = vpn; page < vpn + run; page++) {
            if (what === "remove") {
              real.remove(page, space);
              twin.remove(page, space);
            } else if (what === "insert" && !twin.walk(page, space).found) {
              const pte = BigInt(ptes.size + 1);
              const hasRoom = twin.insert(page, space) !== false;
              expect(real.insert(page, space, pte)).toBe(hasRoom);
              ptes.set(`${page} ${space}`, pte);
            }
            compare(page, space);
          }
          if (twin.bytes !== undefined) expect(real.bytes).toBe(twin.bytes);
          if (kind === "cuckoo") expect(cuckooFaults(core, real)).toEqual([]);
        }
        for (const name of ptes.keys()) {
          const [page, space] = name.split(" ");
          compare(BigInt(page ?? 0), Number(space));
        }
      }),
      { numRuns: runs(120, 2000) },
    );
  });

  test.each(KINDS)("a walk of the %s table reads up to the entry", (kind) => {
    const offset = { open: 8, chained: 8, inverted: 16, cuckoo: 8 }[kind];
    const pages = fc.uniqueArray(vpn, { minLength: 1, maxLength: 100, size: "max" });
    fc.assert(
      fc.property(pages, (pages) => {
        const real = new CoreTable(core, kind, pages.length);
        for (const page of pages) real.insert(page, 0, page + 1n);
        for (const page of pages) {
          const steps = real.logged(page);
          const read = steps.map(({ address }) => address);
          // The inverted table stands behind the frames, in the order of their entries: they were handed out in that of the pages.
          const inverted = pages.length * 4096 + pages.indexOf(page) * 32;
          const entry = kind === "inverted" ? inverted : real.find(page) - offset;
          expect(new Set(read).size).toBe(real.walk(page).reads);
          if (kind !== "cuckoo") expect(read.at(-1)).toBe(entry);
          expect(steps.find(({ address }) => address === entry)?.pte).toBe(page + 1n);
          if (kind === "open") {
            const wraps = read.filter((at, i) => i > 0 && at !== (read[i - 1] ?? 0) + 16);
            expect(wraps.length).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: runs(50, 500) },
    );
  });

  test.each(KINDS)("the %s table is whole when memory is used up", async (kind) => {
    const core = await coreWith(build);
    const twin = twinOf(kind, 16, 3);
    const real = new CoreTable(core, kind, 16);
    // Open: 512, 1024 and 2048 bytes, the last of which end where memory does.
    useUpMemory(core, 3584n);
    let page = 0n;
    while (real.insert(page, 0, page + 1n)) twin.insert(page++, 0);
    expect(page).toBeGreaterThan(10n);
    // And again: it fails as before.
    expect(real.insert(page, 0, page + 1n)).toBe(false);
    for (let other = 0n; other < page; other++) expect(real.pte(other)).toBe(other + 1n);
    for (let other = 0n; other <= page; other++) expect(real.walk(other)).toEqual(twin.walk(other, 0));
    if (kind === "cuckoo") expect(cuckooFaults(core, real)).toEqual([]);
  });

  test.each(KINDS)("of the kind %s, a table larger than memory is refused", (kind) => {
    expect(() => new CoreTable(core, kind, 2 ** 32 - 1)).toThrow("memory is used up");
  });

  test("a cuckoo table grows a slot at a time", () => {
    const real = new CoreTable(core, "cuckoo", 1024, 3);
    const sizes = new Set<number>();
    const pages = 50_000n;
    for (let page = 0n; page < pages; page++) {
      expect(real.insert(page, 0, page)).toBe(true);
      sizes.add(real.bytes / (3 * 1024 * 16));
    }
    // Whole, and while they grow: the ways and ways twice as wide.
    expect([...sizes]).toEqual([1, 3, 2, 6, 4, 12, 8, 24, 16, 48, 32]);
    expect(cuckooFaults(core, real)).toEqual([]);
    for (let page = 0n; page < pages; page++) expect(real.pte(page)).toBe(page);
    expect(real.find(pages)).toBe(0);
  });
});
