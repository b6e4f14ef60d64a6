import type { Kind } from "../config/model.js";
import { PagewalkError } from "../errors.js";
import { kindNumber } from "./codes.js";
import type { Core } from "./core.js";
import type { Slice } from "./machine.js";

/** The largest limit of live bytes. */
const MOST = 2 ** 30;

/** How memory is checked. @internal */
export interface CheckerOptions {
  /** Bytes kept free around blocks; bytes of freed blocks that are remembered; live bytes at most. */
  redzone: number;
  quarantine: number;
  limit: number;
  /** Loads of bytes that were never written are errors: of the checker's own blocks, of captured ones. */
  ownUndefined: boolean;
  capturedUndefined: boolean;
}

/** A block or frame, as the core can find it again. @internal */
export interface Owner {
  start: bigint;
  serial: bigint;
}

/** An event that the core leaves to the host: its record in the batch, its number in the trace, and a copy of its row. */
interface HostEvent {
  at: number;
  record: number;
  row: Uint32Array;
}

interface StartingBlock extends Owner {
  size: bigint;
  isLive: boolean;
  isFrame: boolean;
}

/** What a row of findings says. Places are as the host numbers them; 0n: not known. @internal */
export interface RawFinding {
  /** `FindingKind`. */
  kind: number;
  va: bigint;
  size: bigint;
  block: { start: bigint; size: bigint; where: number } | undefined;
  /** `BlockFlag`s. */
  flags: number;
  /** Of an allocation that has no block: count and size of a calloc; else 0n. */
  product: readonly [count: bigint, size: bigint];
  /** What the trace calls it: a number of the host's, or 0. */
  name: number;
  access: bigint;
  allocated: bigint;
  freed: bigint;
  pc: bigint;
  /** Of an access in a run-time library: the last fetches of the program before it, the latest first; 0n behind the first that is known. */
  callers: readonly bigint[];
  record: number;
  process: number;
  count: number;
}

/** A block that is live when leaks are looked for. @internal */
export interface RawBlock {
  start: bigint;
  size: number;
  allocated: bigint;
  serial: number;
  name: number;
  /** `Leak`. */
  leak: number;
}

/** The checker in a core of its own: calls and views. @internal */
export class Checker {
  readonly core: Core;
  private readonly limit: number;
  /** What errors call a place. */
  private readonly placeText: (place: bigint) => string;
  private entered = 0;

  /** @throws PagewalkError `E_MEMORY` */
  constructor(core: Core, options: CheckerOptions, placeText: (place: bigint) => string) {
    this.core = core;
    this.placeText = placeText;
    this.limit = options.limit;
    this.need(core.exports.openCheck());
    const { redzone, quarantine, limit, ownUndefined, capturedUndefined } = options;
    core.exports.setHeap(BigInt(redzone), BigInt(quarantine), BigInt(limit));
    core.exports.setUndefined(ownUndefined, capturedUndefined);
  }

  /** The memory of a new process, entered. */
  newSpace(process: number): number {
    const space = this.need(this.core.exports.newSpace(BigInt(process)));
    this.enter(space);
    return space;
  }

  enter(space: number): void {
    this.core.exports.forgetFetch();
    if (space === this.entered) return;
    this.entered = space;
    this.core.exports.enterSpace(space);
  }

  /** A copy of the memory entered, for another process; entered, too. */
  fork(process: number): number {
    this.entered = this.need(this.core.exports.forkSpace(BigInt(process)));
    this.core.exports.forgetFetch();
    return this.entered;
  }

  /** Gives back the memory entered. */
  leave(): void {
    this.core.exports.leaveSpace();
    this.entered = 0;
  }

  /** Where what follows stands in the source, and in the trace. */
  at(place: bigint, record = 0): void {
    this.core.exports.setPlace(place, 0n, BigInt(record));
  }

  /** Places a block. @throws PagewalkError `E_MEMORY` above the limit of live bytes */
  place(size: bigint, alignment: bigint, zeros: boolean, name: number): Owner {
    const { exports, enums } = this.core;
    const state = zeros ? enums.ByteState.Known : enums.ByteState.Undefined;
    const block = this.need(exports.placeBlock(size, alignment, state, name));
    this.checkLimit();
    return this.ownerOfBlock(block);
  }

