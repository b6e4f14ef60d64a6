import { expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { OP_SHIFT } from "../../src/heap/opcodes.js";
import { DEFAULT_POLICIES } from "../../src/heap/policies.js";
import { resolvePolicy } from "../../src/heap/policy.js";
import { openHeap } from "../../src/heap/setup.js";
import { buildOf } from "../builds.js";

const OPS = 400_000;

/** Blocks of sizes that are all alike frequent come and go in `slots` slots, in any order. */
function operations(
  { Malloc, Free }: { Malloc: number; Free: number },
  slots: number,
  most: number,
): Uint32Array {
  let state = 1;
  const below = (end: number) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % end;
  };
  const live = new Uint8Array(slots);
  const words = new Uint32Array(2 * OPS);
  for (let at = 0; at < OPS; at++) {
    const slot = below(slots);
    const isFree = live[slot] === 1;
    live[slot] = isFree ? 0 : 1;
    words[2 * at] = (((isFree ? Free : Malloc) << OP_SHIFT) | slot) >>> 0;
    words[2 * at + 1] = isFree ? 0 : below(most);
  }
  return words;
}

test.each([...DEFAULT_POLICIES, "csapp-explicit-address"])(
  "%s looks at few blocks, however many are free",
  async (name) => {
    const core = await Core.create(await buildOf("release"));
    const { exports, enums } = core;
    for (const [slots, most] of [
      [2000, 60_000],
      [40_000, 4000],
      [100_000, 200],
    ] as const) {
      openHeap(core, resolvePolicy(name));
      const words = operations(enums.HeapOp, slots, most);
      core.u32(exports.opsBuffer(OPS), words.length).set(words);
      expect(exports.runOps(0, OPS)).toBe(enums.Status.Ok);
      const counts = core.numbers(exports.heapStats.value, enums.HeapStat.Length);
      expect(counts[enums.HeapStat.Failed]).toBe(0);
      // 100 and more where whole lists are searched.
      expect((counts[enums.HeapStat.Visited] ?? 0) / OPS).toBeLessThan(12);
    }
  },
);
