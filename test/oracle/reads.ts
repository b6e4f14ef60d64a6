// Reads of page-table entries: counted, and sent through the data caches.

import type { NaiveCaches } from "./caches.js";

export class Reads {
  /** Of walks for lookups: of the machine's table and, nested, of the host's; and cycles of both. */
  walk = 0;
  host = 0;
  cycles = 0;
  /** Of walks ahead of need. */
  ahead = 0;
  readonly servedBy = { l1: 0, l2: 0, l3: 0, memory: 0 };
  /** Whether the walk under way is one ahead of need. */
  isAhead = false;
  private readonly caches: NaiveCaches;
  private readonly memoryLatency: number;

  constructor(caches: NaiveCaches, memoryLatency: number) {
    this.caches = caches;
    this.memoryLatency = memoryLatency;
  }

  /** The read of an entry; where there is no table to hold it, memory answers. */
  read(pa: bigint | undefined, isHost = false): void {
    const { level, cycles } =
      pa === undefined ? { level: 0, cycles: this.memoryLatency } : this.caches.walkRead(pa);
    this.servedBy[level === 0 ? "memory" : (`l${level}` as "l1" | "l2" | "l3")]++;
    if (this.isAhead) {
      this.ahead++;
      return;
    }
    this.walk++;
    if (isHost) this.host++;
    this.cycles += cycles;
  }
}
