import type { Core } from "../engine/core.js";
import type { PoolCounts } from "./pool.js";

/** What a stack in the core tells of any number of frames, from one pass. @internal */
export interface Stack {
  /** What its policy counts with each of `sizes`, which rise. Behind the last lookup. */
  counts(sizes: readonly number[]): PoolCounts[];
}

/** The stack of recency: lru. @internal */
export class LruStack implements Stack {
  private readonly core: Core;
  private hasEnded = false;

  constructor(core: Core) {
    this.core = core;
  }

  /** Makes the lookups of the core's column. False when memory is used up. */
  take(): boolean {
    const { exports, enums } = this.core;
    if (exports.readyDistances() !== enums.Status.Ok) return false;
    exports.lookDistances();
    return true;
  }

  counts(sizes: readonly number[]): PoolCounts[] {
    const { exports } = this.core;
    if (!this.hasEnded) exports.endDistances();
    this.hasEnded = true;
    return countsOf(this.core, exports.lruTally.value, sizes);
  }
}

/** The stack of those that are looked up again first: opt. @internal */
export class OptStack implements Stack {
  private readonly core: Core;
  private isReady = false;
  private hasEnded = false;

  constructor(core: Core) {
    this.core = core;
  }

  /** Makes the lookups of the core's column, whose next uses stand at `nexts`. All pages were looked up before. False when memory is used up. */
  take(nexts: number): boolean {
    const { exports, enums } = this.core;
    if (!this.isReady && exports.readyOptStack() !== enums.Status.Ok) return false;
    this.isReady = true;
    exports.lookOptStack(nexts);
    return true;
  }

  counts(sizes: readonly number[]): PoolCounts[] {
    const { exports } = this.core;
    if (!this.hasEnded) exports.endOptStack();
    this.hasEnded = true;
    return countsOf(this.core, exports.optTally.value, sizes);
  }
}

function countsOf(core: Core, tally: number, sizes: readonly number[]): PoolCounts[] {
  const { TallyWord } = core.enums;
  const words = core.u32(tally, TallyWord.Length);
  const at = (word: number) => words[word] ?? 0;
  const pages = at(TallyWord.Firsts);
  if (pages === 0) return sizes.map(() => ({ faults: 0, evictions: 0, writes: 0, peak: 0 }));
  const depths = core.u64(at(TallyWord.Depths), pages + 1);
  const steps = core.u64(at(TallyWord.Steps), pages + 1);
  // Lookups that found their page: all of them are hits with all pages in memory.
  let deeper = depths.reduce((sum, count) => sum + Number(count), 0);
  let writes = 0;
  let depth = 0;
  return sizes.map((frames) => {
    const peak = Math.min(frames, pages);
    while (depth < peak) {
      depth++;
      deeper -= Number(depths[depth] ?? 0);
      writes += Number(BigInt.asIntN(64, steps[depth] ?? 0n));
    }
    const faults = pages + deeper;
    return { faults, evictions: faults - peak, writes, peak };
  });
}
