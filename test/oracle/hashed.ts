// Page tables that are no tree, slot by slot, on lists.

export interface Found {
  found: boolean;
  /** Entries that the walk read. */
  reads: number;
}

const GOLDEN = 0x9e3779b97f4a7c15n;

/** The slot of a number among `slots`, a power of two: the top bits of a product of 64 bits. */
function hash(x: bigint, slots: number): number {
  return Number((BigInt.asUintN(64, x * GOLDEN) * BigInt(slots)) >> 64n);
}

/** The power of two that holds `count`, at least 2. */
function powerFor(count: number): number {
  let power = 2;
  while (power < count) power *= 2;
  return power;
}

const EMPTY = "empty";
const REMOVED = "removed";
type Slot = bigint | typeof EMPTY | typeof REMOVED;

function emptySlots(count: number): Slot[] {
  return Array.from({ length: count }, () => EMPTY);
}

/** Open addressing, linear probing. */
export class NaiveOpen {
  private slots: Slot[];

  constructor(slots: number) {
    this.slots = emptySlots(powerFor(slots));
  }

  get bytes(): number {
    return this.slots.length * 16;
  }

  insert(vpn: bigint): void {
    const used = this.slots.filter((slot) => slot !== EMPTY).length;
    if ((used + 1) * 4 > this.slots.length * 3) {
      const old = this.slots;
      this.slots = emptySlots(old.length * 2);
      for (const slot of old) if (typeof slot === "bigint") this.put(slot);
    }
    this.put(vpn);
  }

  remove(vpn: bigint): void {
    const at = this.slots.indexOf(vpn);
    if (at >= 0) this.slots[at] = REMOVED;
  }

  walk(vpn: bigint): Found {
    let reads = 0;
    for (const at of this.sequence(vpn)) {
      reads++;
      if (this.slots[at] === vpn) return { found: true, reads };
      if (this.slots[at] === EMPTY) break;
    }
    return { found: false, reads };
  }

  private put(vpn: bigint): void {
    const at = this.sequence(vpn).find((at) => typeof this.slots[at] !== "bigint");
    if (at === undefined) throw new RangeError("no slot is free");
    this.slots[at] = vpn;
  }

  /** All slots, in the order in which they are examined. */
  private sequence(vpn: bigint): number[] {
    const home = hash(vpn, this.slots.length);
    return this.slots.map((_, i) => (home + i) % this.slots.length);
  }
}

/** Chains of nodes, the newest at the head. */
export class NaiveChained {
  private buckets: bigint[][];

  constructor(slots: number) {
    this.buckets = Array.from({ length: powerFor(slots) }, () => []);
  }

  get bytes(): number {
    return this.buckets.length * 8 + this.nodes() * 24;
  }

  insert(vpn: bigint): void {
    if (this.nodes() + 1 > this.buckets.length) {
      const old = this.buckets;
      this.buckets = Array.from({ length: old.length * 2 }, () => []);
      for (const chain of old) for (const other of chain) this.bucket(other).unshift(other);
    }
    this.bucket(vpn).unshift(vpn);
  }

  remove(vpn: bigint): void {
    const chain = this.bucket(vpn);
    if (chain.includes(vpn)) chain.splice(chain.indexOf(vpn), 1);
  }

  walk(vpn: bigint): Found {
    const chain = this.bucket(vpn);
    const at = chain.indexOf(vpn);
    return { found: at >= 0, reads: 1 + (at >= 0 ? at + 1 : chain.length) };
  }

  private nodes(): number {
    return this.buckets.flat().length;
  }

  private bucket(vpn: bigint): bigint[] {
    const chain = this.buckets[hash(vpn, this.buckets.length)];
    if (!chain) throw new RangeError("no such bucket");
    return chain;
  }
}

interface Page {
  vpn: bigint;
  space: number;
  frame: number;
}

/** One entry a frame, for all spaces. */
export class NaiveInverted {
  private readonly frames: number;
  private readonly chains: Page[][];
  /** Frames to hand out, the next one first. */
  private readonly free: number[];

  constructor(frames: number) {
    this.frames = frames;
    this.chains = Array.from({ length: powerFor(frames) }, () => []);
    this.free = Array.from({ length: frames }, (_, frame) => frame);
  }

  get bytes(): number {
    return this.frames * 32 + this.chains.length * 8;
  }

  /** Whether there was a frame. */
  insert(vpn: bigint, space: number): boolean {
    const frame = this.free.shift();
    if (frame === undefined) return false;
    this.chain(vpn, space).unshift({ vpn, space, frame });
    return true;
  }

  remove(vpn: bigint, space: number): void {
    const chain = this.chain(vpn, space);
    const at = this.placeIn(chain, vpn, space);
    if (at >= 0) this.free.unshift(...chain.splice(at, 1).map(({ frame }) => frame));
  }

  walk(vpn: bigint, space: number): Found {
    const chain = this.chain(vpn, space);
    const at = this.placeIn(chain, vpn, space);
    return { found: at >= 0, reads: 1 + (at >= 0 ? at + 1 : chain.length) };
  }

  /** The frame of a page that is held. */
  frameOf(vpn: bigint, space: number): number | undefined {
    const chain = this.chain(vpn, space);
    return chain[this.placeIn(chain, vpn, space)]?.frame;
  }

  private placeIn(chain: Page[], vpn: bigint, space: number): number {
    return chain.findIndex((page) => page.vpn === vpn && page.space === space);
  }

  private chain(vpn: bigint, space: number): Page[] {
    const chain = this.chains[hash(vpn ^ (BigInt(space) << 44n), this.chains.length)];
    if (!chain) throw new RangeError("no such anchor");
    return chain;
  }
}

/** Elastic cuckoo: a page is found by one read a way, wherever it stands. */
export class NaiveCuckoo {
  private readonly pages = new Set<bigint>();
  private readonly ways: number;

  constructor(ways: number) {
    this.ways = ways;
  }

  insert(vpn: bigint): void {
    this.pages.add(vpn);
  }

  remove(vpn: bigint): void {
    this.pages.delete(vpn);
  }

  walk(vpn: bigint): Found {
    return { found: this.pages.has(vpn), reads: this.ways };
  }
}
