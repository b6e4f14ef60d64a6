// The walk: which entries are read, from below the deepest walk cache that hits down to the leaf.

import type { Core } from "./cores.js";
import type { Hashed } from "./flat.js";
import type { Host } from "./nested.js";
import type { Reads } from "./reads.js";
import type { Size } from "./shapes.js";
import type { Space } from "./spaces.js";

/** The page that is walked to, and whose tables are read: by a core, under the tag of what runs there. */
export interface Goal {
  core: Core;
  tag: number;
  owner: Space;
  size: Size;
  va: bigint;
}

export class Walker {
  private readonly reads: Reads;
  private readonly host: Host | null;
  private readonly hashed: Hashed | null;

  constructor(reads: Reads, host: Host | null, hashed: Hashed | null) {
    this.reads = reads;
    this.host = host;
    this.hashed = hashed;
  }

  /** For a lookup: reads an entry a level, of tables that are not there too. */
  walk(goal: Goal): void {
    this.reads.isAhead = false;
    this.read(goal, false);
  }

  /** Ahead of need: ends at the first entry that is not there. */
  walkAhead(goal: Goal): void {
    this.reads.isAhead = true;
    this.read(goal, true);
  }

  private read(goal: Goal, endsEarly: boolean): void {
    const { core, tag, owner, size, va } = goal;
    if (this.hashed) {
      // Where their entries are is not told: no data cache can stand before them here.
      const reads = this.hashed.reads(owner.number, va);
      for (let i = 0; i < reads; i++) this.reads.read(undefined);
      return;
    }
    const start = core.walkCaches.start(va, tag, size.level);
    for (let level = start; level <= size.level; level++) {
      const entry = owner.entry(level, va);
      if (entry === undefined && endsEarly) return;
      // A walk cache gives where a table is in the host's memory; a table above none is the root.
      if (entry !== undefined && (level > start || level === 0)) this.translate(core, entry);
      this.reads.read(entry);
      const leadsOn = level < size.level && owner.entry(level + 1, va) !== undefined;
      if (leadsOn) core.walkCaches.learn(va, tag, level);
    }
    const page = owner.page(size, va);
    if (page) this.translate(core, page.pa + offsetIn(size, va));
  }

  private translate(core: Core, gpa: bigint): void {
    if (this.host && core.host) this.host.translate(core.host, gpa);
  }
}

/** How far into its page an address is. */
export function offsetIn(size: Size, va: bigint): bigint {
  return va & ((1n << size.bits) - 1n);
}
