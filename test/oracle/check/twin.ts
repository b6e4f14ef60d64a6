// A checker of traces over `TwinMemory`: what the names of a trace stand for, and what its events come to.

import type { Address, EventFields, TraceEvent } from "../../../src/trace/events.js";
import { pointerOf } from "../../../src/trace/pointers.js";
import { type LeakKind, leaksOf } from "./leaks.js";
import { afterEnd, type TwinBlock, type TwinFinding, TwinMemory } from "./memory.js";

/** A finding as a result has it, without its words. */
export interface FoundByTwin {
  kind: string;
  va: bigint;
  size: bigint;
  block: { start: bigint; size: bigint; where: string; offset: bigint } | null;
  access: string | null;
  allocated: string | null;
  freed: string | null;
  process: number;
  /** The last fetch before it, where it has no place. */
  pc: bigint | null;
  /** What findings that are told of once have in common. */
  key: string;
  count: number;
}

/** What a name stands for whose allocation gave nothing. */
interface Nothing {
  isNull: true;
  start: bigint;
  allocated: string | null;
}

type Meaning = TwinBlock | Nothing | bigint;

interface TwinProcess {
  number: number;
  memory: TwinMemory;
  /** What names stand for: a block, or an address alone. */
  names: Map<string, Meaning>;
  frames: TwinBlock[];
  roots: Address[];
}

const STACK_TOP = (1n << 46n) + (1n << 33n) - 4096n;
const REDZONE = 16n;

export class Twin {
  readonly found: FoundByTwin[] = [];
  /** Live blocks at the end of each process, with what they are. */
  readonly left: { process: number; start: bigint; size: bigint; kind: LeakKind; at: string | null }[] = [];
  readonly failedExpectations: bigint[] = [];
  unplaced = 0;
  private readonly quarantine: bigint;
  private readonly processes = new Map<number, TwinProcess>();
  private running: TwinProcess;
  private place: string | null = null;
  private pc = 0n;

  constructor(quarantine: bigint, ownUndefined: boolean, capturedUndefined: boolean) {
    this.quarantine = quarantine;
    this.hides = { own: !ownUndefined, captured: !capturedUndefined };
    this.running = this.begin(1);
    this.processes.set(1, this.running);
  }

  private readonly hides: { own: boolean; captured: boolean };
  private hasNamed = false;
  private allocating = false;
  private hasCaptured = false;

  private begin(number: number): TwinProcess {
    return { number, memory: new TwinMemory(), names: new Map(), frames: [], roots: [] };
  }

  /** @param firstLine of the trace that the first event stands in */
  run(events: readonly TraceEvent[], firstLine: number): void {
    this.hasCaptured = events.some(({ event, ...rest }) => {
      return (event === "malloc" || event === "calloc") && (rest as { id: string }).id.startsWith("0x");
    });
    for (const [index, event] of events.entries()) {
      this.place = placeOf(event, index + firstLine);
      this.judge();
      this.take(event);
    }
    for (const process of this.processes.values()) this.end(process);
  }

  /** What lies outside of all blocks. */
  private judge(): void {
    for (const { memory } of this.processes.values()) {
      memory.strict = this.hasNamed && !this.hasCaptured;
      memory.guarded = memory.strict || this.hasCaptured;
    }
  }

  private take(event: TraceEvent): void {
    const handlers: { [E in TraceEvent["event"]]?: (event: EventFields[E]) => void } = {
      access: (fields) => this.access(fields),
      malloc: ({ id, size, alignment = 16n }) => this.malloc(id, size, alignment, "nothing"),
      calloc: ({ id, count, size }) => this.malloc(id, count * size, 16n, "zeros"),
      realloc: (fields) => this.realloc(fields),
      free: ({ id, offset = 0n }) => this.free(id, offset),
      "frame push": ({ name, size }) => this.push(name, size),
      "frame pop": () => this.pop(),
      mmap: ({ address, length }) => this.map(address as bigint, length, true),
      munmap: ({ address, length }) => this.map(address as bigint, length, false),
      "allocator enter": () => {
        this.allocating = true;
      },
      "allocator leave": () => {
        this.allocating = false;
      },
      "allocator unmap": ({ address, length }) => {
        const from = address as bigint;
        this.running.memory.unmap(from, from + length);
      },
      root: ({ address }) => {
        this.running.roots.push(address);
      },
      switch: ({ process }) => this.switchTo(Number(process)),
      fork: ({ child }) => this.fork(Number(child)),
      exit: () => this.exit(),
      expect: ({ address, bytes }) => this.expect(address, bytesOf(bytes)),
    };
    handlers[event.event]?.(event as never);
  }