  /** Gives a captured block its address. */
  capture(start: bigint, size: bigint, zeros: boolean, name: number): void {
    const { exports, enums } = this.core;
    const state = zeros ? enums.ByteState.Known : enums.ByteState.Undefined;
    this.need(exports.captureBlock(start, size, state, name));
    this.checkLimit();
  }

  reallocCaptured(from: bigint, to: bigint, size: bigint, name: number): void {
    this.need(this.core.exports.reallocCaptured(from, to, size, name));
    this.checkLimit();
  }

  freeAt(va: bigint): void {
    this.need(this.core.exports.freeAt(va));
  }

  /** Frees, for a realloc: what is wrong with that is told so. */
  reallocating(free: () => void): void {
    this.core.exports.setRealloc(true);
    try {
      free();
    } finally {
      this.core.exports.setRealloc(false);
    }
  }

  /** Frees a block. False: it is not live, and nothing was done. */
  release(owner: Owner): boolean {
    const block = this.liveBlockOf(owner);
    return block !== 0 && this.need(this.core.exports.releaseBlock(block)) !== 0;
  }

  /** Moves a live block to one placed for it, and frees it. */
  move(from: Owner, to: Owner): void {
    this.need(this.core.exports.moveBlock(this.liveBlockOf(from), this.liveBlockOf(to)));
  }

  push(start: bigint, size: bigint, name: number): Owner {
    return this.ownerOfBlock(this.need(this.core.exports.pushFrame(start, size, name)));
  }

  /** Pops a frame, if nothing was placed over it. */
  pop(owner: Owner): void {
    this.need(this.core.exports.popFrame(this.liveBlockOf(owner)));
  }

  /** Whether a block is remembered, and live. */
  isLive(owner: Owner): boolean {
    return this.liveBlockOf(owner) !== 0;
  }

  /** Whether a block is remembered. */
  knows(owner: Owner): boolean {
    return this.blockOf(owner) !== 0;
  }

  /** The block that begins at an address, live or freed. */
  startingAt(start: bigint): StartingBlock | undefined {
    const { exports, enums } = this.core;
    const { BlockFlag, BlockWord } = enums;
    const block = exports.blockStarting(start) >>> 0;
    if (block === 0) return undefined;
    const size = this.core.u64(block, 2)[BlockWord.Size / 8] ?? 0n;
    const flags = this.core.u32(block + BlockWord.Flags, 1)[0] ?? 0;
    const isLive = (flags & BlockFlag.Freed) === 0;
    return { ...this.ownerOfBlock(block), size, isLive, isFrame: (flags & BlockFlag.Frame) !== 0 };
  }

  /** Checks an access, made through a block that is remembered, or by its address alone. */
  access(kind: Kind, va: bigint, size: bigint, owner?: Owner): void {
    const { start, serial } = owner ?? { start: 0n, serial: 0n };
    this.need(this.core.exports.checkAccess(kindNumber(this.core, kind), va, size, start, serial));
  }

  /** Reports what no check of the core finds. */
  report(
    finding: Pick<
      RawFinding,
      "kind" | "va" | "size" | "flags" | "product" | "name" | "block" | "allocated" | "freed"
    >,
  ): void {
    const { exports, enums } = this.core;
    const { Findings } = enums;
    const row = this.core.u64(exports.draft.value, Findings.Words).fill(0n);
    row[Findings.Kind] = BigInt(finding.kind);
    row[Findings.Va] = finding.va;
    row[Findings.Size] = finding.size;
    row[Findings.Flags] = BigInt(finding.flags);
    row[Findings.Name] = BigInt(finding.name);
    row[Findings.Allocated] = finding.allocated;
    row[Findings.Freed] = finding.freed;
    row[Findings.Start] = finding.product[0];
    row[Findings.Bytes] = finding.product[1];
    const { block } = finding;
    if (block) {
      row[Findings.HasBlock] = 1n;
      row[Findings.Where] = BigInt(block.where);
      row[Findings.Start] = block.start;
      row[Findings.Bytes] = block.size;
    }
    this.need(exports.reportDraft());
  }

