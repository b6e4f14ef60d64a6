import { expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import type { NamedPolicy, Plan } from "../../src/heap/measure.js";
import { Numbering } from "../../src/heap/numbering.js";
import { HUGE, NULL_SLOT, OP_SHIFT } from "../../src/heap/opcodes.js";
import { OpStream } from "../../src/heap/opstream.js";
import { heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { validate } from "../../src/heap/validate.js";
import { Pace } from "../../src/pace.js";
import type { Progress } from "../../src/trace/read.js";
import { BUILDS, buildOf, runs } from "../builds.js";

/** Live blocks of a sequence, and the limit of a heap that is now and then full of them. */
const SLOTS = 150;
const LIMIT = 1 << 20;

/** A generator of numbers: the seed is what a sequence hangs on. */
function drawn(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b1 + 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}

/** Sizes as programs ask for them: mostly small, some large, a few that no heap has. */
function sizeOf(draw: (below: number) => number): number {
  const kind = draw(100);
  if (kind < 70) return draw(130);
  if (kind < 95) return draw(5000);
  if (kind < 99) return draw(300_000);
  return [0, HUGE, HUGE - 1, 2 ** 31, LIMIT][draw(5)] ?? 0;
}

function sequence(core: Core, seed: number, length: number): Plan {
  const { HeapOp } = core.enums;
  const draw = drawn(seed);
  const ops = new OpStream();
  const push = (op: number, slot: number, size: number) => ops.push(((op << OP_SHIFT) | slot) >>> 0, size, 0);
  const live = new Set<number>();
  let alignments = 0;
  for (let i = 0; i < length; i++) {
    const slot = draw(SLOTS);
    const kind = draw(20);
    if (kind === 0) push(HeapOp.Free, NULL_SLOT, 0);
    else if (!live.has(slot)) {
      if (kind === 1) {
        push(HeapOp.Align, NULL_SLOT, 1 << draw(14));
        alignments++;
      }
      push(kind === 2 ? HeapOp.Calloc : HeapOp.Malloc, slot, sizeOf(draw));
      live.add(slot);
    } else if (kind < 8) push(HeapOp.Realloc, slot, sizeOf(draw));
    else {
      push(HeapOp.Free, slot, 0);
      live.delete(slot);
    }
  }
  const numbering = new Numbering(ops, alignments, HeapOp);
  return { ops, slots: SLOTS, numbering, samples: [], peak: 0, map: undefined, validate: true };
}

/** Beside the preset as it is: in a heap that is now and then full, and in turn with one key changed. */
const changes = [{}, { coalescing: "deferred" }, { alignment: 16 }, { realloc: "copy" }] as const;

function policiesOf(preset: string, seed: number): NamedPolicy[] {
  // Buddies are merged at once, and are as aligned as they are.
  const change = preset === "buddy" ? {} : (changes[seed % changes.length] ?? {});
  return [{}, { limit: LIMIT, ...change }].map((over) => ({
    name: `${preset} ${JSON.stringify(over)} of seed ${seed}`,
    policy: resolvePolicy({ preset, ...over }),
  }));
}

test.each(BUILDS)("random operations leave every preset whole (%s)", async (build) => {
  const core = await Core.create(await buildOf(build));
  const count = build === "release" ? runs(8, 1000) : runs(2, 20);
  const length = runs(2000, 10_000);
  const progress = (): Progress => ({ records: 0, bytes: 0, totalBytes: undefined });
  for (let seed = 1; seed <= count; seed++) {
    const plan = sequence(core, seed, length);
    for (const named of Object.keys(heapPresets).flatMap((preset) => policiesOf(preset, seed))) {
      const { operations, wholeHeap } = await validate(core, named, plan, new Pace<Progress>({}), progress);
      expect(operations).toBe(length);
      expect(wholeHeap).toBeGreaterThan(length / 1000);
    }
  }
});