  private named(name: string): Meaning | undefined {
    if (name.startsWith("0x")) {
      const start = BigInt(name);
      return this.running.memory.blocks.find((block) => block.start === start) ?? start;
    }
    const frame = this.running.frames.filter((each) => each.name === name).at(-1);
    return frame ?? this.running.names.get(name);
  }

  private resolve(address: Address): { va: bigint; named: Meaning | undefined } | undefined {
    if (typeof address === "bigint") return { va: address, named: undefined };
    const named = this.named(address.base);
    if (named === undefined) return undefined;
    const start = typeof named === "bigint" ? named : named.start;
    return { va: BigInt.asUintN(64, start + address.offset), named };
  }

  private access({ kind, address, size, bytes }: EventFields["access"]): void {
    const found = this.resolve(address);
    if (!found) {
      this.unplaced++;
      return;
    }
    const { va, named } = found;
    if (kind === "instruction") {
      this.pc = va;
      return;
    }
    if (this.allocating) return;
    if (isNull(named)) {
      const { allocated } = named;
      this.report([{ kind: "unmapped", va, size, block: undefined, isStore: kind !== "load", allocated }]);
      return;
    }
    const owner = typeof named === "object" ? named : undefined;
    const { memory } = this.running;
    const checks = kind === "modify" ? [false, true] : [kind === "store"];
    let isSaid = false;
    for (const isStore of checks) {
      if (isSaid) continue;
      const isForgotten = owner !== undefined && !memory.blocks.includes(owner);
      const what = isForgotten
        ? [{ kind: afterEnd(owner, isStore), va, size, block: owner, isStore }]
        : memory.access(va, size, isStore, owner);
      this.report(what);
      isSaid = what.some((each) => ["stack-overflow", "dead-frame", "unmapped"].includes(each.kind));
    }
    const isWithin = !owner || (owner.isLive && va >= owner.start && va + size <= owner.start + owner.size);
    if (bytes === undefined || !isWithin) return;
    const contents = this.contentsOf(bytes, Number(size));
    if (!contents) return;
    if (kind === "load") this.compare(va, contents);
    memory.put(va, contents);
  }

  private expect(address: Address, bytes: number[]): void {
    const found = this.resolve(address);
    if (found) this.compare(found.va, bytes);
  }

  private compare(va: bigint, wanted: readonly number[]): void {
    const { contents } = this.running.memory;
    const differs = wanted.findIndex((byte, i) => (contents.get(va + BigInt(i)) ?? byte) !== byte);
    if (differs >= 0) this.failedExpectations.push(va + BigInt(differs));
  }

  private contentsOf(text: string, size: number): number[] | undefined {
    if (!text.startsWith("&")) return bytesOf(text);
    const target = this.resolve(pointerOf(text));
    if (!target) return undefined;
    return Array.from({ length: size }, (_, i) => (i < 8 ? Number((target.va >> BigInt(8 * i)) & 255n) : 0));
  }

  private malloc(id: string, size: bigint, alignment: bigint, fill: "nothing" | "zeros"): void {
    const { memory } = this.running;
    if (id.startsWith("0x")) {
      const start = BigInt(id);
      if (start === 0n) return;
      this.capture(start, size, fill);
      return;
    }
    this.hasNamed = true;
    const mask = (alignment > 16n ? alignment : 16n) - 1n;
    const start = (memory.top + REDZONE + mask) & ~mask;
    memory.top = start + (size > 0n ? size : 1n);
    const block = this.blockOf(start, size, id);
    memory.give(block, fill);
    this.running.names.set(id, block);
  }

  private capture(start: bigint, size: bigint, fill: "nothing" | "zeros"): void {
    const { memory } = this.running;
    const room = size > 0n ? size : 1n;
    for (const live of memory.makeWay(start, room)) {
      this.report([{ kind: "overlap", va: start, size: room, block: live, isStore: false }]);
    }
    for (let page = start / 4096n; page <= (start + room - 1n) / 4096n; page++) memory.heapPages.add(page);
    memory.give(
      { ...this.blockOf(start, size, ""), isCaptured: true },
      this.hides.captured ? "written" : fill,
    );
  }