  /** Says that [from, to) is mapped anew, or is not mapped any more. */
  forget(from: bigint, to: bigint, isMapped: boolean): void {
    this.need(this.core.exports.forgetMemory(from, to, isMapped));
  }

  /** Copies what is known of memory that is mapped elsewhere. */
  moveMemory(from: bigint, to: bigint, size: bigint): void {
    this.need(this.core.exports.moveMemory(from, to, size));
  }

  /** An allocator gave [from, to) back to the system. */
  releaseMemory(from: bigint, to: bigint): void {
    this.need(this.core.exports.releaseMemory(from, to));
  }

  /** Where code of the run-time libraries is, [from, to) each. */
  setRuntime(ranges: readonly (readonly [from: bigint, to: bigint])[]): void {
    const at = this.need(this.core.exports.runtimeBuffer(ranges.length));
    this.core.u64(at, 2 * ranges.length).set(ranges.flat());
  }

  /** Says that there is memory in [from, to), or none any more. */
  changeArea(from: bigint, to: bigint, isMapped: boolean): void {
    this.need(this.core.exports.changeArea(from, to, isMapped));
  }

  /** The pages of [from, to) hold zeros. */
  zero(from: bigint, to: bigint): void {
    this.core.exports.dropContents(from, to);
  }

  /** `strict`: only what is mapped may be accessed outside of blocks; `guarded`: the first page may not be. */
  judge(strict: boolean, guarded: boolean): void {
    this.core.exports.setJudging(strict, guarded);
    this.core.exports.enterSpace(this.entered);
  }

  /** Puts contents where they may be. */
  putBytes(va: bigint, bytes: Uint8Array): void {
    const at = this.need(this.core.exports.openContents(bytes.length));
    this.core.bytes(at, bytes.length).set(bytes);
    this.need(this.core.exports.putContents(va));
  }

  /** The contents at an address, and 1 for each byte that is known. */
  bytesAt(va: bigint, size: number): { bytes: Uint8Array; known: Uint8Array } {
    const { exports } = this.core;
    const at = this.need(exports.openContents(size));
    exports.getContents(va);
    return { bytes: this.core.bytes(at, size).slice(), known: this.core.bytes(at + size, size).slice() };
  }

  /** Checks records [from, to) of a slice, to the first event that is the host's to do; undefined: all are checked. */
  batch(slice: Slice, from: number): HostEvent | undefined {
    const { exports, enums } = this.core;
    const { Status, Result, EventRow } = enums;
    exports.openBatchToCheck(slice.record, slice.selected);
    const status = exports.checkBatch(from, slice.to);
    if (status === Status.Ok) return undefined;
    if (status === Status.ForHost) {
      const results = this.core.u64(exports.results.value, Result.Length);
      const at = Number(results[Result.Place]);
      const [number = 0] = this.core.u32(exports.addresses.value + 8 * at, 1);
      const row = this.core.u32(exports.events.value + 4 * number * EventRow.Words, EventRow.Words).slice();
      return { at, row, record: Number(results[Result.StoppedAt]) };
    }
    this.checkLimit();
    throw outOfMemory();
  }

  findings(): RawFinding[] {
    return Array.from({ length: this.core.exports.findingCount.value >>> 0 }, (_, index) =>
      this.finding(index),
    );
  }

  private finding(index: number): RawFinding {
    const { exports, enums } = this.core;
    const { Findings } = enums;
    const [piece = 0] = this.core.u32(exports.pieces.value + 4 * Math.floor(index / Findings.Piece), 1);
    const row = piece + (index % Findings.Piece) * Findings.Words * 8;
    return findingOf(this.core.u64(row, Findings.Words), enums);
  }

  /** The finding that was reported last, as it was then, and how often it was found so far. */
  get last(): RawFinding {
    const { exports, enums } = this.core;
    return findingOf(this.core.u64(exports.draft.value, enums.Findings.Words), enums);
  }

  /** Findings in all, and those that are in no row, for there were too many. */
  get found(): { total: number; unlisted: number } {
    const { exports } = this.core;
    return {
      total: Number(exports.findingTotal.value),
      unlisted: Number(exports.findingsUnlisted.value),
    };
  }

