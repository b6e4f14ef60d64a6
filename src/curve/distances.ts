import type { Core } from "../engine/core.js";
import type { PoolCounts } from "./pools.js";

/** The stack of recency in the core: what lru does with any number of frames, from one pass. @internal */
export class Distances {
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

  /** What lru counts with each of `sizes`, which rise. Behind the last lookup. */
  counts(sizes: readonly number[]): PoolCounts[] {
    const { exports } = this.core;
    const pages = exports.pageCount.value;
    if (pages === 0) return sizes.map(() => ({ faults: 0, evictions: 0, writes: 0, peak: 0 }));
    if (!this.hasEnded) exports.endDistances();
    this.hasEnded = true;
    const depths = this.core.u64(exports.depths.value >>> 0, pages + 1);
    const steps = this.core.u64(exports.writeSteps.value >>> 0, pages + 2);
    const firsts = Number(exports.firstLooks.value);
    // Lookups that found their page: all of them are hits with all pages in memory.
    let deeper = depths.reduce((sum, count) => sum + Number(count), 0);
    let writes = 0;
    let at = 0;
    return sizes.map((frames) => {
      for (const last = Math.min(frames, pages); at < last; ) {
        at++;
        deeper -= Number(depths[at] ?? 0);
        writes += Number(BigInt.asIntN(64, steps[at] ?? 0n));
      }
      const peak = Math.min(frames, pages);
      const faults = firsts + deeper;
      return { faults, evictions: faults - peak, writes, peak };
    });
  }
}
