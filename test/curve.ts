// Pools of the core by themselves: lookups through its columns, and what is resident and dirty afterwards.

import type { Replacement } from "../src/config/replacement.js";
import type { PoolCounts } from "../src/curve/pool.js";
import { LruStack, OptStack } from "../src/curve/stacks.js";
import { type WorkingSetPoint, WorkingSets } from "../src/curve/workingset.js";
import { replacementNumber } from "../src/engine/codes.js";
import type { Core as EngineCore } from "../src/engine/core.js";
import type { NaiveLookup } from "./oracle/paging/pool.js";
import type { Core } from "./testing.js";

export interface PoolState {
  faults: number;
  evictions: number;
  writes: number;
  peak: number;
  resident: string[];
  dirty: string[];
}

/** An instance of the core is one stream of lookups: make another for another. */
export class CorePools {
  private readonly core: Core;
  private readonly enums: Enums;
  private readonly ids = new Map<string, number>();
  private readonly counts: number[] = [];
  private process = 1;
  private lruStack: LruStack | undefined;
  private windows: WorkingSets | undefined;

  constructor(core: Core) {
    this.core = core;
    this.enums = enumsOf(core);
    if (!core.openBatch() || !core.openLookups(12, true, true)) throw new Error("no memory");
  }

  add(policy: Replacement, frames: number, parameter: number, seed: bigint): number {
    const kind = replacementNumber({ enums: this.enums } as unknown as EngineCore, policy);
    const counts = this.core.addPool(kind, frames, BigInt(parameter), seed) >>> 0;
    if (!counts) throw new Error("no memory");
    return this.counts.push(counts) - 1;
  }

  /** From now on lookups go to the stack of lru, too. */
  addLru(): void {
    this.lruStack = new LruStack(this.engine());
  }

  /** What lru did with each of `sizes`. The last call. */
  lru(sizes: readonly number[]): PoolCounts[] {
    return this.lruStack?.counts(sizes) ?? [];
  }

  /** From now on lookups go to working sets of these windows, too. */
  addWorkingSets(windows: readonly number[]): void {
    this.windows = new WorkingSets(this.engine(), windows);
  }

  /** The working sets. The last call. */
  workingSets(): WorkingSetPoint[] {
    return this.windows?.points() ?? [];
  }

  /** What opt does with each of `sizes` on `lookups`, in one go. */
  opt(sizes: readonly number[], lookups: readonly NaiveLookup[]): PoolCounts[] {
    // Once for the pages' numbers, once more with the future.
    this.look(lookups);
    const stack = new OptStack(this.engine());
    this.look(lookups, nextUses(lookups), (column) => stack.take(column));
    return stack.counts(sizes);
  }

  private engine(): EngineCore {
    const { core, enums } = this;
    const u64 = (address: number, length: number) => new BigUint64Array(core.memory.buffer, address, length);
    const u32 = (address: number, length: number) => new Uint32Array(core.memory.buffer, address, length);
    const numbers = (address: number, length: number) => Array.from(u64(address, length), Number);
    return { exports: core, enums, u64, u32, numbers } as unknown as EngineCore;
  }

  /** Makes lookups in all pools; pages are named `process:page`. `nexts`: when each lookup's page is looked up next. */
  look(
    lookups: readonly NaiveLookup[],
    nexts: (at: number) => number = () => 0,
    then: (column: number) => void = () => {},
  ): void {
    const most = this.enums.Batch.Capacity / 2;
    for (let from = 0; from < lookups.length; from += most) {
      this.batch(lookups.slice(from, from + most), (at) => nexts(from + at), then);
    }
  }

