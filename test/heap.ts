// A heap of the core, given operations one by one, as its naive twin is.

import { Core } from "../src/engine/core.js";
import type { HeapPolicy } from "../src/heap/policy.js";
import { openHeap } from "../src/heap/setup.js";
import { faultText } from "../src/heap/stats.js";
import { buildOf } from "./builds.js";
import type { Counts } from "./oracle/heap/heap.js";

export const HEAP_OPS = ["malloc", "calloc", "realloc", "free", "align"] as const;
export type HeapOpName = (typeof HEAP_OPS)[number];

/** An operation on a slot. */
export interface HeapCommand {
  op: HeapOpName;
  slot: number;
  /** Bytes; of align, the alignment. */
  size: number;
}

export const NULL_SLOT = 2 ** 28 - 1;

export class CoreHeap {
  readonly core: Core;

  constructor(core: Core, policy: HeapPolicy) {
    this.core = core;
    openHeap(core, policy);
  }

  static async create(build: string, policy: HeapPolicy): Promise<CoreHeap> {
    return new CoreHeap(await Core.create(await buildOf(build)), policy);
  }

  /**
   * Performs commands, with payloads filled and compared, and the whole heap looked at after every so many of them.
   *
   * @returns what did not hold; null: all does
   */
  run(commands: readonly HeapCommand[], every = 1): string | null {
    const { exports, enums } = this.core;
    const buffer = exports.opsBuffer(commands.length);
    const words = this.core.u32(buffer, 2 * commands.length);
    commands.forEach(({ op, slot, size }, at) => {
      words[2 * at] = slot + HEAP_OPS.indexOf(op) * 2 ** 28;
      words[2 * at + 1] = size;
    });
    const status = exports.runChecked(0, commands.length, every);
    if (status === enums.Status.Stopped) return faultText(this.core, exports.checkFault.value);
    if (status !== enums.Status.Ok) throw new Error(`status ${status}`);
    return null;
  }

  /** The pointer of a slot's block, an offset from the heap's start; 0: it has none. */
  pointer(slot: number): number {
    const { exports } = this.core;
    const address = exports.slotAddress(slot) >>> 0;
    return address && address - (exports.heapBase() >>> 0);
  }

  counts(): Counts {
    const { exports, enums } = this.core;
    const { HeapStat } = enums;
    const words = this.core.numbers(exports.heapStats.value, HeapStat.Length);
    const count = (slot: number) => words[slot] ?? 0;
    return {
      failed: count(HeapStat.Failed),
      live: count(HeapStat.Live),
      peakPayload: count(HeapStat.PeakPayload),
      blocks: count(HeapStat.LiveBlocks),
      blockBytes: count(HeapStat.BlockBytes),
      heapBytes: count(HeapStat.HeapBytes),
      mmapBytes: count(HeapStat.MmapBytes),
      peakBytes: count(HeapStat.PeakBytes),
      sbrks: count(HeapStat.Sbrks),
      splits: count(HeapStat.Splits),
      merges: count(HeapStat.Merges),
      inPlace: count(HeapStat.InPlace),
      copied: count(HeapStat.Copied),
    };
  }
}
