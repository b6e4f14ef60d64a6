import type { ReplacementChoice } from "../config/replacement.js";
import { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { type CurvePlan, powersUpTo } from "./options.js";
import { openLookups, type PoolCounts, tooMuch } from "./pool.js";
import type { CurveCounts, Points } from "./pools.js";
import { LruStack } from "./stacks.js";

/** Parts of the sample that are left out in turn, to see how much hangs on them. */
const GROUPS = 16;
/** Pages of a trace below which the whole curve costs little, and pages of a sample below which it says little. */
const FEW_PAGES = 100_000;
const FEW_SAMPLED = 1000;

/** What a curve of a sample of the pages stands on. */
export interface ShardsResult {
  /** The share of the pages that was looked at. */
  rate: number;
  /** Pages of the sample, and lookups of them. */
  pages: number;
  lookups: number;
  /** Parts that were left out in turn, for the errors; 0 of a sample of everything, which has none. */
  groups: number;
  /** The mean of all points' `faultsError`, as a share of the lookups. */
  expectedError: number;
  /** Why one should not rely on it. */
  note?: string;
}

/** One stack of a part of the sample, in a core of its own. */
interface Part {
  core: Core;
  stack: LruStack;
}

/**
 * The curve of lru from the lookups of a share R of the pages, chosen by a hash: a depth d among them stands for d / R, a fault for
 * 1 / R (SHARDS: Waldspurger, Park, Garthwaite and Ahmad, FAST 2015). Faults are held against all lookups, which comes to the paper's correction (SHARDS-adj).
 *
 * The expected error is a standard error by the jackknife: the pages of the sample fall into groups by a hash, and the curve is made again
 * without each of them (Tukey 1958; Wolter, Introduction to Variance Estimation, chapter 4). @internal
 */
export class Shards implements CurveCounts {
  private readonly core: Core;
  private readonly plan: CurvePlan;
  private readonly stack: LruStack;
  private readonly parts: Part[] = [];
  private readonly rate: number;
  private sampledLookups = 0;

  private constructor(core: Core, plan: CurvePlan, rate: number) {
    const { exports, enums } = core;
    this.core = core;
    this.plan = plan;
    this.stack = new LruStack(core);
    const shares = Math.max(1, Math.round(rate * 2 ** enums.Sampling.Bits));
    this.rate = shares / 2 ** enums.Sampling.Bits;
    openLookups(core, plan);
    exports.samplePages(shares, BigInt(plan.config.seed));
  }

  static async create(core: Core, plan: CurvePlan, rate: number): Promise<Shards> {
    const shards = new Shards(core, plan, rate);
    for (let group = 0; shards.rate < 1 && group < GROUPS; group++) {
      const part = await Core.create(core.module);
      if (!part.exports.openLookups(plan.pageBits, false, false)) throw tooMuch(part);
      shards.parts.push({ core: part, stack: new LruStack(part) });
    }
    return shards;
  }

  take({ from, to }: Slice): void {
    const { core, stack } = this;
    const { exports, enums } = core;
    for (let at = from; at < to; at = exports.gathered.value) {
      if (exports.gather(at, to) !== enums.Status.Ok || !stack.take()) throw tooMuch(core);
      this.divide();
    }
  }

  async settle(): Promise<undefined> {}

  /** Gives each part the column's runs, but for those of pages of its group. */
  private divide(): void {
    const { core, parts } = this;
    const { runs, runCount, pageCount } = core.exports;
    const words = core.u32(runs.value, 2 * runCount.value);
    const columns = parts.map((part) => part.core.u32(part.core.exports.runs.value, words.length));
    const lengths = parts.map(() => 0);
    for (let at = 0; at < words.length; at += 2) {
      const page = words[at] ?? 0;
      if (page === 0) continue;
      this.sampledLookups += ((words[at + 1] ?? 0) >>> 1) + 1;
      const group = mixed(page) % GROUPS;
      for (let number = 0; number < columns.length; number++) {
        const column = columns[number];
        if (number === group || !column) continue;
        const length = lengths[number] ?? 0;
        column[length] = page;
        column[length + 1] = words[at + 1] ?? 0;
        lengths[number] = length + 2;
      }
    }
    for (const [number, part] of parts.entries()) {
      part.core.exports.setPages(pageCount.value);
      part.core.exports.setRuns((lengths[number] ?? 0) / 2);
      if (!part.stack.take()) throw tooMuch(part.core);
    }
  }

  async foresee(): Promise<void> {}

  get pages(): number {
    return Math.round(this.core.exports.pageCount.value / this.rate);
  }

  each(point: Points): void {
    const { plan, pages, rate } = this;
    const [choice] = plan.policies;
    const sizes = plan.frames ?? powersUpTo(pages).filter((frames) => frames >= 1 / rate);
    for (const [i, counts] of this.counts(sizes).entries())
      point(choice as ReplacementChoice, sizes[i] ?? 0, counts);
  }

  private counts(sizes: readonly number[]): PoolCounts[] {
    const { stack, parts, rate, pages } = this;
    const partRate = rate * (1 - 1 / GROUPS);
    const without = parts.map((part) => scaled(part.stack, sizes, partRate));
    return scaled(stack, sizes, rate).map(({ faults, writes }, i) => {
      const peak = Math.min(sizes[i] ?? 0, pages);
      const rounded = { faults: Math.round(faults), writes: Math.round(writes), peak };
      const errorOf = (key: "faults" | "writes") =>
        Math.ceil(
          jackknife(
            without.map((estimates) => estimates[i]?.[key] ?? 0),
            rate,
          ),
        );
      return {
        ...rounded,
        evictions: Math.max(rounded.faults - peak, 0),
        errors: { faults: errorOf("faults"), writes: errorOf("writes") },
      };
    });
  }

  /** What the points stand on, given the errors of their faults, and all lookups. */
  result(errors: readonly number[], accesses: number): ShardsResult {
    const { core, parts, rate, pages, sampledLookups } = this;
    const sampled = core.exports.pageCount.value;
    const sum = errors.reduce((a, b) => a + b, 0);
    const note = rate < 1 ? noteOn(pages, sampled) : undefined;
    return {
      rate,
      pages: sampled,
      lookups: sampledLookups,
      groups: parts.length,
      expectedError: accesses > 0 && errors.length > 0 ? sum / errors.length / accesses : 0,
      ...(note === undefined ? {} : { note }),
    };
  }
}

function noteOn(pages: number, sampled: number): string | undefined {
  if (pages < FEW_PAGES)
    return "so few pages are soon looked at as a whole: without --shards the curve is exact";
  if (sampled >= FEW_SAMPLED) return undefined;
  return `a sample of ${sampled} pages says little; want a larger share, for ${FEW_SAMPLED} or more`;
}

/** Faults and writes with each of `sizes` that are expected of all pages, between the two sizes of the sample that are next to it. */
function scaled(
  stack: LruStack,
  sizes: readonly number[],
  rate: number,
): { faults: number; writes: number }[] {
  const depths = [...new Set(sizes.flatMap((frames) => around(frames * rate)))].sort((a, b) => a - b);
  const counts = new Map(stack.counts(depths).map((each, i) => [depths[i] ?? 0, each]));
  return sizes.map((frames) => {
    const [low = 0, high = 0] = around(frames * rate);
    const share = frames * rate - low;
    const at = (key: "faults" | "writes") =>
      ((counts.get(low)?.[key] ?? 0) * (1 - share) + (counts.get(high)?.[key] ?? 0) * share) / rate;
    return { faults: at("faults"), writes: at("writes") };
  });
}

function around(depth: number): [number, number] {
  return [Math.floor(depth), Math.floor(depth) + 1];
}

/** The standard error of an estimate, from those that were made without each group; of a share of a finite whole. */
function jackknife(without: readonly number[], rate: number): number {
  if (without.length === 0) return 0;
  const mean = without.reduce((sum, each) => sum + each, 0) / without.length;
  const squares = without.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return Math.sqrt((1 - rate) * (1 - 1 / without.length) * squares);
}

/** A number's bits, mixed (the finaliser of MurmurHash3). */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
