import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveConfig } from "../../src/config/resolve.js";
import { runs } from "../builds.js";
import { histories, machines } from "../oracle/arbitrary.js";
import { Oracle } from "../oracle/machine.js";
import { OutOfMemory } from "../oracle/physical.js";

const cases = machines.chain((config) => histories(config).map((items) => ({ config, items })));

test("random machines are valid, and what the oracle counts on them adds up", () => {
  fc.assert(
    fc.property(cases, ({ config, items }) => {
      expect(resolveConfig(config)).toEqual(config);
      const oracle = new Oracle(config);
      try {
        oracle.replay(items);
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
      }
      const { accesses, tlb, walk, pages, faults, prefetch, validation, caches, flushes } = oracle.stats();
      const hits = Object.values(tlb).reduce((all, each) => all + each.hits, 0);
      expect(hits + walk.walks + (prefetch?.hits ?? 0)).toBe(accesses);
      for (const each of Object.values(tlb)) expect(each.hits + each.misses).toBe(each.accesses);
      const { l1, l2, l3, memory } = walk.servedBy;
      expect(l1 + l2 + l3 + memory).toBe(walk.pteReads + (prefetch?.pteReads ?? 0));
      const walkReads = Object.values(caches ?? {}).filter((each) => each.byKind.walk > 0).length;
      if (walkReads === 0) expect(memory).toBe(walk.pteReads + (prefetch?.pteReads ?? 0));
      if (pages.promoted + pages.demoted === 0) {
        expect(Object.values(pages.touched).reduce((all, each) => all + each, 0)).toBe(faults.minor);
        expect(flushes.page).toBe(0);
      }
      if (prefetch) {
        const { issued, hits, unmapped, evicted, dropped, held } = prefetch;
        expect(hits + unmapped + evicted + dropped + held).toBe(issued);
      }
      expect(validation?.failed ?? 0).toBe(0);
    }),
    { numRuns: runs(500, 20_000) },
  );
});
