import { ACCESSES, type Access, type Config, type TlbConfig } from "../config/model.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { type Approach, type Chains, isOfStack, type Stream, setsOf } from "./approach.js";
import type { CellTlb, SweepCell } from "./model.js";

/** Sets and ways of a TLB. */
interface Dimensions {
  sets: number;
  ways: number;
}

/** One way through the kernels that answers for many machines: which differ in the shape of their last TLBs only. @internal */
export interface LaneSpec {
  stream: Stream;
  /** First TLBs that have others behind them, or no power of two of sets. */
  fronts: Dimensions[];
  /** Of each stack, the set counts, rising, with the most ways of each. */
  stacks: Dimensions[][];
  /** By access: its front and its stack; -1: none. */
  routes: Record<Access, { front: number; stack: number }>;
}

/** What a lane counted: misses by access of each front; of each stack's levels the counts, by access: misses, then depths 1 to `ways`. @internal */
export interface LaneCounts {
  fronts: number[][];
  stacks: number[][][];
}

/** Lookups by access. @internal */
export type Lookups = Record<Access, number>;

/** Machines that one lane answers for, added one by one. @internal */
export class LaneGroup {
  private readonly stream: Stream;
  private readonly fronts: Dimensions[];
  private readonly routes: LaneSpec["routes"];
  /** By stack: the most ways by sets. */
  private readonly stacks: Map<number, number>[] = [];

  private constructor({ stream, chains }: Approach) {
    this.stream = { ...stream };
    this.fronts = frontsOf(chains).map(dimensions);
    this.routes = routesOf(chains);
  }

  /** Machines of one key share a lane. */
  static keyOf({ stream, chains }: Approach): string {
    const { slots: _slots, ...rest } = stream;
    return JSON.stringify([rest, frontsOf(chains).map(dimensions), routesOf(chains)]);
  }

  static of(approach: Approach): LaneGroup {
    return new LaneGroup(approach);
  }

  add({ stream, chains }: Approach): void {
    this.stream.slots = Math.min(this.stream.slots, stream.slots);
    for (const [number, tlb] of stackedOf(chains).entries()) {
      const { sets, ways } = dimensions(tlb);
      const stack = this.stacks[number] ?? new Map<number, number>();
      this.stacks[number] = stack;
      stack.set(sets, Math.max(ways, stack.get(sets) ?? 0));
    }
  }

  spec(): LaneSpec {
    const levels = (stack: Map<number, number>) =>
      [...stack].map(([sets, ways]) => ({ sets, ways })).sort((a, b) => a.sets - b.sets);
    return { stream: this.stream, fronts: this.fronts, stacks: this.stacks.map(levels), routes: this.routes };
  }
}

function dimensions(tlb: TlbConfig): Dimensions {
  return { sets: setsOf(tlb), ways: tlb.ways ?? 0 };
}

/** TLBs with a front, each once, in the order of accesses. */
function frontsOf(chains: Chains): TlbConfig[] {
  return unique(ACCESSES.map((access) => frontOf(chains[access])));
}

/** TLBs that stacks stand for. */
function stackedOf(chains: Chains): TlbConfig[] {
  return unique(ACCESSES.map((access) => stackOf(chains[access])));
}

function frontOf([first, second]: readonly TlbConfig[]): TlbConfig | undefined {
  return first && (second || !isOfStack(first)) ? first : undefined;
}

function stackOf([first, second]: readonly TlbConfig[]): TlbConfig | undefined {
  return second ?? (first && isOfStack(first) ? first : undefined);
}

function unique(tlbs: readonly (TlbConfig | undefined)[]): TlbConfig[] {
  return [...new Set(tlbs.filter((tlb) => tlb !== undefined))];
}

function routesOf(chains: Chains): LaneSpec["routes"] {
  const [fronts, stacks] = [frontsOf(chains), stackedOf(chains)];
  const place = (list: readonly TlbConfig[], tlb: TlbConfig | undefined) => (tlb ? list.indexOf(tlb) : -1);
  const of = (access: Access) => ({
    front: place(fronts, frontOf(chains[access])),
    stack: place(stacks, stackOf(chains[access])),
  });
  return { instruction: of("instruction"), load: of("load"), store: of("store") };
}

