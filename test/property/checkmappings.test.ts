import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { check } from "../../src/check/check.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { PAGE, VmaTwin } from "../oracle/process/vmas.js";

const FIRST = 0x10000n;
const PAGES = 12;
const TOP = 2 ** 35 - 1;

/** A call as a line of a trace has it, and as the twin makes it. */
interface Call {
  line: string;
  make: (twin: VmaTwin) => unknown;
}

const va = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -1, max: PAGES }).map((page) => FIRST + BigInt(page) * PAGE) },
  { weight: 1, arbitrary: fc.constantFrom(FIRST + 1n, 0n, 2n ** 64n - PAGE, BigInt(TOP) * PAGE) },
);
const bytes = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }).map((pages) => BigInt(pages) * PAGE) },
  { weight: 2, arbitrary: fc.constantFrom(0n, 1n, 4097n, BigInt(TOP) * PAGE, 2n ** 64n - 1n) },
);

const mmap = fc.tuple(va, bytes, fc.constantFrom("", "fixed", "noreplace")).map(([at, length, how]): Call => {
  const options = new Set(how === "" ? [] : [how as "fixed" | "noreplace"]);
  const flags = `private,anon${how && `,${how}`}`;
  const fixed = { prot: "rw", kind: "private" as const, file: null, offset: 0n, open: "rw" };
  return {
    line: `mmap ${at} ${length} rw ${flags}`,
    make: (twin) => twin.mmap({ ...fixed, va: at, bytes: length, options }),
  };
});
const munmap = fc.tuple(va, bytes).map(([at, length]): Call => {
  return { line: `munmap ${at} ${length}`, make: (twin) => twin.munmap(at, length) };
});
const target = fc.option(va, { nil: undefined, freq: 2 });
const mremap = fc.tuple(va, bytes, bytes, target).map(([at, before, after, to]): Call => {
  // 0 is no place to go to.
  const there = to || undefined;
  const where = there === undefined ? "" : ` maymove to ${there}`;
  return {
    line: `mremap ${at} ${before} ${after}${where}`,
    make: (twin) => twin.mremap(at, before, after, there !== undefined, there),
  };
});
const brk = fc.integer({ min: 0, max: PAGES }).map((page): Call => {
  const to = FIRST + BigInt(page) * PAGE;
  return { line: `brk ${to}`, make: (twin) => twin.setBrk(to) };
});
const calls = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: mmap },
    { weight: 2, arbitrary: munmap },
    { weight: 3, arbitrary: mremap },
    { weight: 1, arbitrary: brk },
  ),
  { minLength: 1, maxLength: 30 },
);

describe.each(BUILDS)("with the %s core", (build) => {
  test("what is mapped behind each call is what a Map of pages says", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(calls, async (made) => {
        const room = { ram: 2 ** 40, swap: 0, overcommit: "always" as const };
        const twin = new VmaTwin({ top: TOP, low: 16, base: 2 ** 34, maxMaps: 65_530, ...room });
        const missing: string[] = [];
        const lines = made.flatMap(({ line, make }, number) => {
          make(twin);
          const probes = Array.from({ length: PAGES + 5 }, (_, page) => {
            const at = FIRST + BigInt(page) * PAGE;
            if (!twin.pages.has(Number(at / PAGE))) missing.push(`${number}:${page}`);
            return `L ${at},1 at ${number}:${page}`;
          });
          return [line, ...probes];
        });
        const trace = openTrace(new TextEncoder().encode(`${lines.join("\n")}\n`), { format: "scenario" });
        const { errors } = await check(trace, { module, unmapped: "error" });
        // A line of 0 is not told.
        const found = errors.map(({ access }) => (access?.includes(":") ? access : `${access}:0`));
        expect(found).toEqual(missing);
      }),
      { numRuns: runs(100, 5000) },
    );
  });
});
