import type { ReplacementChoice } from "../config/replacement.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { Opt } from "./opt.js";
import { type CurveConfig, type CurvePlan, powersUpTo } from "./options.js";
import { countsOf, openPool, type Pool, type PoolCounts, tooMuch } from "./pool.js";
import { LruStack, type Stack } from "./stacks.js";
import { WorkingSets } from "./workingset.js";

/** Is told of each policy and size in turn. @internal */
export type Points = (choice: ReplacementChoice, frames: number, counts: PoolCounts) => void;

/** What lookups are made in, and points come of. @internal */
export interface CurveCounts {
  /** Makes the lookups of a slice; what knows the future only notes them. @throws PagewalkError `E_MEMORY` */
  take(slice: Slice): void;
  /** Makes the lookups for what knows the future; `turn` is called now and then. @throws PagewalkError `E_MEMORY` */
  foresee(turn: () => Promise<void>): Promise<void>;
  /** Pages looked up so far. */
  readonly pages: number;
  /** Behind the last lookup. */
  each(point: Points): void;
}

/** A policy whose stack has every size. */
interface Stacked {
  choice: ReplacementChoice;
  sizes: readonly number[] | undefined;
  stack: Stack;
}

/** Whether every size of a policy comes of one stack. @internal */
export function hasStack({ policy }: ReplacementChoice): boolean {
  return policy === "lru" || policy === "opt";
}

/** Frames under policies, side by side in one core. @internal */
export class PoolSet implements CurveCounts {
  private readonly core: Core;
  private readonly all: (Pool | Stacked)[] = [];
  private readonly pools: Pool[] = [];
  private lru: LruStack | undefined;
  private opt: Opt | undefined;
  /** Working sets, where they were asked for. */
  readonly workingSets: WorkingSets | undefined;

  constructor(core: Core, { pageBits, config, windows }: Pick<CurvePlan, "pageBits" | "config" | "windows">) {
    const { modify, crossing } = config.count;
    this.core = core;
    if (!core.exports.openLookups(pageBits, modify === "once", crossing === "first")) throw tooMuch(core);
    if (windows) this.workingSets = new WorkingSets(core, windows === "all" ? undefined : windows);
  }

  /** Adds a policy that has a stack, with each of `sizes`; without them, with the powers of two up to the first that holds all pages. */
  addStack(choice: ReplacementChoice, sizes: readonly number[] | undefined): void {
    const { core } = this;
    if (choice.policy === "opt") {
      this.opt = new Opt(core, choice, sizes);
      this.all.push({ choice, sizes, stack: this.opt });
    } else {
      this.lru = new LruStack(core);
      this.all.push({ choice, sizes, stack: this.lru });
    }
  }

  /** Adds a pool of `frames` under another policy, or for `ws` without bound. */
  add(choice: ReplacementChoice, frames: number | undefined, { seed }: CurveConfig): void {
    const pool = openPool(this.core, choice, frames, { number: this.pools.length, seed });
    this.pools.push(pool);
    this.all.push(pool);
  }

  take({ from, to }: Slice): void {
    const { core, pools, opt, lru, workingSets } = this;
    const { exports, enums } = core;
    for (let at = from; at < to; at = exports.gathered.value) {
      if (exports.gather(at, to) !== enums.Status.Ok) throw tooMuch(core);
      if (exports.readyPools() !== enums.Status.Ok) throw tooMuch(core);
      for (const { number } of pools) exports.lookPool(number, 0);
      if (lru && !lru.take()) throw tooMuch(core);
      if (workingSets && !workingSets.take()) throw tooMuch(core);
      opt?.take();
    }
  }

  async foresee(turn: () => Promise<void>): Promise<void> {
    await this.opt?.foresee(this.pools.length, turn);
  }

  get pages(): number {
    return this.core.exports.pageCount.value;
  }

  each(point: Points): void {
    for (const one of this.all) {
      const { choice } = one;
      if (!("stack" in one)) {
        point(choice, one.frames, countsOf(this.core, one));
        continue;
      }
      const sizes = one.sizes ?? powersUpTo(this.pages);
      for (const [i, counts] of one.stack.counts(sizes).entries()) point(choice, sizes[i] ?? 0, counts);
    }
  }
}
