import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Access, Config, Kind } from "../../src/config/model.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { histories, machines, scenarioText } from "../oracle/arbitrary.js";
import { NaiveCaches } from "../oracle/caches.js";
import type { OracleEvent, OracleRecord } from "../oracle/machine.js";
import { shapeOf } from "../oracle/shapes.js";

const cases = machines
  .map((config): Config => resolveConfig({ ...config, translation: "none" }))
  .chain((config) =>
    histories(config).map((items) => ({
      config,
      items: items.filter((item) => !("event" in item) || !["fork", "clone"].includes(item.event)),
    })),
  );

/** Accesses go to memory as they are, until one lies beyond its end. */
function naive(config: Config, items: readonly (OracleRecord | OracleEvent)[]) {
  const caches = new NaiveCaches(config.caches, config.latency.memory, config.seed);
  const end = 1n << BigInt(shapeOf(config.pageTable).paBits);
  const counts = { accesses: 0, bus: 0, refused: 0 };
  const access = (pa: bigint, bytes: number, kind: Access): boolean => {
    if (pa + BigInt(bytes) > end) {
      counts.bus++;
      return false;
    }
    counts.accesses++;
    caches.access(pa, pa, bytes, kind);
    return true;
  };
  const parts = (kind: Kind): Access[] => {
    if (kind !== "modify") return [kind];
    return config.count.modify === "once" ? ["store"] : ["load", "store"];
  };
  for (const item of items) {
    if ("event" in item) {
      if (item.event === "pagesize") counts.refused++;
      continue;
    }
    const done = parts(item.kind).every((kind) => access(item.va, Math.max(item.size, 1), kind));
    if (!done && config.onFault === "stop") break;
  }
  return { ...counts, caches: caches.stats(), data: caches.dataCycles };
}

describe.each(BUILDS)("the %s core without translation", (build) => {
  test("gives every address to the data caches as it is", async () => {
    const module = await buildOf(build);
    const window = fc.option(fc.integer({ min: 1, max: 50 }));
    await fc.assert(
      fc.asyncProperty(cases, window, async ({ config, items }, window) => {
        fc.pre(items.length > 0);
        const machine = await Machine.create(config, { module });
        await replay(machine, openTrace(scenarioText(items)), window === null ? {} : { window });
        const { accesses, faults, caches = {}, cycles, pages, walk, pageCrossings } = machine.stats();
        const { bus } = faults;
        const found = { accesses, bus, refused: pages.refused, caches, data: BigInt(cycles.data) };
        expect(found).toEqual(naive(config, items));
        expect({ walks: walk.walks, tables: pages.tables, pageCrossings }).toEqual({
          walks: 0,
          tables: 0,
          pageCrossings: 0,
        });
        expect(pages.touched).toEqual(
          Object.fromEntries(Object.keys(pages.touched).map((size) => [size, 0])),
        );
      }),
      { numRuns: runs(200, 10_000) },
    );
  });
});
