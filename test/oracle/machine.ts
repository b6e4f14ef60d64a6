// The model of docs/model.md in Maps and arrays: slow, and obviously right. It shares no code with the core.

import type { Access, Config, Kind } from "../../src/config/model.js";
import type { FaultEntry, MachineStats } from "../../src/engine/stats.js";
import { Prefetching } from "./ahead.js";
import { NaiveCaches } from "./caches.js";
import { Core, Flushes } from "./cores.js";
import { Hashed } from "./flat.js";
import { Host } from "./nested.js";
import { Resizer } from "./pages.js";
import { Physical } from "./physical.js";
import { Reads } from "./reads.js";
import { type Attributes, permits, Regions } from "./regions.js";
import { Schedule } from "./schedule.js";
import { cut, isCanonical, type Shape, shapeOf } from "./shapes.js";
import type { Page, Space, World } from "./spaces.js";
import { statsOf } from "./stats.js";
import { GLOBAL_TAG, type NaiveTlb, pageWord, type Tally, tally } from "./tlbs.js";
import { offsetIn, Walker } from "./walk.js";
import type { HitsAndMisses } from "./walkcaches.js";

export interface OracleRecord {
  va: bigint;
  size: number;
  kind: Kind;
  /** Its number in its trace, from 1; without it, that of the record before and 1. */
  number?: number;
}

export type OracleEvent =
  | { event: "switch"; process: number; thread?: number }
  | { event: "clone"; child: number }
  | { event: "fork"; child: number }
  | { event: "user" }
  | { event: "kernel" }
  | { event: "pagesize"; address: bigint; length: bigint; size: string };

const TOP = 1n << 64n;
const LISTED_FAULTS = 100;

/** What a lookup is of: a page of an owner's tables, as TLBs name it. */
interface Lookup {
  core: Core;
  /** The part of the address that is translated. */
  part: bigint;
  access: Access;
  attributes: Attributes;
  owner: Space;
  word: bigint;
}

export class Oracle {
  readonly config: Config;
  readonly shape: Shape;
  readonly caches: NaiveCaches;
  readonly reads: Reads;
  readonly host: Host | null;
  readonly hashed: Hashed | null;
  readonly cores: Core[];
  readonly schedule: Schedule;
  readonly resizer: Resizer;
  readonly prefetching: Prefetching | null;
  readonly flushes = new Flushes();
  readonly tables: number[];
  readonly tlbTallies: Tally[];
  readonly walkCacheTallies: HitsAndMisses[];
  readonly kinds: Record<Kind, number> = { instruction: 0, load: 0, store: 0, modify: 0 };
  readonly walks: Record<Access, number> = { instruction: 0, load: 0, store: 0 };
  readonly faults = { minor: 0, major: 0, cow: 0, protection: 0, segv: 0, bus: 0 };
  readonly faultList: FaultEntry[] = [];
  readonly validation = { checked: 0, failed: 0 };
  accesses = 0;
  pageCrossings = 0;
  dirtyAssists = 0;
  private readonly regions: Regions;
  private readonly walker: Walker;
  private user: boolean;
  /** A fault ended the replay. */
  stopped = false;
  /** Called with the space and the first address of the page of every lookup that gave one. */
  onPage: ((space: number, first: bigint) => void) | undefined;
  /** The number of the latest record. */
  private records = 0;

  /** `firstTable`: the physical address from which tables are put, where memory is wide. */
  constructor(config: Config, firstTable = 0n) {
    const shape = shapeOf(config.pageTable);
    const memory = new Physical(shape, firstTable);
    this.config = config;
    this.shape = shape;
    this.user = config.mode === "user";
    this.caches = new NaiveCaches(config.caches, config.latency.memory, config.seed);
    this.reads = new Reads(this.caches, config.latency.memory);
    this.host = config.nested && new Host(config.nested, memory, this.reads);
    this.hashed = shape.levels.length === 0 ? new Hashed(config.pageTable, shape) : null;
    this.tables = shape.levels.map(() => 0);
    this.tlbTallies = config.tlb.map(tally);
    this.walkCacheTallies = config.walkCache.map(() => ({ hits: 0, misses: 0 }));
    const tallies = { tlbs: this.tlbTallies, walkCaches: this.walkCacheTallies };
    this.cores = Array.from(
      { length: config.cores },
      (_, number) => new Core(number, config, shape, this.host, tallies, this.flushes),
    );
    this.regions = new Regions(config, shape);
    const { regions, tables, hashed } = this;
    const world: World = { shape, memory, regions, tables, hashed };
    this.schedule = new Schedule(config, this.cores, world);
    this.walker = new Walker(this.reads, this.host, hashed);
    this.resizer = new Resizer(config, shape, memory, this.schedule, this.flushes);
    this.prefetching = config.prefetch && new Prefetching(config.prefetch, shape, this.schedule, this.walker);
  }

  replay(items: Iterable<OracleRecord | OracleEvent>): void {
    for (const item of items) {
      if (this.stopped) return;
      if ("event" in item) this.event(item);
      else this.record(item);
    }
  }

  stats(): MachineStats {
    return statsOf(this);
  }

  private event(event: OracleEvent): void {
    switch (event.event) {
      case "switch":
        this.schedule.switchTo(event.process, event.thread ?? 0);
        break;
      case "clone":
        this.schedule.clone(event.child);
        break;
      case "user":
      case "kernel":
        this.user = event.event === "user";
        break;
      case "pagesize":
        this.schedule.begin();
        this.resizer.resize(event.address, event.length, event.size);
        break;
      case "fork":
        // The child is a process as any other: it begins empty when it first runs.
        break;
    }
  }

