import type { HeapPolicy } from "../../../src/heap/policy.js";
import { Finder } from "./finder.js";
import { type Block, NaiveHeap } from "./heap.js";

/** A heap whose free blocks are found in lists or trees. */
export class NaiveLists extends NaiveHeap {
  private readonly finder: Finder;

  constructor(policy: HeapPolicy) {
    super(policy);
    this.finder = new Finder(policy, this.first);
    if (policy.chunk > 0) this.insert(this.extend(policy.chunk));
  }

  private get split(): number {
    return Math.max(this.policy.splitThreshold ?? 0, this.minimum);
  }

  private bytesFor(payload: number): number {
    const { header, footer, footers } = this.policy;
    return Math.max(this.minimum, this.up(payload + header + (footers === "all" ? footer : 0)));
  }

  protected take(payload: number): Block | undefined {
    const bytes = this.bytesFor(payload);
    const block = this.findOrGrow(bytes);
    if (block) this.place(block, bytes);
    return block;
  }

  /** A free block that no search finds any more. */
  private findOrGrow(bytes: number): Block | undefined {
    const found = this.takeFound(bytes);
    if (found) return found;
    if (this.isPassDue) {
      this.mergeAll();
      const merged = this.takeFound(bytes);
      if (merged) return merged;
    }
    const grown = this.grow(bytes);
    if (grown || !this.canMerge) return grown;
    this.mergeAll();
    return this.takeFound(bytes);
  }

  private takeFound(bytes: number): Block | undefined {
    const block = this.finder.find(this.blocks, this.free, bytes);
    if (block) this.remove(block);
    return block;
  }

  private grow(bytes: number): Block | undefined {
    const { extend, chunk } = this.policy;
    if (extend === "whole") return this.extend(Math.max(bytes, chunk));
    const tail = this.tail;
    if (!tail || tail.size < bytes) return this.extend(Math.max(bytes - (tail?.size ?? 0), chunk));
    this.remove(tail);
    return tail;
  }

  /** The last block, if it is free and growth is merged with it. */
  private get tail(): Block | undefined {
    const { coalescing, footers } = this.policy;
    const last = this.blocks.at(-1);
    return last && !last.used && coalescing !== "none" && footers !== "none" ? last : undefined;
  }

  private extend(bytes: number): Block | undefined {
    const { tail, top } = this;
    if (!this.sbrk(bytes)) return undefined;
    if (!tail) {
      const block = { at: top, size: bytes, used: false };
      this.blocks.push(block);
      return block;
    }
    this.remove(tail);
    tail.size += bytes;
    this.counts.merges++;
    this.finder.merged(tail);
    return tail;
  }

  private place(block: Block, bytes: number): void {
    block.used = true;
    this.cut(block, bytes);
  }

  /** What a block has too much becomes a free one. */
  private cut(block: Block, bytes: number): void {
    const rest = block.size - bytes;
    if (rest < this.split) return;
    block.size = bytes;
    const left = { at: block.at + bytes, size: rest, used: false };
    this.addBlock(left);
    this.insert(left);
    this.counts.splits++;
  }

  protected takeAligned(payload: number, alignment: number): number | undefined {
    if (payload + alignment + this.minimum > this.policy.limit) return undefined;
    const bytes = this.bytesFor(payload);
    const block = this.findOrGrow(bytes + alignment + this.minimum);
    if (!block) return undefined;
    let at = Math.ceil((block.at + 4) / alignment) * alignment;
    const gap = at - (block.at + 4);
    if (gap > 0 && gap < this.minimum) at = Math.ceil((block.at + 4 + this.minimum) / alignment) * alignment;
    const front = at - (block.at + 4);
    if (front === 0) {
      this.place(block, bytes);
      return at;
    }
    const aligned = { at: at - 4, size: block.size - front, used: false };
    block.size = front;
    this.addBlock(aligned);
    this.place(aligned, bytes);
    this.insert(block);
    this.counts.splits++;
    return at;
  }

  protected give(block: Block): void {
    block.used = false;
    if (this.policy.coalescing !== "immediate") {
      this.freed++;
      this.insert(block);
      return;
    }
    const place = this.blocks.indexOf(block);
    const next = this.blocks[place + 1];
    const previous = this.blocks[place - 1];
    let whole = block;
    if (next && !next.used) whole = this.join(block, next, next);
    if (previous && !previous.used) whole = this.join(previous, block, previous);
    this.finder.merged(whole);
    this.insert(whole);
  }

  /** Two neighbours become one, of which `known` was free and is no longer known as such. */
  private join(left: Block, right: Block, known: Block): Block {
    this.remove(known);
    this.removeBlock(right);
    left.size += right.size;
    this.counts.merges++;
    return left;
  }

  private mergeAll(): void {
    this.walked = this.blocks.length;
    this.freed = 0;
    for (let place = 0; place + 1 < this.blocks.length; ) {
      const [block, next] = this.blocks.slice(place, place + 2) as [Block, Block];
      if (block.used || next.used) {
        place++;
        continue;
      }
      this.removeBlock(next);
      block.size += next.size;
      this.counts.merges++;
      this.finder.merged(block);
    }
    this.finder.reset();
    this.free = this.blocks.filter(({ used }) => !used).reverse();
  }

  protected resizeInPlace(block: Block, payload: number): boolean {
    const bytes = this.bytesFor(payload);
    if (bytes <= block.size) {
      this.shrink(block, bytes);
      return true;
    }
    const next = this.blocks[this.blocks.indexOf(block) + 1];
    const after = next && !next.used ? next : undefined;
    const have = block.size + (after?.size ?? 0);
    if (have < bytes) {
      if (block.at + have !== this.top) return false;
      const more = Math.max(bytes - have, this.policy.chunk);
      if (!this.sbrk(more)) return false;
      block.size += more;
    }
    if (after) {
      this.remove(after);
      this.removeBlock(after);
      block.size += after.size;
    }
    this.counts.merges++;
    this.finder.merged(block);
    this.cut(block, bytes);
    return true;
  }

  private shrink(block: Block, bytes: number): void {
    const rest = block.size - bytes;
    if (rest < this.split) return;
    block.size = bytes;
    const left = { at: block.at + bytes, size: rest, used: true };
    this.addBlock(left);
    this.counts.splits++;
    this.give(left);
  }

  private insert(block: Block | undefined): void {
    if (block) this.free.unshift(block);
  }

  private remove(block: Block): void {
    this.finder.removing(this.free, block);
    this.free.splice(this.free.indexOf(block), 1);
  }
}