/** A lane in a core, over a column of words. @internal */
export class Lane {
  private readonly core: Core;
  private readonly number: number;
  private readonly fronts: number[];
  private readonly stacks: { counts: number; ways: number }[][];

  constructor(core: Core, column: number, { fronts, stacks, routes }: LaneSpec) {
    const { exports } = core;
    this.core = core;
    this.number = taken(exports.newLane(column));
    this.fronts = fronts.map(({ sets, ways }) => taken(exports.newFront(sets, ways)));
    const opened = stacks.map((levels) => taken(exports.newStack(levels.length)));
    this.stacks = stacks.map((levels, i) =>
      levels.map(({ sets, ways }) => ({
        counts: taken(exports.addLevelOfStack(opened[i] ?? 0, sets, ways)),
        ways,
      })),
    );
    for (const [kind, access] of ACCESSES.entries()) {
      const { front, stack } = routes[access];
      exports.routeLane(this.number, kind, this.fronts[front] ?? 0, opened[stack] ?? 0);
    }
  }

  run(): void {
    this.core.exports.runLane(this.number);
  }

  counts(): LaneCounts {
    const { core } = this;
    return {
      fronts: this.fronts.map((front) =>
        core.numbers(core.exports.missesOfFront(front) >>> 0, ACCESSES.length),
      ),
      stacks: this.stacks.map((levels) =>
        levels.map(({ counts, ways }) => core.numbers(counts, ACCESSES.length * (ways + 1))),
      ),
    };
  }
}

/** @internal */
export function taken(address: number): number {
  if (address === 0)
    throw new PagewalkError(
      "E_MEMORY",
      "sweep: so many TLBs do not fit in the 4 GiB that WebAssembly can address; want fewer cells at once",
    );
  return address >>> 0;
}

type Counts = Pick<SweepCell, "accesses" | "tlb" | "walk">;

/** What a lane's counts say of one machine. @internal */
export function countsOf(
  config: Config,
  { chains }: Approach,
  spec: LaneSpec,
  counts: LaneCounts,
  lookups: Lookups,
): Counts {
  const tlb: Record<string, CellTlb> = Object.fromEntries(config.tlb.map(({ name }) => [name, noLookups()]));
  const byKind = { instruction: 0, load: 0, store: 0 };
  for (const [kind, access] of ACCESSES.entries()) {
    let left = lookups[access];
    const { front, stack } = spec.routes[access];
    const [first, second] = chains[access];
    const missed = (of: TlbConfig | undefined, misses: number) => {
      if (of) charge(tlb[of.name], access, left, misses);
      left = misses;
    };
    if (front >= 0) missed(first, counts.fronts[front]?.[kind] ?? 0);
    if (stack >= 0)
      missed(second ?? first, missesOf(second ?? first, spec.stacks[stack], counts.stacks[stack], kind));
    byKind[access] = left;
  }
  return { accesses: sum(lookups), tlb, walk: { walks: sum(byKind), byKind } };
}

/** Pages that lay deeper than there are ways, or nowhere. */
function missesOf(
  tlb: TlbConfig | undefined,
  levels: readonly Dimensions[] = [],
  counts: readonly number[][] = [],
  kind: number,
): number {
  const level = levels.findIndex(({ sets }) => tlb && sets === setsOf(tlb));
  const most = levels[level]?.ways ?? 0;
  const [none = 0, ...depths] = counts[level]?.slice(kind * (most + 1), (kind + 1) * (most + 1)) ?? [];
  return depths.slice(tlb?.ways ?? 0).reduce((misses, count) => misses + count, none);
}

function noLookups(): CellTlb {
  return { accesses: 0, hits: 0, misses: 0, byKind: {} };
}

function charge(tlb: CellTlb | undefined, access: Access, accesses: number, misses: number): void {
  if (!tlb || accesses === 0) return;
  const counted = { accesses, hits: accesses - misses, misses };
  tlb.accesses += accesses;
  tlb.hits += counted.hits;
  tlb.misses += misses;
  tlb.byKind = { ...tlb.byKind, [access]: counted };
}

function sum(counts: Lookups): number {
  return counts.instruction + counts.load + counts.store;
}