  /** What was given and freed, in all processes. */
  get counts(): { blocks: number; bytes: number; freed: number; peak: number } {
    const { blocksGiven, bytesGiven, blocksFreed, peakBytes } = this.core.exports;
    const [blocks = 0, bytes = 0, freed = 0, peak = 0] = [
      blocksGiven,
      bytesGiven,
      blocksFreed,
      peakBytes,
    ].map(({ value }) => Number(BigInt.asUintN(64, value)));
    return { blocks, bytes, freed, peak };
  }

  /** The live blocks of the memory entered, but for those that came with a fork, and what each is to a search from these addresses. */
  leaks(roots: readonly bigint[]): RawBlock[] {
    const { exports, enums } = this.core;
    const { BlockWord, Leak } = enums;
    const at = this.need(exports.openContents(Math.max(8 * roots.length, 8)));
    this.core.u64(at, roots.length).set(roots);
    this.need(exports.listBlocks());
    this.need(exports.findLeaks(at, roots.length));
    const blocks = this.core.u32(exports.leakBlocks.value, exports.leakCount.value >>> 0);
    return Array.from(blocks, (block) => {
      const longs = this.core.u64(block, 5);
      const words = this.core.u32(block, BlockWord.Leak / 4 + 1);
      return {
        start: longs[BlockWord.Start / 8] ?? 0n,
        size: Number(longs[BlockWord.Size / 8]),
        allocated: longs[BlockWord.Allocated / 8] ?? 0n,
        serial: Number(longs[BlockWord.Serial / 8]),
        name: words[BlockWord.Name / 4] ?? 0,
        leak: words[BlockWord.Leak / 4] ?? Leak.None,
      };
    });
  }

  private blockOf({ start, serial }: Owner): number {
    return this.core.exports.ownerOf(start, serial) >>> 0;
  }

  /** 0 where it is not live, or not remembered: something else was placed over it. */
  private liveBlockOf({ start, serial }: Owner): number {
    return this.core.exports.liveOwnerOf(start, serial) >>> 0;
  }

  private ownerOfBlock(block: number): Owner {
    const { startOf, serialOf } = this.core.exports;
    return { start: startOf(block), serial: serialOf(block) };
  }

  /** What a call gave that gives 0, or false, when memory is used up. */
  private need(given: number | boolean): number {
    if (!given) throw outOfMemory();
    return Number(given) >>> 0;
  }

  /** Whether so many bytes more may be live. */
  hasRoom(size: bigint): boolean {
    return BigInt.asUintN(64, this.core.exports.liveBytes()) + size <= BigInt(this.limit);
  }

  private checkLimit(): void {
    if (!this.core.exports.isOverLimit.value) return;
    const bytes = this.limit.toLocaleString("en-US");
    const where = this.placeText(BigInt.asUintN(64, this.core.exports.place.value));
    throw new PagewalkError(
      "E_MEMORY",
      `${where}: more than ${bytes} bytes of blocks are live at once, which is the limit; want --limit N for the first N accesses alone${this.limit < MOST ? ", or a larger --heap-limit, up to 1G" : ""}`,
    );
  }
}

function findingOf(row: BigUint64Array, { Findings: at, Callers }: Core["enums"]): RawFinding {
  const long = (word: number) => row[word] ?? 0n;
  const number = (word: number) => Number(row[word]);
  const block = {
    start: long(at.Start),
    size: long(at.Bytes),
    where: number(at.Where),
  };
  return {
    kind: number(at.Kind),
    va: long(at.Va),
    size: long(at.Size),
    block: row[at.HasBlock] ? block : undefined,
    product: row[at.HasBlock] ? [0n, 0n] : [block.start, block.size],
    flags: number(at.Flags),
    name: number(at.Name),
    access: long(at.Access),
    allocated: long(at.Allocated),
    freed: long(at.Freed),
    pc: long(at.Pc),
    callers: [...row.subarray(at.Callers, at.Callers + Callers.Count)],
    record: number(at.Record),
    process: number(at.Process),
    count: number(at.Count),
  };
}

function outOfMemory(): PagewalkError {
  return new PagewalkError(
    "E_MEMORY",
    "what is known of the heap does not fit in the 4 GiB that WebAssembly can address; want --limit for a part of the trace",
  );
}
