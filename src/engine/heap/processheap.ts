import type { HeapPolicy } from "../../heap/policy.js";
import { noRoom, writePolicy } from "../../heap/setup.js";
import type { Core } from "../core.js";
import type { Cores, Tenant } from "./cores.js";
import { type HeapImage, putImage, takeImage } from "./image.js";
import { takeWords, type Words } from "./words.js";

/** Operations of a heap, as its core takes them. @internal */
export type Op = "malloc" | "aligned" | "calloc" | "realloc" | "free";

/** The process that a heap is of, which runs. Addresses are the process's. @internal */
export interface HeapOwner {
  /** Moves the break up, from where it has to be. */
  sbrk(from: bigint, bytes: number): boolean;
  /** null: there is no room. */
  mmap(bytes: number): bigint | null;
  munmap(address: bigint, bytes: number): void;
  /** Bytes of its pages. */
  pageSize: number;
  touch(words: Words, addressOf: (offset: number) => bigint | null): void;
  copy(to: bigint, from: bigint, bytes: number): void;
  zero(at: bigint, bytes: number): void;
}

/** A block that is mapped by itself: where the allocator has it, and where the process has. */
interface Area {
  start: number;
  lead: number;
  bytes: number;
  address: bigint;
}

/** What a heap has, in bytes. @internal */
export interface HeapSizes {
  livePayload: number;
  liveBlocks: number;
  grownBytes: number;
  mmapBytes: number;
}

/** A heap as it was at some time, of which a copy can be made. @internal */
export interface HeapSnapshot {
  start: bigint;
  bytes: number;
  areas: readonly Area[];
  image: HeapImage;
  sizes: HeapSizes;
}

/**
 * @internal
 *
 * The heap of a simulated process: an allocator in an instance of its own while it is in use, whose memory are the process's break and its mappings, and whose headers and
 * links the process reads and writes. A payload is what the allocator knows a block by.
 */
export class ProcessHeap implements Tenant {
  /** Where it begins, in its process. */
  readonly start: bigint;
  private readonly cores: Cores;
  private readonly owner: HeapOwner;
  /** Bytes of the break that it has. */
  private bytes = 0;
  /** By where each begins, and by the word before its payload, as offsets in the allocator's memory; and by its payload's address. */
  private readonly areas = new Map<number, Area>();
  private readonly headers = new Map<number, Area>();
  private readonly payloads = new Map<bigint, Area>();
  /** Where it is, while it has one; `kept` is what it was in some time before, or while it has none. */
  private rented: Core | undefined;
  private kept: { image: HeapImage; sizes: HeapSizes } | undefined;
  /** `kept` is what it is. */
  private isKept = false;
  /** The process was asked for memory. */
  private hasAsked = false;

  private constructor(cores: Cores, owner: HeapOwner, start: bigint) {
    this.cores = cores;
    this.owner = owner;
    this.start = start;
  }

  /** An empty heap at an address, a multiple of 16; null where the process has no room for it. @throws PagewalkError `E_MEMORY` */
  static begin(cores: Cores, policy: HeapPolicy, owner: HeapOwner, start: bigint): ProcessHeap | null {
    const made = new ProcessHeap(cores, owner, start);
    if (made.open(policy)) return made;
    made.end();
    return null;
  }

  /** A heap that is as another was. */
  static copy(cores: Cores, owner: HeapOwner, snapshot: HeapSnapshot): ProcessHeap {
    const { start, bytes, areas, image, sizes } = snapshot;
    const made = new ProcessHeap(cores, owner, start);
    made.bytes = bytes;
    for (const area of areas) made.note(area);
    made.kept = { image, sizes };
    made.isKept = true;
    return made;
  }

  /** How it is now. */
  snapshot(): HeapSnapshot {
    return { start: this.start, bytes: this.bytes, areas: [...this.areas.values()], ...this.keep() };
  }

  /** What it has now. */
  get sizes(): HeapSizes {
    return this.rented ? sizesOf(this.rented) : this.keep().sizes;
  }

  /** It is no more. */
  end(): void {
    this.cores.giveBack(this);
    this.rented = undefined;
  }

  evict(): void {
    this.keep();
    this.rented = undefined;
  }

  /** Performs an operation: what it came to, as the core's function of its name has it. */
  perform(op: Op, a: number, b: number): number {
    this.isKept = false;
    this.cores.use(this, this.core);
    const result = this.run(op, a, b);
    this.drain();
    return result;
  }

  /** Bytes that were asked for a payload's block. */
  sizeOf(payload: number): number {
    return Number(this.core.exports.heapSizeOf(payload));
  }

  /** Where a payload is in the process. */
  addressOf(payload: number): bigint {
    return this.place((payload >>> 0) - this.base - 4) + 4n;
  }

  /** The payload of an address; 0: there is no block. */
  payloadOf(address: bigint): number {
    const inside = address - this.start;
    const area = this.payloads.get(address);
    if (!area && (inside < 0n || inside >= BigInt(this.bytes))) return 0;
    const payload = this.base + (area ? area.start + area.lead : Number(inside));
    return this.sizeOf(payload) < 0 ? 0 : payload;
  }

  private get base(): number {
    return this.core.exports.heapBase() >>> 0;
  }

  /** The core that it is in, from here on if it was in none. */
  private get core(): Core {
    if (!this.rented) {
      this.rented = this.cores.rent(this);
      this.attach(this.rented);
      if (this.kept) putImage(this.rented, this.kept.image);
    }
    return this.rented;
  }

