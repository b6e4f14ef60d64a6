import type { ReplacementChoice } from "../config/replacement.js";
import type { Core } from "../engine/core.js";
import { Future } from "./future.js";
import { powersUpTo } from "./options.js";
import { countsOf, openPool, type Pool, type PoolCounts, tooMuch } from "./pool.js";
import { OptStack, type Stack } from "./stacks.js";

/**
 * Pages of which one stack is as fast as pools of all powers of two. A lookup moves the more pages in it the more there are: by Zipf's law
 * a stack of 4 K pages takes 0.7 of the pools' time, of 16 K 1.3, of 64 K 1.9, and of 1 M 17 times as much.
 */
const MOST_STACKED = 2 ** 14;

/** The curve of opt: notes all lookups, and makes them again when it knows the future. @internal */
export class Opt implements Stack {
  private readonly core: Core;
  private readonly choice: ReplacementChoice;
  private readonly sizes: readonly number[] | undefined;
  private readonly future: Future;
  private readonly stack: OptStack;
  private pools: Pool[] | undefined;

  /** With each of `sizes`; without them, with the powers of two up to the first that holds all pages. */
  constructor(core: Core, choice: ReplacementChoice, sizes: readonly number[] | undefined) {
    this.core = core;
    this.choice = choice;
    this.sizes = sizes;
    this.future = new Future(core);
    this.stack = new OptStack(core);
  }

  /** Notes the lookups of the core's column. @throws PagewalkError `E_MEMORY` */
  take(): void {
    this.future.take();
  }

  /** Makes all lookups, behind the last, by one stack, or of many pages by a pool a size; the core has `opened` other pools. @throws PagewalkError `E_MEMORY` */
  async foresee(opened: number, turn: () => Promise<void>): Promise<void> {
    const { core, choice, future, stack } = this;
    const { exports, enums } = core;
    const pages = exports.pageCount.value;
    if (pages <= MOST_STACKED) {
      const look = (nexts: number) => {
        if (!stack.take(nexts)) throw tooMuch(core);
      };
      return future.replay(look, turn);
    }
    const sizes = this.sizes ?? powersUpTo(pages);
    const pools = sizes.map((size, i) => openPool(core, choice, size, { number: opened + i, seed: 0 }));
    if (exports.readyPools() !== enums.Status.Ok) throw tooMuch(core);
    this.pools = pools;
    const look = (nexts: number) => {
      for (const { number } of pools) exports.lookPool(number, nexts);
    };
    return future.replay(look, turn);
  }

  counts(sizes: readonly number[]): PoolCounts[] {
    const { core, pools, stack } = this;
    return pools ? pools.map((pool) => countsOf(core, pool)) : stack.counts(sizes);
  }
}
