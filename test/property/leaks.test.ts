import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { check } from "../../src/check/check.js";
import type { TraceEvent } from "../../src/trace/events.js";
import { pointerText } from "../../src/trace/pointers.js";
import { printEvent } from "../../src/trace/scenario/print.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { Twin } from "../oracle/check/twin.js";

const BLOCKS = 9;
/** Bytes of a block: three words. */
const SIZE = 24n;
const WORDS = [0n, 8n, 16n];

const block = fc.nat(BLOCKS - 1).map((number) => `b${number}`);
/** Where pointers point: starts most of the time, the middle, one past the end, and just before. */
const target = fc.record({ base: block, offset: fc.constantFrom(0n, 0n, 0n, 8n, 23n, SIZE, -1n) });
/** Where they stand: in blocks, on the stack, in mapped memory; words that are not aligned are none. */
const home = fc.oneof(
  { weight: 8, arbitrary: fc.record({ base: block, offset: fc.constantFrom(...WORDS, ...WORDS, 4n) }) },
  { weight: 1, arbitrary: fc.record({ base: fc.constant("$main"), offset: fc.constantFrom(...WORDS) }) },
  { weight: 1, arbitrary: fc.constantFrom(0x10008n, 0x10010n) },
);
const pointer = fc.record({ home, target }).map(({ home, target }): TraceEvent => {
  return { event: "access", kind: "store", address: home, size: 8n, bytes: pointerText(target) };
});
const root = target.map((address): TraceEvent => ({ event: "root", address }));
const freed = block.map((id): TraceEvent => ({ event: "free", id }));

const graph = fc
  .tuple(
    fc.array(pointer, { maxLength: 20 }),
    fc.array(root, { maxLength: 1 }),
    fc.uniqueArray(freed, { maxLength: 2, selector: (event) => JSON.stringify(event) }),
  )
  .map(([pointers, roots, frees]): TraceEvent[] => [
    { event: "frame push", size: 32n, name: "main" },
    {
      ...{ event: "mmap", address: 0x10000n, length: 4096n, protection: ["read", "write"] },
      flags: ["anon", "fixed"],
    },
    ...Array.from({ length: BLOCKS }, (_, i): TraceEvent => ({ event: "malloc", id: `b${i}`, size: SIZE })),
    // One pointer at least, so that leaks are told by pointers.
    { event: "access", kind: "store", address: 0x10000n, size: 8n, bytes: "0000000000000000" },
    ...pointers,
    ...roots,
    ...frees,
  ]);

describe.each(BUILDS)("with the %s core", (build) => {
  test("blocks of a graph are what a search of every chain says", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(graph, async (events) => {
        const twin = new Twin(20_000_000n, true, false);
        twin.run(events, 1);
        const trace = openTrace(new TextEncoder().encode(events.map(printEvent).join("\n")), {
          format: "scenario",
        });
        const { blocks = [], leaks } = await check(trace, { module, listBlocks: true });
        const wanted = new Map(twin.left.map(({ start, kind }) => [`0x${start.toString(16)}`, kind]));
        expect(new Map(blocks.map(({ address, kind }) => [address, kind]))).toEqual(wanted);
        for (const kind of ["definite", "indirect", "possible", "reachable"] as const) {
          const count = [...wanted.values()].filter((each) => each === kind).length;
          expect(leaks?.[kind]).toEqual({ blocks: count, bytes: count * Number(SIZE) });
        }
      }),
      { numRuns: runs(60, 5000) },
    );
  });
});
