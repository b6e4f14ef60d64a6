// Cores: TLBs, walk caches and a prefetcher each, over the same tables; and what flushes do to them.

import type { Access, Config } from "../../src/config/model.js";
import { type Ahead, newAhead } from "./ahead.js";
import type { Host, HostCore } from "./nested.js";
import type { Thread } from "./schedule.js";
import { naiveSeedState } from "./sets.js";
import type { Shape, Size } from "./shapes.js";
import { NaiveTlb, type Tally, tagIn } from "./tlbs.js";
import { type HitsAndMisses, NaiveWalkCaches } from "./walkcaches.js";

/** What flushes are counted as. */
export class Flushes {
  all = 0;
  asid = 0;
  page = 0;
  /** TLB entries that they dropped, and pages in prefetch buffers. */
  entries = 0;
  ahead = 0;
  readonly shootdowns = { sent: 0, received: 0 };
}

export class Core {
  readonly number: number;
  readonly tlbs: NaiveTlb[];
  readonly walkCaches: NaiveWalkCaches;
  readonly host: HostCore | null;
  readonly ahead: Ahead | null;
  /** What is loaded. */
  thread: Thread | null = null;
  private readonly flushes: Flushes;
  private readonly chains: Record<Access, NaiveTlb[][]>;

  constructor(
    number: number,
    config: Config,
    shape: Shape,
    host: Host | null,
    tallies: { tlbs: Tally[]; walkCaches: HitsAndMisses[] },
    flushes: Flushes,
  ) {
    const stateOf = (array: number) => naiveSeedState(BigInt(config.seed), BigInt(array));
    this.number = number;
    this.flushes = flushes;
    this.tlbs = config.tlb.map(
      (each, i) => new NaiveTlb(each, tallies.tlbs[i] as Tally, stateOf(number * 64 + i)),
    );
    this.walkCaches = new NaiveWalkCaches(config.walkCache, shape, tallies.walkCaches, (i) =>
      stateOf(1024 + i + number * 64),
    );
    this.host = host?.newCore(stateOf, number) ?? null;
    this.ahead = config.prefetch && newAhead(config.prefetch);
    const chainsOf = (access: Access) =>
      shape.sizes.map(({ name }) =>
        this.tlbs.filter(({ config }) => config.kinds.includes(access) && config.pageSizes.includes(name)),
      );
    this.chains = {
      instruction: chainsOf("instruction"),
      load: chainsOf("load"),
      store: chainsOf("store"),
    };
  }

  /** The TLBs that a lookup asks, in turn. */
  chain(access: Access, size: Size): NaiveTlb[] {
    return this.chains[access][size.number] ?? [];
  }

  /** A switch without ids: all that is not global goes. */
  flushAll(tag: number): void {
    this.flushes.all++;
    this.dropTag(tag);
    this.walkCaches.dropAll();
  }

  flushId(tag: number): void {
    this.flushes.asid++;
    this.dropTag(tag);
    this.walkCaches.dropTag(tag);
  }

  flushPage(word: bigint, tag: number): void {
    this.flushes.page++;
    this.flushes.entries += this.drop(word);
    this.walkCaches.flushPage(tag);
  }

  /** Drops a page. How many TLBs had it. */
  drop(word: bigint): number {
    this.flushes.ahead += this.ahead?.buffer.dropWhere((other) => other === word) ?? 0;
    return this.tlbs.filter((tlb) => tlb.drop(word)).length;
  }

  private dropTag(tag: number): void {
    for (const tlb of this.tlbs) this.flushes.entries += tlb.dropTag(tag);
    this.flushes.ahead += this.ahead?.buffer.dropWhere((word) => tagIn(word) === tag) ?? 0;
  }
}
