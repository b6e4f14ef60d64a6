import type { Checker, RawFinding } from "../engine/checker.js";
import type { Address } from "../trace/events.js";
import type { Unmapped } from "./options.js";
import { CheckedProcess, type Named, type Resolved } from "./process.js";
import type { Texts } from "./texts.js";

/** @internal */
export interface SessionOptions {
  unmapped: Unmapped;
  redzone: number;
  /** Live bytes at most: a larger block is not given. */
  limit: number;
  /** Bytes of a stack at most. */
  stackSize: number;
}

const NONE = [0n, 0n] as const;

/** What a check knows beside the core's memory: who runs, and what names mean. @internal */
export class Session {
  readonly checker: Checker;
  readonly texts: Texts;
  readonly options: SessionOptions;
  /** Processes that run, by number. */
  readonly processes = new Map<number, CheckedProcess>();
  process: CheckedProcess;
  /** Its number, and its thread's: a process may share its memory, and then is not the one that `process` was made for. */
  running = 1;
  thread = 0;
  /** Where the event that is done stands. */
  place = 0n;
  /** Stack bytes that `limit stack` allows. */
  stackLimit: bigint;
  /** Contents of memory are known, so that pointers may be looked for. */
  knowsPointers = false;
  /** Allocations that failed, and accesses whose address is not known. */
  failed = 0;
  unplaced = 0;
  /** Frames that were popped where none was. */
  unbalanced = 0;
  /** Blocks that the trace names, and blocks at the addresses of a traced program. */
  private readonly seen = new Set<"named" | "captured" | "mapped">();

  constructor(checker: Checker, texts: Texts, options: SessionOptions) {
    this.checker = checker;
    this.texts = texts;
    this.options = options;
    this.stackLimit = BigInt(options.stackSize);
    this.process = this.begin(1);
    this.processes.set(1, this.process);
    this.judge();
  }

  /** Only captured blocks are in the trace, and nothing of its own. */
  get isCapture(): boolean {
    return this.seen.has("captured") && !this.seen.has("named");
  }

  get arenas(): { maps: bigint; stacks: bigint } {
    const { Arena } = this.checker.core.enums;
    return { maps: 1n << BigInt(Arena.MapBits), stacks: 1n << BigInt(Arena.StackBits) };
  }

  /** A process with nothing in its memory; it is entered, but is not the one that runs yet. */
  begin(number: number): CheckedProcess {
    return new CheckedProcess(this.checker.newSpace(number), number, this.arenas.maps);
  }

  /** The process of a number runs from now on, in a thread. */
  run(number: number, thread = 0): void {
    const process = this.processes.get(number) ?? this.begin(number);
    this.processes.set(number, process);
    this.enter(process);
    this.running = number;
    this.thread = thread;
  }

  enter(process: CheckedProcess): void {
    this.process = process;
    this.checker.enter(process.space);
  }

  /** What follows happens at a place (`Texts`). */
  at(place: bigint, record: number): void {
    this.place = place;
    this.checker.at(place, record);
  }

  /** Notes what kinds of memory a trace has: it decides what accesses elsewhere are. */
  has(what: "named" | "captured" | "mapped"): void {
    if (this.seen.has(what)) return;
    this.seen.add(what);
    this.judge();
  }

  private judge(): void {
    const { unmapped } = this.options;
    const isCaptured = this.seen.has("captured");
    const strict = unmapped === "error" || (unmapped === "auto" && !isCaptured && this.seen.size > 0);
    const guarded = unmapped !== "ignore" && (strict || isCaptured);
    this.checker.judge(strict, guarded);
  }

  /** Where an address is; undefined where its name was never given. */
  resolve(address: Address): Resolved | undefined {
    if (typeof address === "bigint") return { va: address };
    const { base, offset } = address;
    const named = this.named(base);
    return named && { va: BigInt.asUintN(64, named.start + offset), named };
  }

  /** What a name stands for; of `0x` and an address, the block that begins there, or the address alone. */
  named(name: string): Named | undefined {
    if (!name.startsWith("0x")) return this.process.named(name);
    const start = BigInt(name);
    return { ...this.plain(name, start), ...this.checker.startingAt(start) };
  }

  /** A name of an address alone. */
  plain(name: string, start: bigint): Named {
    const where = { name, start, serial: 0n, size: 0n };
    return { ...where, isFrame: false, isLive: true, allocated: 0n, freed: 0n };
  }

  /** Reports of something that the core remembers no more, or that has no block. */
  report(kind: number, va: bigint, size: bigint, named?: Named, isStore = false): void {
    const { BlockFlag } = this.checker.core.enums;
    const block: RawFinding["block"] = named && {
      start: named.start,
      size: named.size,
      where: this.whereOf(va, named),
    };
    const flags =
      (isStore ? BlockFlag.Store : 0) |
      (named?.isLive === false ? BlockFlag.Freed : 0) |
      (named?.isFrame ? BlockFlag.Frame : 0);
    const { allocated = 0n, freed = 0n } = named ?? {};
    const name = named ? this.texts.numberOf(named.name) : 0;
    this.checker.report({ kind, va, size, flags, product: NONE, name, block, allocated, freed });
  }

  /** Reports of a name that stands for no block. */
  reportName(
    kind: number,
    { name, allocated }: Pick<Named, "name" | "allocated">,
    va = 0n,
    size = 0n,
    isStore = false,
  ) {
    const flags = isStore ? this.checker.core.enums.BlockFlag.Store : 0;
    const number = this.texts.numberOf(name);
    this.checker.report({
      ...{ kind, va, size, flags, product: NONE, name: number },
      ...{ block: undefined, allocated, freed: 0n },
    });
  }

  /** Reports of a request that no block can meet; of a calloc, with its count and size. */
  reportSize(kind: number, size: bigint, product: readonly [count: bigint, size: bigint] = NONE): void {
    const none = { va: 0n, flags: 0, name: 0, block: undefined, allocated: 0n, freed: 0n };
    this.checker.report({ kind, size, product, ...none });
  }

  private whereOf(va: bigint, { start, size }: Named): number {
    const { Where } = this.checker.core.enums;
    if (va < start) return Where.Before;
    return va < start + size ? Where.Inside : Where.After;
  }
}
