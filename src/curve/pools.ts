import type { ReplacementChoice } from "../config/replacement.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import type { PagewalkError } from "../errors.js";
import { Aside } from "./aside.js";
import { Opt } from "./opt.js";
import { type CurvePlan, powersUpTo } from "./options.js";
import { countsOf, openLookups, openPool, type Pool, type PoolCounts, tooMuch } from "./pool.js";
import { LruStack, type Stack } from "./stacks.js";
import type { PoolSpec } from "./tasks.js";
import { WorkingSets } from "./workingset.js";

/** Is told of each policy and size in turn. @internal */
export type Points = (choice: ReplacementChoice, frames: number, counts: PoolCounts) => void;

/** What lookups are made in, and points come of. @internal */
export interface CurveCounts {
  /** Makes the lookups of a slice; what knows the future only notes them. @throws PagewalkError `E_MEMORY` */
  take(slice: Slice): void | Promise<void>;
  /** Makes the lookups for what knows the future; `turn` is called now and then. @throws PagewalkError `E_MEMORY` */
  foresee(turn: () => Promise<void>): Promise<void>;
  /** Waits, behind the last lookup, for what others make of them. What went wrong there. */
  settle(): Promise<PagewalkError | undefined>;
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

/** What a curve is made of, and how many threads may make it. @internal */
export type SetPlan = Pick<CurvePlan, "pageBits" | "config" | "windows" | "policies"> & { jobs: number };

/** Pools for which other threads are worth their while. */
const LEAST_ASIDE = 4;

/** Frames under policies, side by side: in one core, or the pools among them in other threads. @internal */
export class PoolSet implements CurveCounts {
  private readonly core: Core;
  private readonly all: (Pool | PoolSpec | Stacked)[] = [];
  private readonly pools: Pool[] = [];
  private readonly aside: Aside | undefined;
  private lru: LruStack | undefined;
  private opt: Opt | undefined;
  /** Working sets, where they were asked for. */
  readonly workingSets: WorkingSets | undefined;

  /** With each of `sizes`; without them, where all have a stack, with the powers of two up to the first that holds all pages. */
  constructor(core: Core, plan: SetPlan, sizes: readonly number[] | undefined) {
    const { windows, config, policies, jobs } = plan;
    this.core = core;
    openLookups(core, plan);
    if (windows) this.workingSets = new WorkingSets(core, windows === "all" ? undefined : windows);
    const specs = policies.flatMap((choice): PoolSpec[] => {
      if (hasStack(choice)) return [];
      return choice.policy === "ws"
        ? [{ choice, frames: undefined }]
        : (sizes ?? []).map((frames) => ({ choice, frames }));
    });
    if (jobs > 1 && specs.length >= LEAST_ASIDE) this.aside = new Aside(core, plan, specs, jobs);
    const { seed } = config;
    this.pools = this.aside
      ? []
      : specs.map(({ choice, frames }, number) => openPool(core, choice, frames, { number, seed }));
    const stacks = policies
      .filter(hasStack)
      .map((choice) => ({ choice, sizes, stack: this.stackOf(choice, sizes) }));
    this.all = [...stacks, ...(this.aside ? specs : this.pools)];
  }

  private stackOf(choice: ReplacementChoice, sizes: readonly number[] | undefined): Stack {
    const { core } = this;
    if (choice.policy === "opt") this.opt = new Opt(core, choice, sizes);
    else this.lru = new LruStack(core);
    return (choice.policy === "opt" ? this.opt : this.lru) as Stack;
  }

  async take({ from, to }: Slice): Promise<void> {
    const { core, pools, opt, lru, workingSets, aside } = this;
    const { exports, enums } = core;
    for (let at = from; at < to; at = exports.gathered.value) {
      if (exports.gather(at, to) !== enums.Status.Ok) throw tooMuch(core);
      if (exports.readyPools() !== enums.Status.Ok) throw tooMuch(core);
      for (const { number } of pools) exports.lookPool(number, 0);
      if (lru && !lru.take()) throw tooMuch(core);
      if (workingSets && !workingSets.take()) throw tooMuch(core);
      opt?.take();
      await aside?.take();
    }
  }

  async foresee(turn: () => Promise<void>): Promise<void> {
    await this.opt?.foresee(this.pools.length, turn);
  }

  async settle(): Promise<PagewalkError | undefined> {
    return this.aside?.settle();
  }

  get pages(): number {
    return this.core.exports.pageCount.value;
  }

  each(point: Points): void {
    for (const one of this.all) {
      const { choice } = one;
      if ("stack" in one) {
        const sizes = one.sizes ?? powersUpTo(this.pages);
        for (const [i, counts] of one.stack.counts(sizes).entries()) point(choice, sizes[i] ?? 0, counts);
        continue;
      }
      const counts = "counts" in one ? countsOf(this.core, one) : this.aside?.countsOf(one);
      if (counts) point(choice, one.frames ?? 0, counts);
    }
  }
}