  private keep(): { image: HeapImage; sizes: HeapSizes } {
    const { rented, kept } = this;
    if (kept && (this.isKept || !rented)) return kept;
    const core = rented ?? this.core;
    this.kept = { image: takeImage(core, kept?.image), sizes: sizesOf(core) };
    this.isKept = true;
    return this.kept;
  }

  private open(policy: HeapPolicy): boolean {
    const { core } = this;
    const { exports, enums } = core;
    writePolicy(core, policy);
    exports.setOrigin(Number(BigInt.asUintN(32, this.start)));
    const isOpen = exports.openNotes() && exports.openNotedHeap() === enums.Status.Ok;
    this.drain();
    if (isOpen) return true;
    // Without room for the region, it was not asked for either.
    if (!this.hasAsked) throw noRoom(policy);
    return false;
  }

  private run(op: Op, a: number, b: number): number {
    const { exports } = this.core;
    switch (op) {
      case "malloc":
        return exports.notedMalloc(a) >>> 0;
      case "aligned":
        return exports.notedAligned(a, b) >>> 0;
      case "calloc":
        return exports.notedCalloc(a, b) >>> 0;
      case "realloc":
        return exports.notedRealloc(a, b) >>> 0;
      case "free":
        return Number(exports.notedFree(a));
    }
  }

  /** The process is asked and told by a core from now on. */
  private attach({ hooks }: Core): void {
    const { owner } = this;
    hooks.drain = () => this.drain();
    hooks.grow = (bytes) => {
      this.drain();
      const granted = owner.sbrk(this.start + BigInt(this.bytes), bytes);
      this.hasAsked = true;
      if (granted) this.bytes += bytes;
      return granted;
    };
    hooks.map = (start, bytes, lead, alignment) => {
      this.drain();
      const address = this.mmap(bytes, lead, alignment);
      if (address === null) return false;
      this.note({ start, lead, bytes, address });
      return true;
    };
    hooks.unmap = (start) => {
      this.drain();
      const area = this.unmapped(start);
      if (area) this.munmap(area.address, area.bytes);
    };
    hooks.copy = (to, from, bytes) => {
      this.drain();
      owner.copy(this.place(to - 4) + 4n, this.place(from - 4) + 4n, bytes);
    };
    hooks.zero = (at, bytes) => {
      // What was just mapped is zero.
      if (this.headers.has(at - 4)) return;
      this.drain();
      owner.zero(this.place(at - 4) + 4n, bytes);
    };
  }

  private drain(): void {
    if (this.core.exports.notesMade.value === 0) return;
    this.owner.touch(takeWords(this.core), (offset) => this.placeOfWord(offset));
  }

  /** Where a word is in the process; null: it is the allocator's own, of an area that is no block. */
  private placeOfWord(offset: number): bigint | null {
    if (offset < this.bytes) return this.start + BigInt(offset);
    const area = this.headers.get(offset);
    return area ? area.address + BigInt(area.lead - 4) : null;
  }

  private place(offset: number): bigint {
    return this.placeOfWord(offset) ?? this.start + BigInt(offset);
  }

  /** Maps an area for a payload that is `lead` bytes behind its start and aligned; what is mapped too much for that is given back. */
  private mmap(bytes: number, lead: number, alignment: number): bigint | null {
    const { pageSize } = this.owner;
    const spare = Math.max(0, alignment - pageSize);
    const mapped = this.owner.mmap(bytes + spare);
    if (mapped === null || spare === 0) return mapped;
    const unit = BigInt(alignment);
    const address = ((mapped + BigInt(lead) + unit - 1n) / unit) * unit - BigInt(lead);
    const [front, back] = this.pages(address, bytes);
    const [, end] = this.pages(mapped, bytes + spare);
    if (front > mapped) this.owner.munmap(mapped, Number(front - mapped));
    if (end > back) this.owner.munmap(back, Number(end - back));
    return address;
  }

  private munmap(address: bigint, bytes: number): void {
    const [front, back] = this.pages(address, bytes);
    this.owner.munmap(front, Number(back - front));
  }

  /** Where the first page of bytes begins, and the last ends. */
  private pages(address: bigint, bytes: number): [bigint, bigint] {
    const page = BigInt(this.owner.pageSize);
    return [(address / page) * page, ((address + BigInt(bytes) + page - 1n) / page) * page];
  }

  private note(area: Area): void {
    this.areas.set(area.start, area);
    this.headers.set(area.start + area.lead - 4, area);
    this.payloads.set(area.address + BigInt(area.lead), area);
  }

  private unmapped(start: number): Area | undefined {
    const area = this.areas.get(start);
    if (!area) return undefined;
    this.areas.delete(start);
    this.headers.delete(area.start + area.lead - 4);
    this.payloads.delete(area.address + BigInt(area.lead));
    return area;
  }
}

function sizesOf(core: Core): HeapSizes {
  const { HeapStat } = core.enums;
  const counts = core.numbers(core.exports.heapStats.value, HeapStat.Length);
  return {
    livePayload: counts[HeapStat.Live] ?? 0,
    liveBlocks: counts[HeapStat.LiveBlocks] ?? 0,
    grownBytes: counts[HeapStat.HeapBytes] ?? 0,
    mmapBytes: counts[HeapStat.MmapBytes] ?? 0,
  };
}
