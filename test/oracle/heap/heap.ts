// A heap as an array of blocks in order of address, with each rule written as it is told. Pointers and places are offsets from the heap's start.

import type { HeapPolicy } from "../../../src/heap/policy.js";
import { NaiveMaps } from "./maps.js";

/** A block: the place of the last four bytes of its header, which name it, and its bytes. */
export interface Block {
  at: number;
  size: number;
  used: boolean;
}

export interface Counts {
  failed: number;
  live: number;
  peakPayload: number;
  blocks: number;
  blockBytes: number;
  heapBytes: number;
  mmapBytes: number;
  peakBytes: number;
  sbrks: number;
  splits: number;
  merges: number;
  inPlace: number;
  copied: number;
}

/** What heaps of lists and of buddies have in common: requests, and what is counted of them. */
export abstract class NaiveHeap {
  readonly policy: HeapPolicy;
  readonly blocks: Block[] = [];
  /** The free blocks, the one freed last first. */
  free: Block[] = [];
  readonly maps: NaiveMaps;
  /** Where the first block is, and the place behind the last. */
  readonly first: number;
  top: number;
  /** Blocks freed since all were last merged, and blocks that were there then. */
  freed = 0;
  walked = 0;
  readonly counts: Counts;
  private readonly slots = new Map<number, { at: number; size: number }>();
  private alignment = 0;

  constructor(policy: HeapPolicy) {
    const { header, footer, footers } = policy;
    this.policy = policy;
    this.first = this.up(header) - 4 + (footers === "all" ? this.up(header + footer) : 0);
    this.top = this.first;
    this.maps = new NaiveMaps(policy, () => this.top + 4);
    this.counts = {
      failed: 0,
      live: 0,
      peakPayload: 0,
      blocks: 0,
      blockBytes: 0,
      heapBytes: this.top + 4,
      mmapBytes: 0,
      peakBytes: this.top + 4,
      sbrks: 0,
      splits: 0,
      merges: 0,
      inPlace: 0,
      copied: 0,
    };
  }

  protected abstract take(payload: number): Block | undefined;
  protected abstract takeAligned(payload: number, alignment: number): number | undefined;
  protected abstract give(block: Block): void;
  /** A block becomes one for so many bytes of payload, which begins further inside of it by `shift`; false where it can only do so elsewhere. */
  protected abstract resizeInPlace(block: Block, payload: number, shift: number): boolean;

  /** The smallest block: the policy's, or what header, footer and links need. */
  get minimum(): number {
    const { organisation, header, footer, footers, minBlock } = this.policy;
    const free = header + (organisation === "implicit" ? 0 : 8) + (footers === "none" ? 0 : footer);
    const used = header + 1 + (footers === "all" ? footer : 0);
    return Math.max(minBlock ?? 0, this.up(Math.max(free, used)));
  }

  up(bytes: number): number {
    const { alignment } = this.policy;
    return Math.ceil(bytes / alignment) * alignment;
  }

  /** The pointer of a slot's block; 0: it has none. */
  pointer(slot: number): number {
    return this.slots.get(slot)?.at ?? 0;
  }

  align(alignment: number): void {
    this.alignment = alignment;
  }

  malloc(slot: number, size: number): void {
    const { alignment } = this;
    this.alignment = 0;
    if (alignment !== 0 && !Number.isInteger(Math.log2(alignment))) this.took(slot, size, undefined);
    else if (alignment === 0) this.took(slot, size, this.allocate(size));
    else this.took(slot, size, this.allocateAligned(size, alignment));
  }

  calloc(slot: number, size: number): void {
    this.alignment = 0;
    this.took(slot, size, this.allocate(size));
  }

  release(slot: number): void {
    const block = this.slots.get(slot);
    if (!block) return;
    this.slots.delete(slot);
    this.counts.live -= block.size;
    this.counts.blocks--;
    this.giveBack(block.at);
    this.settle();
  }

