// A virtual machine's second table: what the guest takes for physical addresses is translated once more.

import type { NestedConfig } from "../../src/config/model.js";
import type { Physical } from "./physical.js";
import type { Reads } from "./reads.js";
import { NaiveSets } from "./sets.js";
import { cut, type Shape, shapeOf } from "./shapes.js";
import { Tree } from "./tree.js";
import { type HitsAndMisses, NaiveWalkCaches } from "./walkcaches.js";

/** Guest tables lie below, and are the same for guest and host; guest pages lie above. */
const FIRST_FRAME = 1n << 32n;
/** There is one virtual machine. */
const TAG = 1;

/** What a core remembers of the host's table. */
export interface HostCore {
  tlb: NaiveSets | null;
  caches: NaiveWalkCaches;
}

export class Host {
  readonly shape: Shape;
  /** Tables by level. */
  readonly tables: number[];
  readonly tally: HitsAndMisses = { hits: 0, misses: 0 };
  readonly cacheTallies: HitsAndMisses[];
  private readonly config: NestedConfig;
  private readonly tree: Tree;
  private readonly reads: Reads;
  private readonly bits: bigint;
  private readonly leaf: number;
  /** Where pages are, by their guest-physical number. */
  private readonly pages = new Map<bigint, bigint>();
  private nextFrame = FIRST_FRAME;

  constructor(config: NestedConfig, memory: Physical, reads: Reads) {
    this.config = config;
    this.shape = shapeOf(config.pageTable);
    this.tables = this.shape.levels.map(() => 0);
    this.cacheTallies = config.walkCache.map(() => ({ hits: 0, misses: 0 }));
    this.tree = new Tree(this.shape, memory, this.tables);
    this.reads = reads;
    const size = this.shape.sizes.find(({ name }) => name === config.pageSize);
    this.bits = size?.bits ?? 0n;
    this.leaf = size?.level ?? 0;
  }

  newCore(stateOf: (array: number) => bigint, core: number): HostCore {
    const { tlb, walkCache } = this.config;
    return {
      tlb: tlb && new NaiveSets(tlb.entries / tlb.ways, tlb.ways, tlb.policy, "mod", stateOf(3000)),
      caches: new NaiveWalkCaches(walkCache, this.shape, this.cacheTallies, (i) =>
        stateOf(3001 + 64 * core + i),
      ),
    };
  }

  /** Translates a guest-physical address: what the TLB does not know is walked for. */
  translate({ tlb, caches }: HostCore, gpa: bigint): void {
    const number = gpa >> this.bits;
    const word = number * 2n + 1n;
    const set = tlb?.setOf(number) ?? 0;
    if (tlb && tlb.touch(set, word, 0n) !== 0n) {
      this.tally.hits++;
      return;
    }
    if (tlb) this.tally.misses++;
    this.physical(gpa);
    const va = cut(this.shape, gpa);
    const start = caches.start(va, TAG, this.leaf);
    for (let level = start; level <= this.leaf; level++) {
      this.reads.read(this.tree.entry(level, va), true);
      if (level < this.leaf) caches.learn(va, TAG, level);
    }
    tlb?.insert(set, word);
  }

  /** The physical address of a guest-physical one. The host maps its page if it has not yet; that costs nothing. */
  physical(gpa: bigint): bigint {
    const number = gpa >> this.bits;
    const offset = gpa - (number << this.bits);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = this.place(number << this.bits);
      this.pages.set(number, page);
      this.tree.extend(this.leaf, cut(this.shape, gpa));
    }
    return page + offset;
  }

  /** Guest-physical bytes as they lie in the host's pages. */
  pieces(gpa: bigint, bytes: number): { offset: bigint; pa: bigint; bytes: number }[] {
    const pieces = [];
    const end = gpa + BigInt(bytes);
    for (let at = gpa; at < end; ) {
      const pageEnd = ((at >> this.bits) + 1n) << this.bits;
      const pieceEnd = end < pageEnd ? end : pageEnd;
      pieces.push({ offset: at - gpa, pa: this.physical(at), bytes: Number(pieceEnd - at) });
      at = pieceEnd;
    }
    return pieces;
  }

  private place(gpa: bigint): bigint {
    if (gpa < FIRST_FRAME) return gpa;
    const bytes = 1n << this.bits;
    const at = ((this.nextFrame + bytes - 1n) / bytes) * bytes;
    this.nextFrame = at + bytes;
    return at;
  }
}