  private blockOf(start: bigint, size: bigint, name: string): TwinBlock {
    const kind = { isLive: true, isFrame: false, isCaptured: false, isInherited: false };
    return { start, size, name, ...kind, allocated: this.place, freed: null };
  }

  private realloc({ id, newId, size }: EventFields["realloc"]): void {
    if (id.startsWith("0x")) {
      this.reallocCaptured(BigInt(id), BigInt(newId), size);
      return;
    }
    const old = this.named(id);
    if (typeof old !== "object" || isNull(old) || !old.isLive || old.isFrame) {
      if (!isNull(old)) this.free(id, 0n);
      this.malloc(newId, size, 16n, "nothing");
      return;
    }
    const { memory, names } = this.running;
    if (size === 0n) {
      memory.release(old, this.place, this.quarantine);
      names.set(newId, { isNull: true, start: 0n, allocated: this.place });
      return;
    }
    this.malloc(newId, size, 16n, "nothing");
    const given = names.get(newId) as TwinBlock;
    memory.move(old.start, given.start, old.size < size ? old.size : size);
    memory.release(old, this.place, this.quarantine);
  }

  private reallocCaptured(from: bigint, to: bigint, size: bigint): void {
    const { memory } = this.running;
    const old = from === 0n ? undefined : this.toFree(from);
    if (old && from === to) {
      this.resize(old, size);
      return;
    }
    this.capture(to, size, "nothing");
    if (!old) return;
    // Where the new block lies over the old one, that is gone.
    if (!memory.blocks.includes(old)) return;
    memory.move(from, to, old.size < size ? old.size : size);
    memory.release(old, this.place, this.quarantine);
  }

  private resize(block: TwinBlock, size: bigint): void {
    const { memory } = this.running;
    const before = block.size;
    const end = block.start + before;
    memory.blocks = memory.blocks.filter((each) => each !== block);
    if (size > before) {
      for (const live of memory.makeWay(end, size - before)) {
        const overlap = { kind: "overlap", va: end, size: size - before, block: live, isStore: false };
        this.report([overlap]);
      }
      for (let page = end / 4096n; page <= (block.start + size - 1n) / 4096n; page++)
        memory.heapPages.add(page);
    }
    block.size = size;
    block.allocated = this.place;
    memory.blocks.push(block);
    for (let at = end; at < block.start + size; at++) {
      memory.contents.delete(at);
      if (this.hides.captured) memory.unwritten.delete(at);
      else memory.unwritten.add(at);
    }
    for (let at = block.start + size; at < end; at++) {
      memory.contents.delete(at);
      memory.unwritten.delete(at);
    }
  }

  private free(id: string, offset: bigint): void {
    const named = this.named(id);
    const { memory } = this.running;
    if (named === undefined) {
      this.report([{ kind: "invalid-free", va: 0n, size: 0n, block: undefined, isStore: false }]);
    } else if (
      typeof named === "bigint" ||
      isNull(named) ||
      named.isFrame ||
      offset !== 0n ||
      id.startsWith("0x")
    ) {
      const start = typeof named === "bigint" ? named : named.start;
      const va = BigInt.asUintN(64, start + offset);
      const block = va === 0n ? undefined : this.toFree(va);
      if (block) memory.release(block, this.place, this.quarantine);
    } else if (named.isLive) {
      memory.release(named, this.place, this.quarantine);
    } else {
      this.report([{ kind: "double-free", va: named.start, size: 0n, block: named, isStore: false }]);
    }
  }

  /** The live block that begins at an address; else that is an error. */
  private toFree(va: bigint): TwinBlock | undefined {
    const { memory } = this.running;
    const block = memory.blocks.find(({ start }) => start === va);
    if (block?.isLive && !block.isFrame) return block;
    const below = memory.blocks
      .filter(({ start }) => start <= va)
      .sort((a, b) => (a.start > b.start ? -1 : 1))[0];
    const near = below && va < below.start + below.size + 4096n ? below : undefined;
    const kind = block && !block.isFrame ? "double-free" : "invalid-free";
    this.report([{ kind, va, size: 0n, block: block ?? near, isStore: false }]);
    return undefined;
  }

  private push(name: string, size: bigint): void {
    this.hasNamed = true;
    const { frames, memory, names } = this.running;
    const below = frames.at(-1)?.start ?? STACK_TOP;
    const start = (below - REDZONE - size) & ~15n;
    memory.makeWay(start, size > 0n ? size : 1n);
    const frame = { ...this.blockOf(start, size, `$${name}`), isFrame: true };
    memory.give(frame, "nothing");
    frames.push(frame);
    names.set(frame.name, frame);
  }

