import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { PagewalkError } from "../../src/errors.js";
import { type HeapPolicyInput, heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { smallestBlock } from "../../src/heap/rules.js";
import { openHeap } from "../../src/heap/setup.js";
import { BUILDS, buildOf } from "../builds.js";

function problemOf(call: () => unknown): PagewalkError {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof PagewalkError) return thrown;
    throw thrown;
  }
  throw new Error("it is not refused");
}

describe("policies", () => {
  test("a name is a policy, and an object is one over a preset", () => {
    expect(resolvePolicy("tlsf")).toEqual(heapPresets.tlsf);
    expect(resolvePolicy({})).toEqual(heapPresets["csapp-implicit-first"]);
    expect(resolvePolicy({ preset: "tlsf", alignment: 16 })).toEqual({ ...heapPresets.tlsf, alignment: 16 });
    expect(resolvePolicy(resolvePolicy("dl"))).toEqual(heapPresets.dl);
    expect(Object.isFrozen(resolvePolicy("dl"))).toBe(true);
  });

  test.each<[HeapPolicyInput | string, string, string]>([
    ["tslf", "preset", 'no heap policy "tslf"; did you mean tlsf? (policies: csapp-implicit-first, '],
    [{ preset: "nothing-like-it" }, "preset", 'no heap policy "nothing-like-it" (policies: '],
    [{ preset: 3 as unknown as string }, "preset", "no heap policy 3 (policies: "],
    [[] as HeapPolicyInput, "", "the policy: []; want a preset's name, or an object"],
    [null as unknown as string, "", "the policy: null; want a preset's name, or an object"],
    [{ alignment: 12 as 8 }, "alignment", "alignment: 12; want 8 or 16"],
    [{ header: 5 as 4 }, "header", "header: 5; want 4 or 8 or 16"],
    [{ organization: "tlsf" } as HeapPolicyInput, "organization", 'no such key; want "organisation"? Keys: '],
    [{ chunk: -8 }, "chunk", "chunk: -8; want a whole number from 0 to 1073741824"],
    [{ chunk: 8 }, "chunk", "chunk: 8; want 0, or the smallest block, 16, or more"],
    [{ chunk: 4100 }, "chunk", "chunk: 4100; want a multiple of the alignment, 8"],
    [{ preset: "buddy", chunk: 5000 }, "chunk", "chunk: 5000 of buddy; want 0, or a power of two"],
    [{ minBlock: 8 }, "minBlock", "minBlock: 8; want 16 or more, for header 4 + footer 4"],
    [
      { preset: "tuned", header: 8, minBlock: 16 },
      "minBlock",
      "minBlock: 16; want 24 or more, for header 8 + footer 4 + links 8",
    ],
    [{ preset: "buddy", minBlock: 24 }, "minBlock", "minBlock: 24 of buddy; want a power of two"],
    [{ alignment: 16, minBlock: 24 }, "minBlock", "minBlock: 24; want a multiple of the alignment, 16"],
    [
      { splitThreshold: 8 },
      "splitThreshold",
      "splitThreshold: 8; want null, or the smallest block, 16, or more",
    ],
    [{ preset: "buddy", splitThreshold: 64 }, "splitThreshold", "splitThreshold: 64 of buddy; want null: "],
    [{ preset: "tlsf", fit: "best" }, "fit", 'fit: "best" of tlsf; want "first": '],
    [{ preset: "buddy", footers: "all" }, "footers", 'footers: "all" of buddy; want "none": '],
    [{ preset: "buddy", extend: "shortfall" }, "extend", 'extend: "shortfall" of buddy; want "whole": '],
    [
      { footers: "none" },
      "coalescing",
      'coalescing: "immediate" with footers "none"; want "deferred" or "none", or footers: ',
    ],
    [
      { preset: "tuned", coalescing: "none" },
      "extend",
      'extend: "shortfall" with coalescing "none"; want "whole": ',
    ],
    [
      { preset: "tuned", coalescing: "deferred", footers: "none" },
      "extend",
      'extend: "shortfall" with footers "none"; want "whole", or footers: ',
    ],
    [{ limit: 10_000 }, "limit", "limit: 10000; want a multiple of 4096, a page"],
    [{ limit: 2 ** 32 }, "limit", "limit: 4294967296; want a whole number from 4096 to 3221225472"],
    [{ limit: 4096 }, "limit", "limit: 4096; want 4112 or more, for a chunk of 4096"],
    [{ mmapThreshold: 0 }, "mmapThreshold", "mmapThreshold: 0; want a whole number from 1 to 3221225472"],
    [{ fit: "beast" as "best" }, "fit", 'fit: "beast"; want "first" or "next" or "best" or "worst"'],
    [{ fit: { a: 1 } as never }, "fit", 'fit: {"a":1}; want "first" or'],
    [{ alignment: "8" as never }, "alignment", 'alignment: "8"; want 8 or 16'],
    [{ chunk: Number.NaN }, "chunk", "chunk: NaN; want a whole number from 0 to 1073741824"],
    [{ limit: Number.POSITIVE_INFINITY }, "limit", "limit: Infinity; want a whole number from 4096"],
    [{ limit: 2 ** 63 }, "limit", "limit: 9223372036854775808; want a whole number from 4096"],
    [{ chunk: 2 ** 31 }, "chunk", "chunk: 2147483648; want a whole number from 0 to 1073741824"],
    [{ limit: undefined as never }, "limit", "limit: missing; want a whole number from 4096"],
  ])("%j is refused", (input, path, message) => {
    const problem = problemOf(() => resolvePolicy(input));
    expect(problem).toMatchObject({ code: "E_CONFIG", at: path === "" ? {} : { path } });
    expect(problem.message).toContain(message);
  });

  test("a BigInt is no size", () => {
    const problem = problemOf(() => resolvePolicy({ limit: 4096n as never }));
    expect(problem.message).toBe("limit: 4096n; want a whole number from 4096 to 3221225472");
  });

  test("all that is wrong is told at once", () => {
    expect(
      problemOf(() => resolvePolicy({ preset: "buddy", fit: "next", chunk: 100 })).problems,
    ).toHaveLength(2);
  });
});

test.each(BUILDS)("the %s build has the same smallest blocks", async (build) => {
  const core = await Core.create(await buildOf(build));
  for (const preset of Object.keys(heapPresets)) {
    for (const header of [4, 8, 16] as const) {
      for (const alignment of [8, 16] as const) {
        const policy = resolvePolicy({
          preset,
          header,
          alignment,
          minBlock: null,
          splitThreshold: null,
          chunk: 0,
        });
        openHeap(core, policy);
        expect([policy, core.exports.smallestBlock()]).toEqual([policy, smallestBlock(policy)]);
      }
    }
  }
});

test("a heap of 3 GiB can be had", async () => {
  const core = await Core.create();
  for (const preset of ["tuned", "csapp-explicit-address"]) {
    openHeap(core, resolvePolicy({ preset, chunk: 0, limit: 3 * 2 ** 30 }));
    // More than 2 GiB, as which an address is a negative number of 32 bits.
    for (const block of [0, 1, 2])
      expect([block, core.exports.heapMalloc(2 ** 30 - 64) >>> 0]).not.toEqual([block, 0]);
    expect(core.exports.heapMalloc(2 ** 30)).toBe(0);
    expect(core.exports.validateHeap()).toBe(core.enums.HeapFault.None);
  }
});