  private batch(
    lookups: readonly NaiveLookup[],
    nexts: (at: number) => number,
    then: (column: number) => void,
  ): void {
    const { core } = this;
    const { buffer } = core.memory;
    const { Batch, EventRow, EventKind, Kind, Status } = this.enums;
    const addresses = new BigUint64Array(buffer, core.addresses.value, Batch.Capacity);
    const infos = new Uint32Array(buffer, core.infos.value, Batch.Capacity);
    let records = 0;
    let events = 0;
    for (const { page, store, process } of lookups) {
      if (process !== this.process) {
        const row = new Uint32Array(buffer, core.events.value + events * EventRow.Words * 4, EventRow.Words);
        row.fill(0);
        row[EventRow.Kind] = EventKind.Switch;
        row[EventRow.A] = process;
        addresses[records] = core.EVENT_ADDRESS.value + BigInt(events++);
        infos[records++] = Batch.Event;
        this.process = process;
      }
      if (!this.ids.has(page)) this.ids.set(page, this.ids.size + 1);
      addresses[records] = BigInt(page.split(":")[1] ?? 0) << 12n;
      infos[records++] = (store ? Kind.Store : Kind.Load) << Batch.KindShift;
    }
    for (let at = 0; at < records; at = core.gathered.value) {
      if (core.gather(at, records) !== Status.Ok) throw new Error("no memory");
      if (core.readyPools() !== Status.Ok) throw new Error("no memory");
      if (this.lruStack && !this.lruStack.take()) throw new Error("no memory");
      if (this.windows && !this.windows.take()) throw new Error("no memory");
      const column = this.nextsOf(lookups, nexts);
      for (const pool of this.counts.keys()) core.lookPool(pool, column);
      then(column);
    }
  }

  /** A column of next uses, a word a run: what the last lookup of each run says. */
  private nextsOf(lookups: readonly NaiveLookup[], nexts: (at: number) => number): number {
    const { core } = this;
    const count = core.runCount.value;
    const runs = new Uint32Array(core.memory.buffer, core.runs.value, 2 * count).slice();
    const column = core.allocate(BigInt(4 * count + 4), 8n);
    const words = new Uint32Array(core.memory.buffer, column, count);
    let at = -1;
    for (let run = 0; run < count && at < lookups.length; run++) {
      if (runs[2 * run] === 0) continue;
      at += ((runs[2 * run + 1] ?? 0) >>> 1) + 1;
      words[run] = nexts(at);
    }
    return column;
  }

  drop(pool: number, page: string): void {
    const id = this.ids.get(page);
    if (id !== undefined) this.core.dropFromPool(pool, id);
  }

  resize(pool: number, frames: number): void {
    if (this.core.resizePoolTo(pool, frames) !== this.enums.Status.Ok) throw new Error("no memory");
  }

  state(pool: number): PoolState {
    const { core, ids } = this;
    const { PoolCount, Page } = this.enums;
    const words = new BigUint64Array(core.memory.buffer, this.counts[pool], PoolCount.Length);
    const count = (slot: number) => Number(words[slot]);
    const flags = new Uint8Array(core.memory.buffer, core.poolFlags(pool) >>> 0, ids.size + 1);
    const named = (bit: number) => [...ids].filter(([, id]) => (flags[id] ?? 0) & bit).map(([page]) => page);
    return {
      faults: count(PoolCount.Faults),
      evictions: count(PoolCount.Evictions),
      writes: count(PoolCount.DirtyEvictions) + count(PoolCount.EarlyWrites),
      peak: count(PoolCount.Peak),
      resident: named(Page.Resident).sort(),
      dirty: named(Page.Dirty).sort(),
    };
  }
}

/** When the page of each lookup is looked up next, by the numbers of lookups. */
export function nextUses(lookups: readonly NaiveLookup[]): (at: number) => number {
  const last = new Map<string, number>();
  const nexts = new Uint32Array(lookups.length);
  for (let at = lookups.length - 1; at >= 0; at--) {
    const page = lookups[at]?.page ?? "";
    nexts[at] = last.get(page) ?? 2 ** 32 - 1;
    last.set(page, at);
  }
  return (at) => nexts[at] ?? 0;
}

const ENUMS = [
  "Batch",
  "EventKind",
  "EventRow",
  "Kind",
  "Page",
  "PoolCount",
  "Replacement",
  "Status",
  "TallyWord",
  "WindowWord",
] as const;
type Enums = { [K in (typeof ENUMS)[number]]: { [N in keyof Core[K]]: number } };

/** The core's enums, whose values the loader gives as globals. */
function enumsOf(core: Core): Enums {
  const read = (name: (typeof ENUMS)[number]) => {
    const values = Object.entries(core[name]).map(([key, global]) => [key, Number(global)] as const);
    return [name, Object.fromEntries(values)] as const;
  };
  return Object.fromEntries(ENUMS.map(read)) as unknown as Enums;
}
