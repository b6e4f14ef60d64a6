import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { resolveConfig } from "../../src/config/resolve.js";
import type { Crew } from "../../src/crew/crew.js";
import { Core } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { Estimate } from "../../src/sweep/estimate.js";
import type { Method } from "../../src/sweep/model.js";
import { type Answer, type CellCounts, perform, type Task } from "../../src/sweep/tasks.js";
import { TraceSweep } from "../../src/sweep/tracesweep.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";

/** How a phase of a trace goes through its pages: again and again, at random, along a chain, or on and on. */
const phase = fc.record({
  way: fc.constantFrom("loop", "random", "chase", "walk"),
  base: fc.constantFrom(0, 0x1000, 0x400000, 0x7fff_f000, 0x4000_0000, 0xffff_8000_0000_0000n),
  pages: fc.constantFrom(1, 2, 5, 20, 70, 600),
  stride: fc.constantFrom(8, 64, 4096, 4104, 1 << 21),
  kinds: fc.constantFrom("ILSM", "I", "LS", "LLLS", "IIIILSM"),
  sizes: fc.constantFrom([8], [1, 4, 8, 64], [4, 5000]),
  steps: fc.constantFrom(3, 60, 500, 3000),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});
type Phase = typeof phase extends fc.Arbitrary<infer P> ? P : never;

function linesOf({ way, base, pages, stride, kinds, sizes, steps, seed }: Phase): string[] {
  let at = 0;
  let state = seed;
  // The generator of Park and Miller.
  const random = (below: number) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  return Array.from({ length: steps }, (_, i) => {
    if (way === "loop") at = i % pages;
    else if (way === "random") at = random(pages);
    else if (way === "chase") at = (at * 7 + 3) % pages;
    else at++;
    const va = BigInt(base) + BigInt(at * stride + random(64));
    const kind = kinds[random(kinds.length)] ?? "L";
    const size = sizes[random(sizes.length)] ?? 1;
    return `${kind === "I" ? "I " : ` ${kind}`} ${va.toString(16)},${size}`;
  });
}

const lru = { policy: "lru" as const };
const shape = fc.record({
  sets: fc.constantFrom(1, 2, 3, 4, 6, 16, 24, 64),
  ways: fc.constantFrom(1, 2, 3, 4, 8),
});
const entriesOf = ({ sets, ways }: { sets: number; ways: number }) => ({ entries: sets * ways, ways });
const policy = fc.constantFrom("lru", "lru", "lru", "fifo", "random", "plru", "nru", "srrip", "lfu");
const index = fc.constantFrom("mod", "mod", "mod", "xor");

/** A machine: how kinds are divided, its levels, the size of its pages. */
const machine = fc
  .record({
    division: fc.constantFrom("split", "unified", "each", "data", "nothing for stores"),
    first: fc.array(fc.record({ shape, policy, index }), { minLength: 3, maxLength: 3 }),
    second: fc.option(fc.record({ shape, policy, index })),
    behind: fc.constantFrom("instruction load store", "instruction load store", "store", "load store"),
    pageSize: fc.constantFrom("4K", "2M"),
    modify: fc.constantFrom("twice", "once"),
    crossing: fc.constantFrom("split", "first"),
    walkCache: fc.boolean(),
    frames: fc.constantFrom(...Array<null>(8).fill(null), 4, 50),
    isLru: fc.boolean(),
  })
  .map(
    ({
      division,
      first,
      second,
      behind,
      pageSize,
      modify,
      crossing,
      walkCache,
      frames,
      isLru,
    }): ConfigInput | undefined => {
      const divisions = {
        split: [["instruction"], ["load", "store"]],
        unified: [["instruction", "load", "store"]],
        each: [["instruction"], ["load"], ["store"]],
        data: [["load", "store"]],
        "nothing for stores": [["instruction", "load"]],
      }[division] as ("instruction" | "load" | "store")[][];
      const safe = (part: { shape: { sets: number; ways: number }; policy: string; index: string }) => {
        const isPower = (part.shape.sets & (part.shape.sets - 1)) === 0;
        return {
          ...entriesOf(part.shape),
          policy: isLru ? "lru" : part.policy,
          index: isPower && !isLru ? part.index : "mod",
        } as { entries: number; ways: number; policy: "lru"; index: "mod" };
      };
      const tlb = divisions.map((kinds, i) => ({
        name: `first${i}`,
        level: 1,
        kinds,
        pageSizes: ["4K", "2M"],
        ...safe(first[i] ?? { shape: { sets: 1, ways: 1 }, ...lru, index: "mod" }),
      }));
      if (second)
        tlb.push({
          name: "second",
          level: 2,
          kinds: behind.split(" ") as ("instruction" | "load" | "store")[],
          pageSizes: ["4K", "2M"],
          ...safe(second),
        });
      return {
        tlb,
        pageSize,
        count: { modify, crossing },
        walkCache: walkCache ? [{ level: "pd", entries: 8, ways: 4 }] : [],
        ...(frames ? { memory: { frames } } : {}),
      } as ConfigInput;
    },
  );

/** A crew that does tasks itself. */
function aloneWith(module: object): Crew<Task, Answer> {
  return {
    run: (task: Task) => perform(structuredClone(task), module),
  } as unknown as Crew<Task, Answer>;
}

describe.each(BUILDS)("sweeps, by the %s core", (build) => {
  test("answer each cell as its own replay does, whatever the method", async () => {
    const module = await buildOf(build);
    const methods = new Map<Method, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(phase, { minLength: 1, maxLength: 6 }),
        fc.array(machine, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (phases, inputs, walks) => {
          const text = new TextEncoder().encode(`${phases.flatMap(linesOf).join("\n")}\n`);
          const open = () => openTrace(text, { format: "lackey" });
          const configs = inputs.map((input) => resolveConfig(input ?? {}));
          const cells = configs.map((config, i) => ({ index: i, values: {}, trace: 0, config }));
          const answered = new Map<number, CellCounts>();
          const shared = new Uint8Array(new SharedArrayBuffer(text.length));
          shared.set(text);
          const sweep = new TraceSweep({
            source: openTrace(shared, { format: "lackey" }),
            core: await Core.create(module),
            crew: aloneWith(module),
            jobs: 1,
            estimate: new Estimate(1),
            options: walks ? { metrics: "walk" } : {},
            onReading: () => {},
            done: async ({ index }, method, counts) => {
              methods.set(method, (methods.get(method) ?? 0) + 1);
              answered.set(index, counts);
            },
          });
          await sweep.run(cells);
          for (const [i, config] of configs.entries()) {
            const machine = await Machine.create(config, { module });
            const { trace, tlb, walk, pages, faults, paging, cycles } = await replay(machine, open());
            const own = { accesses: trace.accesses, tlb, walk, pages, faults, paging, cycles };
            const { walk: told, ...rest } = answered.get(i) ?? { walk: {} };
            expect(walk).toMatchObject(told);
            expect(own).toMatchObject(rest);
          }
        },
      ),
      { numRuns: runs(build === "release" ? 60 : 15, 2000) },
    );
    // Each method was tried.
    expect([...methods.keys()].sort()).toEqual(["filtered", "one-pass", "replay"]);
  });
});
