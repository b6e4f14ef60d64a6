import { HUGE, NULL_SLOT, OP_SHIFT, type OpCodes, SLOT_MASK } from "./opcodes.js";
import type { OpStream } from "./opstream.js";

/** Requests whose sizes are in (upTo / 2, upTo]; of the first class, 0. */
export interface SizeClass {
  upTo: number;
  /** Allocations, and reallocations by their new size; and the bytes that they ask for. */
  requests: number;
  bytes: number;
}

/** Blocks that lived in (upTo / 2, upTo] operations, from the one that made them to the one that freed them. */
export interface LifetimeClass {
  upTo: number;
  blocks: number;
  /** Their sizes when they were freed. */
  bytes: number;
}

/** What a program asks of its heap, whatever the policy. */
export interface Demand {
  /** Operations, by what they are; `aligned` are among `malloc`. */
  operations: { malloc: number; calloc: number; realloc: number; free: number; aligned: number };
  sizes: SizeClass[];
  /** Requests of 4 GiB - 1 and more, and products of calloc that are no size: they fail in any heap, and are in no class. */
  huge: number;
  lifetimes: LifetimeClass[];
  /** Blocks that nothing frees. */
  neverFreed: { blocks: number; bytes: number };
  /** The most that is live at once, if every other request is fulfilled; and behind which operation that first is so, from 1. */
  peak: { payload: number; blocks: number; operation: number };
}

/** @param slots slots that the operations use */
export function demandOf(ops: OpStream, slots: number, op: OpCodes): Demand {
  const survey = new DemandSurvey(slots, op);
  ops.each(0, ops.length, (words) => survey.take(words));
  return survey.result();
}

class DemandSurvey {
  private readonly op: OpCodes;
  private readonly counts = { malloc: 0, calloc: 0, realloc: 0, free: 0, aligned: 0 };
  private readonly requests = new Classes();
  private readonly lifetimes = new Classes();
  /** By slot: the size of its block, and the operation that made it; 0 where it has none. */
  private readonly sizes: Uint32Array;
  private readonly births: Uint32Array;
  private huge = 0;
  private at = 0;
  private live = 0;
  private blocks = 0;
  private peak = { payload: 0, blocks: 0, operation: 0 };

  constructor(slots: number, op: OpCodes) {
    this.op = op;
    this.sizes = new Uint32Array(slots);
    this.births = new Uint32Array(slots);
  }

  take(words: Uint32Array): void {
    const { op, counts } = this;
    for (let i = 0; i < words.length; i += 2) {
      const word = words[i] as number;
      const size = words[i + 1] as number;
      const slot = word & SLOT_MASK;
      const code = word >>> OP_SHIFT;
      if (code === op.Align) {
        counts.aligned++;
        continue;
      }
      this.at++;
      if (code === op.Free) {
        counts.free++;
        this.end(slot);
      } else if (code === op.Realloc) {
        counts.realloc++;
        this.resize(slot, size);
      } else {
        if (code === op.Calloc) counts.calloc++;
        else counts.malloc++;
        this.begin(slot, size);
      }
    }
  }

  result(): Demand {
    let blocks = 0;
    let bytes = 0;
    for (const [slot, birth] of this.births.entries()) {
      if (birth === 0) continue;
      blocks++;
      bytes += this.sizes[slot] ?? 0;
    }
    return {
      operations: this.counts,
      sizes: this.requests.rows().map(({ upTo, count, bytes }) => ({ upTo, requests: count, bytes })),
      huge: this.huge,
      lifetimes: this.lifetimes.rows().map(({ upTo, count, bytes }) => ({ upTo, blocks: count, bytes })),
      neverFreed: { blocks, bytes },
      peak: this.peak,
    };
  }

  private begin(slot: number, size: number): void {
    if (this.asked(size)) this.make(slot, size);
  }

  private make(slot: number, size: number): void {
    this.births[slot] = this.at;
    this.sizes[slot] = size;
    this.blocks++;
    this.grown(size);
  }

  private resize(slot: number, size: number): void {
    const isBlock = this.births[slot] !== 0;
    if (size === 0 && isBlock) this.end(slot);
    else if (!this.asked(size)) return;
    else if (!isBlock) this.make(slot, size);
    else {
      const before = this.sizes[slot] as number;
      this.sizes[slot] = size;
      this.grown(size - before);
    }
  }

  private end(slot: number): void {
    if (slot === NULL_SLOT || this.births[slot] === 0) return;
    const size = this.sizes[slot] as number;
    this.lifetimes.add(this.at - (this.births[slot] as number), size);
    this.births[slot] = 0;
    this.blocks--;
    this.live -= size;
  }

  /** Counts a request. Whether a heap could fulfil it. */
  private asked(size: number): boolean {
    if (size === HUGE) this.huge++;
    else this.requests.add(size, size);
    return size !== HUGE;
  }

  private grown(by: number): void {
    this.live += by;
    if (this.live > this.peak.payload) {
      this.peak.payload = this.live;
      this.peak.operation = this.at;
    }
    if (this.blocks > this.peak.blocks) this.peak.blocks = this.blocks;
  }
}

/** Counts by powers of two. */
class Classes {
  private readonly counts = new Float64Array(34);
  private readonly bytes = new Float64Array(34);

  add(value: number, bytes: number): void {
    // 0, 1, 2, 3 to 4, 5 to 8 ...
    const at = value === 0 ? 0 : 33 - Math.clz32(value - 1);
    this.counts[at] = (this.counts[at] as number) + 1;
    this.bytes[at] = (this.bytes[at] as number) + bytes;
  }

  /** Those that are not empty. */
  rows(): { upTo: number; count: number; bytes: number }[] {
    return Array.from(this.counts, (count, at) => {
      return { upTo: at === 0 ? 0 : 2 ** (at - 1), count, bytes: this.bytes[at] ?? 0 };
    }).filter(({ count }) => count > 0);
  }
}
