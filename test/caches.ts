// The core's data caches under the names and with the values of their naive twin.

import { ACCESSES, type Access, type CacheConfig } from "../src/config/model.js";
import type { CacheStats } from "../src/engine/stats.js";
import { bytesOfSize } from "./oracle/caches.js";
import { policyNumber } from "./sets.js";
import type { Core } from "./testing.js";

interface Part {
  config: CacheConfig;
  counts: number;
}

export class CoreCaches {
  private readonly core: Core;
  private readonly parts: Part[];

  constructor(core: Core, configs: readonly CacheConfig[], memory: number, seed: number) {
    this.core = core;
    core.setMemoryLatency(memory);
    const numbered = configs.map((config, i) => ({ config, i }));
    this.parts = numbered
      .sort((one, other) => one.config.level - other.config.level)
      .map(({ config, i }) => ({
        config,
        counts: add(core, config, core.seedState(BigInt(seed), 2048n + BigInt(i))),
      }));
  }

  /** As the machine does: nothing where there are no caches. */
  access(va: bigint, pa: bigint, bytes: number, kind: Access): void {
    if (!this.core.caching.value) return;
    this.core.accessCaches(va, pa, BigInt(bytes), this.core.Access[NAMES[kind]]);
  }

  walkRead(pa: bigint): { level: number; cycles: number } {
    const level = this.core.readThrough(pa);
    return { level, cycles: this.core.readLatency(level) };
  }

  dataCycles(): bigint {
    return this.core.dataCycles.value;
  }

  stats(): Record<string, CacheStats> {
    return Object.fromEntries(this.parts.map(({ config, counts }) => [config.name, this.read(counts)]));
  }

  private read(counts: number): CacheStats {
    const { CacheCount } = this.core;
    const slots = new BigUint64Array(this.core.memory.buffer, counts, CacheCount.Length);
    // The loader gives globals in place of the numbers that its types tell of.
    const at = (slot: number) => Number(slots[Number(slot)]);
    const hits = [0, 1, 2, 3].map((asker) => at(CacheCount.InstructionHits + asker));
    const misses = [0, 1, 2, 3].map((asker) => at(CacheCount.InstructionMisses + asker));
    const [instruction = 0, load = 0, store = 0, walk = 0] = hits.map(
      (all, asker) => all + (misses[asker] ?? 0),
    );
    const sum = (numbers: number[]) => numbers.reduce((all, number) => all + number, 0);
    return {
      accesses: instruction + load + store + walk,
      hits: sum(hits),
      misses: sum(misses),
      writebacks: at(CacheCount.Writebacks),
      byKind: { instruction, load, store, walk },
    };
  }
}

const NAMES = { instruction: "Instruction", load: "Load", store: "Store" } as const;

function add(core: Core, config: CacheConfig, random: bigint): number {
  const { level, kinds, line, ways, policy, vipt, latency } = config;
  const bits = ACCESSES.filter((kind) => kinds.includes(kind)).reduce(
    (bits, kind) => bits | (1 << core.Access[NAMES[kind]]),
    0,
  );
  const sets = bytesOfSize(config.size) / line / ways;
  return core.addCache(
    level,
    bits,
    Math.log2(line),
    sets,
    ways,
    policyNumber(core, policy),
    vipt,
    random,
    latency,
  );
}
