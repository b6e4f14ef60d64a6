import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { type HeapPolicy, heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { faultText } from "../../src/heap/stats.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreHeap, type HeapCommand } from "../heap.js";
import { anyCommands, anyPolicy, longSequence } from "../oracle/heap/arbitrary.js";
import { naiveHeap } from "../oracle/heap/index.js";

const NAMES = Object.keys(heapPresets);

describe.each(BUILDS)("on the %s build", (build) => {
  test.each(NAMES)("%s does what its twin does", async (name) => {
    const core = await Core.create(await buildOf(build));
    const limit = fc.constantFrom(8192, 65_536, 303_104);
    const property = fc.property(limit, anyCommands, (limit, commands) => {
      compare(core, resolvePolicy({ preset: name, chunk: 0, limit }), commands);
      const { chunk } = resolvePolicy(name);
      if (limit > 70_000) compare(core, resolvePolicy({ preset: name, chunk, limit }), commands);
    });
    fc.assert(property, { numRuns: runs(15, 1000) });
  });

  test.each(NAMES)("long sequences leave the heap of %s whole", async (name) => {
    const core = await Core.create(await buildOf(build));
    const policies = [
      resolvePolicy(name),
      resolvePolicy({ preset: name, limit: 2 ** 19, mmapThreshold: 100_000 }),
    ];
    for (let seed = 1; seed <= runs(4, 1000); seed++) {
      const heap = new CoreHeap(core, policies[seed % 2] ?? resolvePolicy(name));
      const commands = longSequence(seed, 10_000);
      expect(heap.run(commands, 1000)).toBeNull();
      expect(faultText(core, core.exports.validateHeap())).toBeNull();
    }
  });

  test.each(["segregated", "tlsf", "tuned"])(
    "%s with many free blocks does what its twin does",
    async (name) => {
      const core = await Core.create(await buildOf(build));
      const kind = fc.record({
        slot: fc.nat(299),
        size: fc.nat(9).map((kind) => (kind === 9 ? 1000 : 770 + kind)),
        frees: fc.boolean(),
      });
      const property = fc.property(
        fc.array(kind, { minLength: 600, maxLength: 900, size: "max" }),
        (kinds) => {
          const malloc = (slot: number, size: number): HeapCommand => ({ op: "malloc", slot, size });
          const filled = kinds.slice(0, 300).map(({ size }, slot) => malloc(slot, size));
          const others = kinds.slice(300).flatMap(({ slot, size, frees }): HeapCommand[] => {
            const free: HeapCommand = { op: "free", slot, size: 0 };
            return frees ? [free] : [free, malloc(slot, size)];
          });
          const commands = [...filled, ...others];
          compare(core, resolvePolicy({ preset: name, limit: 2 ** 20 }), commands);
          // Not merged, they stay in one class.
          compare(core, resolvePolicy({ preset: name, coalescing: "none", extend: "whole" }), commands);
        },
      );
      // A smaller case would take minutes to find.
      fc.assert(property, { numRuns: runs(2, 200), endOnFailure: true });
    },
  );

  test("any policy does what its twin does", async () => {
    const core = await Core.create(await buildOf(build));
    const property = fc.property(anyPolicy, anyCommands, (policy, commands) =>
      compare(core, policy, commands),
    );
    fc.assert(property, { numRuns: runs(150, 30_000) });
  });
});

function compare(core: Core, policy: HeapPolicy, commands: readonly HeapCommand[]): void {
  const heap = new CoreHeap(core, policy);
  const twin = naiveHeap(policy);
  for (const command of commands) {
    expect(heap.run([command])).toBeNull();
    const { op, slot, size } = command;
    if (op === "align") twin.align(size);
    else if (op === "free") twin.release(slot);
    else twin[op](slot, size);
    if (heap.pointer(slot) !== twin.pointer(slot))
      expect([command, heap.pointer(slot)]).toEqual([command, twin.pointer(slot)]);
  }
  expect(heap.counts()).toEqual(twin.counts);
}