  private pop(): void {
    const { frames, memory, names } = this.running;
    const frame = frames.pop();
    if (!frame) return;
    memory.release(frame, this.place, this.quarantine);
    names.set(frame.name, frame);
  }

  private map(start: bigint, length: bigint, isMapped: boolean): void {
    const { memory } = this.running;
    this.hasNamed = this.hasNamed || isMapped;
    for (let at = start; at < start + length; at++) {
      if (isMapped) memory.mapped.add(at);
      else memory.mapped.delete(at);
      memory.contents.delete(at);
    }
  }

  private switchTo(number: number): void {
    this.pc = 0n;
    const process = this.processes.get(number) ?? this.begin(number);
    this.processes.set(number, process);
    this.running = process;
  }

  private fork(child: number): void {
    if (child === this.running.number) return;
    this.pc = 0n;
    const before = this.processes.get(child);
    if (before) this.end(before);
    const parent = this.running;
    const memory = parent.memory.copy();
    // Blocks by what they were copied from; those that are forgotten are copied, too.
    const copies = new Map(parent.memory.blocks.map((block, i) => [block, memory.blocks[i] as TwinBlock]));
    const copyOf = (block: TwinBlock) => {
      const copy = copies.get(block) ?? { ...block };
      copies.set(block, copy);
      return copy;
    };
    const names = [...parent.names].map(([name, named]) => {
      return [name, typeof named === "bigint" || isNull(named) ? named : copyOf(named)] as const;
    });
    const frames = parent.frames.map(copyOf);
    this.processes.set(child, {
      number: child,
      memory,
      names: new Map(names),
      frames,
      roots: [...parent.roots],
    });
  }

  private exit(): void {
    const { number } = this.running;
    this.end(this.running);
    this.processes.delete(number);
    this.switchTo(number);
  }

  private end(process: TwinProcess): void {
    const runs = this.running;
    this.running = process;
    const roots = process.roots.flatMap((root) => this.resolve(root)?.va ?? []);
    for (const [block, kind] of leaksOf(process.memory, roots)) {
      if (block.isInherited) continue;
      const { start, size, allocated } = block;
      this.left.push({ process: process.number, start, size, kind, at: sourceOf(allocated) });
    }
    this.running = runs;
  }

  /** Adds findings; those of a kind at the same three places are one. */
  private report(found: readonly TwinFinding[]): void {
    for (const finding of found) {
      const hidden = finding.kind.startsWith("uninitialised");
      if (hidden && (finding.block?.isCaptured ? this.hides.captured : this.hides.own)) continue;
      const made = this.foundOf(finding);
      const known = this.found.find(({ key }) => key === made.key);
      if (known) known.count++;
      else this.found.push(made);
    }
  }

  private foundOf({ kind, va, size, block, allocated = block?.allocated ?? null }: TwinFinding): FoundByTwin {
    const where = block && positionOf(va, block);
    const pc = this.place === null && this.pc !== 0n ? this.pc : null;
    return {
      kind,
      va,
      size,
      block: block && where ? { start: block.start, size: block.size, ...where } : null,
      access: sourceOf(this.place),
      allocated: sourceOf(allocated),
      freed: sourceOf(block?.freed ?? null),
      key: [kind, this.place, allocated, block?.freed, this.running.number, pc].join(" "),
      process: this.running.number,
      pc,
      count: 1,
    };
  }
}

function isNull(named: Meaning | undefined): named is Nothing {
  return typeof named === "object" && "isNull" in named;
}

function positionOf(va: bigint, { start, size }: TwinBlock): { where: string; offset: bigint } {
  if (va < start) return { where: "before", offset: start - va };
  if (va < start + size) return { where: "inside", offset: va - start };
  return { where: "after", offset: va - start - size };
}

function bytesOf(text: string): number[] {
  return (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** FILE:LINE; else the line of the trace, `#` and its number; null for a plain access, of which no line is known. */
function placeOf(event: TraceEvent, line: number): string | null {
  if (event.at) return `${event.at.file}:${event.at.line}`;
  const isPlain = event.event === "access" && typeof event.address === "bigint" && !event.bytes;
  return isPlain ? null : `#${line}`;
}

/** The source's place, where the trace names one. */
function sourceOf(place: string | null): string | null {
  return place?.startsWith("#") ? null : place;
}