  private record({ va, size, kind, number = this.records + 1 }: OracleRecord): void {
    this.schedule.begin();
    this.records = number;
    this.kinds[kind]++;
    const once = this.config.count.modify === "once";
    const accesses: Access[] = kind === "modify" ? (once ? ["store"] : ["load", "store"]) : [kind];
    for (const access of accesses) {
      if (!this.access(va, BigInt(Math.max(size, 1)), access)) break;
    }
    if (kind === "instruction" && this.prefetching) this.prefetching.pc = va;
  }

  /** A lookup a page, low page first. False if one faulted. */
  private access(va: bigint, bytes: bigint, access: Access): boolean {
    const end = va + bytes;
    for (let at = va; at < end; ) {
      if (at >= TOP || !isCanonical(this.shape, at)) {
        // Behind the last address there is none to name: the access's own stands for it.
        this.fault("segv", at >= TOP ? va : at, access);
        return false;
      }
      if (at !== va) this.pageCrossings++;
      const { bits } = this.schedule.space.map.find(at).size;
      const pageEnd = ((at >> bits) + 1n) << bits;
      const pieceEnd = end < pageEnd ? end : pageEnd;
      const page = this.lookup(at, access);
      if (!page) {
        this.fault("protection", at, access);
        return false;
      }
      this.tell(at);
      this.touchData(at, page, Number(pieceEnd - at), access);
      if (this.config.count.crossing === "first") break;
      at = pieceEnd;
    }
    return true;
  }

  private tell(va: bigint): void {
    const { space, global } = this.schedule;
    const { size, ...attributes } = space.map.find(va);
    const first = (cut(this.shape, va) >> size.bits) << size.bits;
    this.onPage?.((attributes.global ? global : space).number, first);
  }

  private fault(kind: "segv" | "protection", va: bigint, access: Access): void {
    this.faults[kind]++;
    this.stopped = this.config.onFault === "stop";
    if (this.faultList.length >= LISTED_FAULTS) return;
    this.faultList.push({
      record: this.records,
      pid: this.schedule.thread.process,
      va: `0x${va.toString(16)}`,
      kind,
      region: this.regions.nameAt(va),
      access,
    });
  }

  private touchData(va: bigint, page: Page, bytes: number, access: Access): void {
    if (this.config.caches.length === 0) return;
    const { size } = this.schedule.space.map.find(va);
    const pa = page.pa + offsetIn(size, va);
    if (!this.host) {
      this.caches.access(va, pa, bytes, access);
      return;
    }
    for (const piece of this.host.pieces(pa, bytes)) {
      this.caches.access(va + piece.offset, piece.pa, piece.bytes, access);
    }
  }

  /** The page of an address; null if it forbids the access. */
  private lookup(va: bigint, access: Access): Page | null {
    this.accesses++;
    const { space, global, tag, core } = this.schedule;
    const attributes = space.map.find(va);
    const { size } = attributes;
    const part = cut(this.shape, va);
    const word = pageWord(part >> size.bits, attributes.global ? GLOBAL_TAG : tag, size.number);
    const owner = attributes.global ? global : space;
    const lookup: Lookup = { core, part, access, attributes, owner, word };
    const missed: NaiveTlb[] = [];
    for (const tlb of core.chain(access, size)) {
      if (!tlb.touch(word)) {
        tlb.tally[access].misses++;
        missed.push(tlb);
        continue;
      }
      tlb.tally[access].hits++;
      const page = this.hit(lookup);
      if (page) for (const above of missed) above.insert(word);
      return page;
    }
    const page = this.miss(lookup);
    if (!page) return null;
    let evicted = 0n;
    for (const tlb of missed) evicted = tlb.insert(word);
    this.prefetching?.learn(core, { va, size, word, last: missed.at(-1), evicted });
    return page;
  }

  /** A TLB held the page. */
  private hit({ part, access, attributes, owner, word }: Lookup): Page | null {
    const page = owner.page(attributes.size, part);
    if (this.config.validate) this.validate(page);
    if (!page || !permits(page.rights, this.user, access)) {
      const holders = attributes.global ? this.cores : this.schedule.holders();
      for (const each of holders) each.drop(word);
      return null;
    }
    this.assistDirty(page, access);
    return page;
  }

  private validate(page: Page | undefined): void {
    this.validation.checked++;
    if (!page) this.validation.failed++;
  }

  /** A store without a walk sets D. */
  private assistDirty(page: Page, access: Access): void {
    if (access !== "store" || page.dirty) return;
    page.dirty = true;
    this.dirtyAssists++;
  }

  /** No TLB held the page: the prefetch buffer does, or it is walked for. */
  private miss(lookup: Lookup): Page | null {
    const { core, part: va, access, attributes, owner, word } = lookup;
    const { size, rights } = attributes;
    if (this.prefetching?.take(core, word)) {
      const page = owner.page(size, va);
      if (!page || !permits(page.rights, this.user, access)) return null;
      this.assistDirty(page, access);
      return page;
    }
    this.walks[access]++;
    if (!owner.page(size, va) && permits(rights, this.user, access)) {
      owner.mapPage(size, va, { rights, dirty: false });
      this.faults.minor++;
    }
    this.walker.walk({ core, tag: this.schedule.tag, owner, size, va });
    const page = owner.page(size, va);
    if (!page || !permits(page.rights, this.user, access)) return null;
    if (access === "store") page.dirty = true;
    return page;
  }
}
