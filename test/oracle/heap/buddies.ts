import type { HeapPolicy } from "../../../src/heap/policy.js";
import { type Block, NaiveHeap } from "./heap.js";

/** A heap of buddies. */
export class NaiveBuddies extends NaiveHeap {
  constructor(policy: HeapPolicy) {
    super(policy);
    if (policy.chunk > 0) this.grow(policy.chunk);
  }

  /** The power of two for a payload. */
  private sizeFor(payload: number): number {
    let size = 1;
    while (size < payload + this.policy.header || size < this.minimum) size *= 2;
    return size;
  }

  protected take(payload: number): Block | undefined {
    const wanted = this.sizeFor(payload);
    if (wanted > 2 ** 31) return undefined;
    const block = this.find(wanted);
    if (!block) return undefined;
    this.free.splice(this.free.indexOf(block), 1);
    block.used = true;
    this.halve(block, wanted);
    return block;
  }

  private find(wanted: number): Block | undefined {
    if (!this.smallestFrom(wanted) && this.isPassDue) this.mergeAll();
    if (!this.smallestFrom(wanted) && !this.grow(wanted) && this.canMerge) this.mergeAll();
    return this.smallestFrom(wanted);
  }

  /** Of the smallest that are large enough, the one freed last. */
  private smallestFrom(wanted: number): Block | undefined {
    const large = this.free.filter(({ size }) => size >= wanted);
    const least = Math.min(...large.map(({ size }) => size));
    return large.find(({ size }) => size === least);
  }

  private halve(block: Block, wanted: number): void {
    while (block.size > wanted) {
      block.size /= 2;
      const half = { at: block.at + block.size, size: block.size, used: false };
      this.addBlock(half);
      this.free.unshift(half);
      this.counts.splits++;
    }
  }

  private grow(wanted: number): boolean {
    const step = Math.max(wanted, this.policy.chunk);
    const from = this.top - this.first;
    const to = Math.ceil(from / step) * step + step;
    if (to - from > this.room) return false;
    while (!this.smallestFrom(wanted)) {
      const place = this.top - this.first;
      let size = step;
      while (place % size !== 0) size /= 2;
      const block = { at: this.top, size, used: false };
      this.sbrk(size);
      this.blocks.push(block);
      this.restore(block);
    }
    return true;
  }

  private restore(block: Block): void {
    this.free.unshift(this.policy.coalescing === "immediate" ? this.join(block) : block);
  }

  /** A block with its buddy, and theirs, as far as they are free. It is in no list, and neither is the result. */
  private join(block: Block): Block {
    const place = block.at - this.first;
    const isLeft = (place / block.size) % 2 === 0;
    const at = isLeft ? block.at + block.size : block.at - block.size;
    const buddy = this.blocks.find((each) => each.at === at && each.size === block.size && !each.used);
    if (!buddy || block.size >= 2 ** 31) return block;
    this.free.splice(this.free.indexOf(buddy), 1);
    const [left, right] = isLeft ? [block, buddy] : [buddy, block];
    this.removeBlock(right);
    left.size *= 2;
    this.counts.merges++;
    return this.join(left);
  }

  private mergeAll(): void {
    this.walked = this.blocks.length;
    this.freed = 0;
    this.free = this.blocks.filter(({ used }) => !used);
    for (let merged = true; merged; ) {
      merged = false;
      for (const block of [...this.free]) {
        if (!this.free.includes(block)) continue;
        const { merges } = this.counts;
        this.free.splice(this.free.indexOf(block), 1);
        const whole = this.join(block);
        merged ||= this.counts.merges > merges;
        this.free.push(whole);
      }
    }
    this.free.sort((a, b) => b.at - a.at);
  }

  protected takeAligned(payload: number, alignment: number): number | undefined {
    if (payload + alignment > this.policy.limit) return undefined;
    const block = this.take(payload + alignment);
    return block && Math.ceil((block.at + 4) / alignment) * alignment;
  }

  protected give(block: Block): void {
    block.used = false;
    this.freed++;
    this.restore(block);
  }

  protected resizeInPlace(block: Block, payload: number, shift: number): boolean {
    const wanted = this.sizeFor(shift + payload);
    if (wanted <= block.size) {
      this.halve(block, wanted);
      return true;
    }
    if ((block.at - this.first) % wanted !== 0) return false;
    const taken: Block[] = [];
    for (let size = block.size; size < wanted; size *= 2) {
      const buddy = this.blocks.find(
        (each) => each.at === block.at + size && each.size === size && !each.used,
      );
      if (!buddy) return false;
      taken.push(buddy);
    }
    for (const buddy of taken) {
      this.free.splice(this.free.indexOf(buddy), 1);
      this.removeBlock(buddy);
      this.counts.merges++;
    }
    block.size = wanted;
    return true;
  }
}
