// The core's set-associative arrays under the names and with the values of their naive twin.

import type { SetsPolicy } from "./oracle/sets.js";
import type { Core } from "./testing.js";

export class CoreSets {
  private readonly core: Core;
  private readonly at: number;
  /** The bits of every search that are not name. */
  private readonly loose: bigint;

  constructor(
    core: Core,
    sets: number,
    ways: number,
    policy: SetsPolicy,
    { index = "mod" as "mod" | "xor", random = 1n, loose = 1n } = {},
  ) {
    const { Index } = core;
    this.core = core;
    this.loose = loose;
    this.at = core.newSets(
      sets,
      ways,
      policyNumber(core, policy),
      index === "mod" ? Index.Mod : Index.Xor,
      random,
    );
    if (this.at === 0) throw new Error("memory is used up");
  }

  setOf(number: bigint): number {
    return this.core.setOf(this.at, number);
  }

  find(set: number, key: bigint): bigint {
    return this.word(this.core.findIn(this.at, set, key, this.loose));
  }

  touch(set: number, key: bigint): bigint {
    return this.word(this.core.touchIn(this.at, set, key, this.loose));
  }

  insert(set: number, word: bigint): bigint {
    return BigInt.asUintN(64, this.core.insertIn(this.at, set, word));
  }

  drop(set: number, key: bigint): void {
    this.core.dropIn(this.at, set, this.core.findIn(this.at, set, key, this.loose));
  }

  dropWhere(mask: bigint, value: bigint): number {
    return this.core.dropWhereIn(this.at, mask, value);
  }

  dropAll(): number {
    return this.core.dropAllIn(this.at);
  }

  addUses(set: number, key: bigint, uses: bigint): void {
    this.core.addUsesIn(this.at, set, this.core.findIn(this.at, set, key, this.loose), uses);
  }

  /** A bit of state is set where `touch` or `find` leads. */
  mark(set: number, key: bigint, bits: bigint): void {
    const view = new DataView(this.core.memory.buffer);
    const place = this.core.findIn(this.at, set, key, this.loose);
    view.setBigUint64(place, view.getBigUint64(place, true) | bits, true);
  }

  private word(place: number): bigint {
    return place === 0 ? 0n : new DataView(this.core.memory.buffer).getBigUint64(place, true);
  }
}

export function policyNumber(core: Core, policy: SetsPolicy): number {
  const { Policy } = core;
  const numbers = {
    lru: Policy.Lru,
    fifo: Policy.Fifo,
    plru: Policy.Plru,
    nru: Policy.Nru,
    random: Policy.Random,
    srrip: Policy.Srrip,
    brrip: Policy.Brrip,
    lfu: Policy.Lfu,
    ideal: Policy.Ideal,
  };
  return numbers[policy];
}
