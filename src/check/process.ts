import type { Owner } from "../engine/checker.js";
import type { Address } from "../trace/events.js";
import { Areas } from "./areas.js";
import { Names } from "./names.js";

/** What a name of the trace stands for: a block, a frame, or (serial 0n) an address alone. @internal */
export interface Named extends Owner {
  name: string;
  size: bigint;
  isFrame: boolean;
  isLive: boolean;
  /** Numbers of places (`Texts`). */
  allocated: bigint;
  freed: bigint;
}

/** Where an address of the trace is, and what it was named by. @internal */
export interface Resolved {
  va: bigint;
  named?: Named;
}

/** A thread's stack, which grows down. @internal */
export interface Stack {
  top: bigint;
  frames: Named[];
}

/** Bytes of addresses that each stack has for itself, and where the first begins. */
const STACK_ROOM = 1n << 33n;

/** How a mapping is mapped. @internal */
export interface How {
  /** It is shared, or of a file: others may change what it holds. */
  isCommon: boolean;
  /** It may not be stored to. */
  isClosed: boolean;
}

/** What is mapped, as far as it can be told. @internal */
export class Mappings {
  /** All of it. */
  mapped: Areas;
  /** What others may change, or the system. */
  common: Areas;
  closed: Areas;

  constructor(mapped = new Areas(), common = new Areas(), closed = new Areas()) {
    this.mapped = mapped;
    this.common = common;
    this.closed = closed;
  }

  copy(): Mappings {
    return new Mappings(this.mapped.copy(), this.common.copy(), this.closed.copy());
  }

  /** [from, to) is mapped anew. */
  map(from: bigint, to: bigint, how: How): void {
    this.mapped.put(from, to, true);
    this.common.put(from, to, how.isCommon);
    this.closed.put(from, to, how.isClosed);
  }

  unmap(from: bigint, to: bigint): void {
    for (const areas of [this.mapped, this.common, this.closed]) areas.put(from, to, false);
  }

  /** How the mapping at an address is mapped. */
  at(va: bigint): How {
    return { isCommon: this.common.has(va), isClosed: this.closed.has(va) };
  }
}

/** What runs in a process: its names, its stacks, what it has mapped. @internal */
export class CheckedProcess {
  /** The core's. */
  space: number;
  readonly number: number;
  /** Processes that share it (`clone`, `vfork`). */
  users = 1;
  names = new Names();
  /** Those of frames that are live, the innermost last, by name. */
  frames = new Map<string, Named[]>();
  /** By who runs on them: processes that share this memory have their own. */
  private readonly stacks = new Map<number, Map<number, Stack>>();
  private stackCount = 0;
  mappings = new Mappings();
  roots: Address[] = [];
  brk: { start: bigint; end: bigint } | undefined;
  /** Some of its memory is, or was, locked. */
  hasLocked = false;
  /** Where the next mapping that may be anywhere goes. */
  mapTop: bigint;

  constructor(space: number, number: number, mapTop: bigint) {
    this.space = space;
    this.number = number;
    this.mapTop = mapTop;
  }

  /** A copy for a child, of whose stacks only that of who runs, a thread of a process, is copied. */
  fork(space: number, number: number, running: number, thread: number): CheckedProcess {
    const child = new CheckedProcess(space, number, this.mapTop);
    const copies = new Map<Named, Named>();
    const copyOf = (named: Named): Named => {
      const copy = copies.get(named) ?? { ...named };
      copies.set(named, copy);
      return copy;
    };
    child.names = this.names.fork();
    for (const [name, list] of this.frames) child.frames.set(name, list.map(copyOf));
    const stack = this.stacks.get(running)?.get(thread);
    if (stack) {
      const copy = { top: stack.top, frames: stack.frames.map(copyOf) };
      child.stacks.set(number, new Map([[thread, copy]]));
    }
    // Those of the other threads keep their places.
    child.stackCount = this.stackCount;
    child.mappings = this.mappings.copy();
    child.roots = [...this.roots];
    child.brk = this.brk && { ...this.brk };
    return child;
  }

  /** What a name means now: the innermost live frame of that name, before what was named last. */
  named(name: string): Named | undefined {
    return this.frames.get(name)?.at(-1) ?? this.names.get(name);
  }

  /** @param base where stacks begin */
  stackOf(running: number, thread: number, base: bigint): Stack {
    const stacks = this.stacks.get(running) ?? new Map<number, Stack>();
    this.stacks.set(running, stacks);
    const known = stacks.get(thread);
    if (known) return known;
    this.stackCount++;
    const stack = { top: base + BigInt(this.stackCount) * STACK_ROOM - 4096n, frames: [] };
    stacks.set(thread, stack);
    return stack;
  }

  /** The stacks of a process that shares this memory. */
  stacksOf(running: number): Stack[] {
    return [...(this.stacks.get(running)?.values() ?? [])];
  }
}
