import type { ReplacementChoice } from "../config/replacement.js";
import { replacementNumber } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { Future } from "./future.js";
import type { CurveConfig, CurvePlan } from "./options.js";

/** Frames of a pool that has no bound of its own. */
const UNBOUNDED = 2 ** 32 - 1;

/** What a pool counted. @internal */
export interface PoolCounts {
  faults: number;
  evictions: number;
  writes: number;
  peak: number;
}

/** One curve's pools, by the numbers that the core gave them, and where their counts are. */
interface Pools {
  choice: ReplacementChoice;
  frames: number;
  number: number;
  counts: number;
}

/** Frames under policies, side by side in one core. @internal */
export class PoolSet {
  private readonly core: Core;
  private readonly pools: Pools[] = [];
  private future: Future | undefined;

  constructor(core: Core, { pageBits, config }: Pick<CurvePlan, "pageBits" | "config">) {
    const { modify, crossing } = config.count;
    this.core = core;
    if (!core.exports.openLookups(pageBits, modify === "once", crossing === "first")) throw tooMuch(core);
  }

  /** Adds a pool of `frames`, or for `ws` without bound. */
  add(choice: ReplacementChoice, frames: number | undefined, { seed }: CurveConfig): void {
    const { core, pools } = this;
    const kind = replacementNumber(core, choice.policy);
    const parameter = BigInt(choice.parameter);
    const counts = core.exports.addPool(kind, frames ?? UNBOUNDED, parameter, BigInt(seed)) >>> 0;
    if (!counts) throw tooMuch(core);
    pools.push({ choice, frames: frames ?? 0, number: pools.length, counts });
    if (choice.policy === "opt") this.future ??= new Future(core);
  }

  /** Makes the lookups of a slice; pools that know the future only note them. @throws PagewalkError `E_MEMORY` */
  take({ from, to }: Slice): void {
    const { core, pools, future } = this;
    const { exports, enums } = core;
    for (let at = from; at < to; at = exports.gathered.value) {
      if (exports.gather(at, to) !== enums.Status.Ok) throw tooMuch(core);
      if (exports.readyPools() !== enums.Status.Ok) throw tooMuch(core);
      for (const { choice, number } of pools) if (choice.policy !== "opt") exports.lookPool(number, 0);
      future?.take();
    }
  }

  /** Makes the lookups for the pools that know the future. */
  async foresee(turn: () => Promise<void>): Promise<void> {
    const numbers = this.pools.filter(({ choice }) => choice.policy === "opt").map(({ number }) => number);
    await this.future?.replay(numbers, turn);
  }

  /** Pages looked up so far. */
  get pages(): number {
    return this.core.exports.pageCount.value;
  }

  /** Calls `pool` with each in turn. */
  each(pool: (choice: ReplacementChoice, frames: number, counts: PoolCounts) => void): void {
    const { PoolCount } = this.core.enums;
    for (const { choice, frames, counts } of this.pools) {
      const words = this.core.numbers(counts, PoolCount.Length);
      const at = (word: number) => words[word] ?? 0;
      pool(choice, frames, {
        faults: at(PoolCount.Faults),
        evictions: at(PoolCount.Evictions),
        writes: at(PoolCount.DirtyEvictions) + at(PoolCount.EarlyWrites),
        peak: at(PoolCount.Peak),
      });
    }
  }
}

function tooMuch(core: Core): PagewalkError {
  const gib = (core.bytesUsed / 2 ** 30).toFixed(1);
  const message = `${core.exports.pageCount.value} pages under so many policies and sizes do not fit in the 4 GiB that WebAssembly can address, of which ${gib} are used; want fewer of them at once, or --limit`;
  return new PagewalkError("E_MEMORY", message);
}
