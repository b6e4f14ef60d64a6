import type { HeapPolicy } from "../../../src/heap/policy.js";
import type { Block } from "./heap.js";

/** Which free block each policy takes. */
export class Finder {
  private readonly policy: HeapPolicy;
  /** Under next fit in order of address: where the next search begins. */
  private rover: number;
  /** Under next fit in lists: the block that it begins at, by class; without one, the first. */
  private rovers = new Map<number, Block>();

  constructor(policy: HeapPolicy, first: number) {
    this.policy = policy;
    this.rover = first;
  }

  /** @param free the one freed last first */
  find(blocks: readonly Block[], free: readonly Block[], bytes: number): Block | undefined {
    switch (this.policy.organisation) {
      case "implicit":
      case "explicit-address":
        return this.byAddress(
          blocks.filter(({ used }) => !used),
          bytes,
        );
      case "explicit-lifo":
        return this.inList(free, bytes, 0);
      case "segregated":
        return this.inClasses(free, bytes);
      default:
        return this.twoLevel(free, bytes);
    }
  }

  /** What was in this place has become one block. */
  merged({ at, size }: Block): void {
    if (at <= this.rover && this.rover < at + size) this.rover = at;
  }

  /** A block is about to leave its list. */
  removing(free: readonly Block[], block: Block): void {
    const key = this.classKey(block.size);
    if (this.rovers.get(key) !== block) return;
    const list = free.filter(({ size }) => this.classKey(size) === key);
    const next = list[list.indexOf(block) + 1];
    if (next) this.rovers.set(key, next);
    else this.rovers.delete(key);
  }

  reset(): void {
    this.rovers.clear();
  }

  private byAddress(free: readonly Block[], bytes: number): Block | undefined {
    const large = free.filter(({ size }) => size >= bytes);
    switch (this.policy.fit) {
      case "first":
        return large[0];
      case "next": {
        const found = large.find(({ at }) => at >= this.rover) ?? large[0];
        if (found) this.rover = found.at;
        return found;
      }
      case "best":
        return smallest(large);
      default:
        return largest(large);
    }
  }

  private inList(list: readonly Block[], bytes: number, key: number): Block | undefined {
    const large = list.filter(({ size }) => size >= bytes);
    switch (this.policy.fit) {
      case "first":
        return large[0];
      case "next": {
        const rover = this.rovers.get(key);
        const from = rover ? list.indexOf(rover) : 0;
        const found = large.find((block) => list.indexOf(block) >= from) ?? large[0];
        if (found) this.rovers.set(key, found);
        return found;
      }
      case "best":
        return smallest(large);
      default:
        return largest(large);
    }
  }

  private inClasses(free: readonly Block[], bytes: number): Block | undefined {
    if (this.policy.fit === "worst") {
      const most = Math.max(...free.map(({ size }) => this.classKey(size)));
      return this.inList(this.classOf(free, most), bytes, most);
    }
    const keys = [...new Set(free.map(({ size }) => this.classKey(size)))].sort((a, b) => a - b);
    for (const key of keys.filter((key) => key >= this.classKey(bytes))) {
      const list = this.classOf(free, key);
      const found = this.inList(key < 64 ? list : this.ofRange(list), bytes, key);
      if (found) return found;
    }
    return undefined;
  }

  /** What is looked at of a class that is a range of sizes. */
  private ofRange(list: readonly Block[]): readonly Block[] {
    if (this.policy.fit === "first") return list.slice(0, 16);
    // Trees are in order of address.
    return this.policy.fit === "best" ? [...list].sort((a, b) => a.at - b.at) : list;
  }

  private classOf(free: readonly Block[], key: number): Block[] {
    return free.filter(({ size }) => this.classKey(size) === key);
  }

  /** Classes of segregated lists: each size below 64 units; above, two in a power of two. Other lists are one class. */
  private classKey(size: number): number {
    if (this.policy.organisation !== "segregated") return 0;
    const units = size / this.policy.alignment;
    if (units < 64) return units;
    let key = 64;
    for (let from = 64; ; from *= 2, key += 2) {
      if (units < from * 1.5) return key;
      if (units < from * 2) return key + 1;
    }
  }

  /** The lowest class with a block of those of which all blocks are large enough. Classes: each size below 32 units; above, 32 in a power of two. */
  private twoLevel(free: readonly Block[], bytes: number): Block | undefined {
    const floor = (size: number) => {
      const units = size / this.policy.alignment;
      if (units < 32) return units;
      let step = 1;
      while (units >= step * 64) step *= 2;
      return Math.floor(units / step) * step;
    };
    const wanted = bytes / this.policy.alignment;
    const floors = free.map(({ size }) => floor(size)).filter((least) => least >= wanted);
    const least = Math.min(...floors);
    return free.find(({ size }) => floor(size) === least);
  }
}

/** Of several the first. */
function smallest(blocks: readonly Block[]): Block | undefined {
  const least = Math.min(...blocks.map(({ size }) => size));
  return blocks.find(({ size }) => size === least);
}

function largest(blocks: readonly Block[]): Block | undefined {
  const most = Math.max(...blocks.map(({ size }) => size));
  return blocks.find(({ size }) => size === most);
}
