import type { HeapPolicy } from "../../heap/policy.js";
import { noRoom, writePolicy } from "../../heap/setup.js";
import { type CompiledCore, Core } from "../core.js";
import { type LogLength, type Op, OpLog } from "./oplog.js";
import { takeWords, type Words } from "./words.js";

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

/** A heap as it was at some time, of which a copy can be made. @internal */
export interface HeapSnapshot {
  start: bigint;
  log: OpLog;
  length: LogLength;
}

/**
 * @internal
 *
 * The heap of a simulated process: an allocator in an instance of its own, whose memory are the process's break and its mappings, and whose headers and links the
 * process reads and writes. A payload is what the allocator knows a block by.
 */
export class ProcessHeap {
  /** Where it begins, in its process. */
  readonly start: bigint;
  readonly core: Core;
  private readonly log: OpLog;
  private readonly owner: HeapOwner;
  /** Bytes of the break that it has. */
  private bytes = 0;
  /** By where each begins, and by the word before its payload, as offsets in the allocator's memory; and by its payload's address. */
  private readonly areas = new Map<number, Area>();
  private readonly headers = new Map<number, Area>();
  private readonly payloads = new Map<bigint, Area>();

  private constructor(module: CompiledCore, owner: HeapOwner, start: bigint, log: OpLog) {
    this.core = Core.forHeap(module);
    this.owner = owner;
    this.start = start;
    this.log = log;
  }

  /** An empty heap at an address, a multiple of 16; null where the process has no room for it. @throws PagewalkError `E_MEMORY` */
  static begin(
    module: CompiledCore,
    policy: HeapPolicy,
    owner: HeapOwner,
    start: bigint,
  ): ProcessHeap | null {
    const made = new ProcessHeap(module, owner, start, new OpLog());
    made.live();
    return made.open(policy) ? made : null;
  }

  /** A heap that is as another was. */
  static copy(
    module: CompiledCore,
    policy: HeapPolicy,
    owner: HeapOwner,
    { start, log, length }: HeapSnapshot,
  ): ProcessHeap {
    const made = new ProcessHeap(module, owner, start, log.cut(length));
    made.repeat();
    made.open(policy);
    made.log.each((op, a, b) => made.run(op, a, b));
    made.core.exports.emptyNotes();
    made.live();
    return made;
  }

  /** How it is now. */
  snapshot(): HeapSnapshot {
    return { start: this.start, log: this.log, length: this.log.length };
  }

  /** Performs an operation: what it came to, as the core's function of its name has it. */
  perform(op: Op, a: number, b: number): number {
    const result = this.run(op, a, b);
    this.log.add(op, a, b);
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

  private open(policy: HeapPolicy): boolean {
    const { exports, enums } = this.core;
    writePolicy(this.core, policy);
    exports.setOrigin(Number(BigInt.asUintN(32, this.start)));
    const isOpen = exports.openNotes() && exports.openNotedHeap() === enums.Status.Ok;
    this.core.hooks.drain();
    if (isOpen) return true;
    // Without room for the region, it was not asked for either.
    if (this.log.length.asked === 0) throw noRoom(policy);
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

  /** The process is asked and told from now on. */
  private live(): void {
    const { hooks } = this.core;
    const { owner } = this;
    hooks.drain = () => this.drain();
    hooks.grow = (bytes) => {
      this.drain();
      const granted = owner.sbrk(this.start + BigInt(this.bytes), bytes);
      this.log.grew(granted);
      if (granted) this.bytes += bytes;
      return granted;
    };
    hooks.map = (start, bytes, lead, alignment) => {
      this.drain();
      const address = this.mmap(bytes, lead, alignment);
      this.log.mapped(address);
      return this.mapped(start, bytes, lead, address);
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

  /** The process answers as it did, and is told nothing. */
  private repeat(): void {
    const { hooks, exports } = this.core;
    const answers = this.log.answers();
    hooks.drain = () => exports.emptyNotes();
    hooks.grow = (bytes) => {
      const granted = answers.grows();
      if (granted) this.bytes += bytes;
      return granted;
    };
    hooks.map = (start, bytes, lead) => this.mapped(start, bytes, lead, answers.maps());
    hooks.unmap = (start) => {
      this.unmapped(start);
    };
    hooks.copy = () => {};
    hooks.zero = () => {};
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

  private mapped(start: number, bytes: number, lead: number, address: bigint | null): boolean {
    if (address === null) return false;
    const area = { start, lead, bytes, address };
    this.areas.set(start, area);
    this.headers.set(start + lead - 4, area);
    this.payloads.set(address + BigInt(lead), area);
    return true;
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
