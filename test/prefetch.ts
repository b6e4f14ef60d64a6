// The core's TLB prefetchers and prefetch buffers under the names and with the values of their naive twins.

import type { PrefetchConfig } from "../src/config/model.js";
import type { Core } from "./testing.js";

export class CorePrefetcher {
  private readonly core: Core;
  private readonly at: number;
  private readonly byKey: boolean;

  constructor(core: Core, { policy, degree, entries }: PrefetchConfig) {
    const { Prefetch } = core;
    const numbers = {
      next: Prefetch.Next,
      stride: Prefetch.Stride,
      distance: Prefetch.Distance,
      recency: Prefetch.Recency,
    };
    this.core = core;
    this.byKey = policy === "recency";
    this.at = core.makePrefetcher(numbers[policy], degree, entries);
    if (this.at === 0) throw new Error("memory is used up");
  }

  miss(vpn: bigint, pc: bigint, key: bigint): bigint[] {
    const { core, at } = this;
    const count = core.missAt(at, this.byKey ? key : vpn, pc);
    return [...new BigUint64Array(core.memory.buffer, core.predictionsAt(), count)];
  }

  evicted(key: bigint): void {
    this.core.evictedAt(this.at, key);
  }
}

export class CoreBuffer {
  private readonly core: Core;
  private readonly at: number;

  constructor(core: Core, entries: number) {
    this.core = core;
    this.at = core.makeBuffer(entries);
    if (this.at === 0) throw new Error("memory is used up");
  }

  get length(): number {
    return this.core.lengthAt(this.at);
  }

  holds(key: bigint, loose: bigint): boolean {
    return Boolean(this.core.holdsAt(this.at, key, loose));
  }

  take(key: bigint, loose: bigint): bigint {
    return BigInt.asUintN(64, this.core.takeAt(this.at, key, loose));
  }

  put(word: bigint): bigint {
    return BigInt.asUintN(64, this.core.putAt(this.at, word));
  }

  dropWhere(mask: bigint, value: bigint): number {
    return this.core.dropWhereAt(this.at, mask, value);
  }
}