  realloc(slot: number, size: number): void {
    this.alignment = 0;
    const old = this.slots.get(slot);
    if (size === 0) this.release(slot);
    else if (!old) this.took(slot, size, this.allocate(size));
    else this.resize(slot, old, size);
  }

  private resize(slot: number, old: { at: number; size: number }, size: number): void {
    let at: number | undefined = old.at;
    if (this.staysInPlace(old.at, size)) {
      this.counts.inPlace++;
    } else {
      at = this.allocate(size);
      if (at !== undefined) {
        this.counts.copied += Math.min(old.size, size);
        this.giveBack(old.at);
      }
    }
    if (at === undefined) {
      this.counts.failed++;
      this.settle();
      return;
    }
    this.slots.set(slot, { at, size });
    this.counts.live += size - old.size;
    this.settle();
  }

  private staysInPlace(at: number, size: number): boolean {
    if (this.policy.realloc === "copy") return false;
    if (this.maps.has(at)) return this.maps.stays(at, size);
    if (this.isLarge(size)) return false;
    const block = this.blockOf(at);
    return this.resizeInPlace(block, size, at - 4 - block.at);
  }

  private allocate(size: number): number | undefined {
    if (this.isLarge(size)) return this.maps.allocate(size, 16);
    const block = this.take(size);
    return block && block.at + 4;
  }

  private allocateAligned(size: number, alignment: number): number | undefined {
    if (alignment <= this.policy.alignment) return this.allocate(size);
    if (this.isLarge(size)) return this.maps.allocate(size, alignment);
    return this.takeAligned(size, alignment);
  }

  private isLarge(size: number): boolean {
    const { mmapThreshold, limit } = this.policy;
    return size >= Math.min(mmapThreshold ?? limit, limit);
  }

  /** The block that a pointer points into. */
  private blockOf(at: number): Block {
    const block = this.blocks.find((block) => block.at < at && at < block.at + block.size);
    if (!block?.used) throw new Error(`no block at ${at}`);
    return block;
  }

  private giveBack(at: number): void {
    if (this.maps.has(at)) this.maps.release(at);
    else this.give(this.blockOf(at));
  }

  private took(slot: number, size: number, at: number | undefined): void {
    if (at === undefined) {
      this.counts.failed++;
      this.slots.delete(slot);
    } else {
      this.slots.set(slot, { at, size });
      this.counts.live += size;
      this.counts.blocks++;
    }
    this.settle();
  }

  private settle(): void {
    const { counts } = this;
    counts.mmapBytes = this.maps.bytes;
    const used = this.blocks.filter(({ used }) => used).reduce((sum, { size }) => sum + size, 0);
    counts.blockBytes = used + this.maps.bytes;
    counts.peakPayload = Math.max(counts.peakPayload, counts.live);
    counts.peakBytes = Math.max(counts.peakBytes, this.maps.peakWith);
  }

  /** Grows the heap; false where that is beyond the limit. */
  protected sbrk(bytes: number): boolean {
    if (bytes > this.room) return false;
    this.top += bytes;
    this.counts.heapBytes = this.top + 4;
    this.counts.sbrks++;
    this.counts.peakBytes = Math.max(this.counts.peakBytes, this.top + 4 + this.maps.bytes);
    return true;
  }

  protected get room(): number {
    return this.maps.low - (this.top + 4);
  }

  /** Whether all neighbours are to be merged before the heap grows. */
  protected get isPassDue(): boolean {
    return this.canMerge && this.freed * 16 >= this.walked;
  }

  protected get canMerge(): boolean {
    return this.policy.coalescing === "deferred" && this.freed > 0;
  }

  protected removeBlock(block: Block): void {
    this.blocks.splice(this.blocks.indexOf(block), 1);
  }

  protected addBlock(block: Block): void {
    const place = this.blocks.findIndex(({ at }) => at > block.at);
    this.blocks.splice(place < 0 ? this.blocks.length : place, 0, block);
  }
}
