import { type CompiledCore, Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { checkOptions, YES_OR_NO } from "../options.js";
import {
  type Collection,
  type CollectOptions,
  checkCollect,
  collect,
  finishSweep,
  type Layout,
  noMemory,
  setLayout,
} from "./collect.js";
import { type HeapPolicy, type HeapPolicyInput, resolvePolicy } from "./policy.js";
import { openHeap } from "./setup.js";
import { faultText, type HeapStats, readHeapStats } from "./stats.js";
import { type HeapBlock, walkBlocks } from "./walk.js";

/** Where the heap begins, as its pointers say it: below it, no pointer points. */
export const HEAP_BASE = 0x10000;

const MAX_SIZE = 2 ** 32 - 1;
/** The options of `Heap.create`. */
const MAKING = {
  module: {
    want: "a WebAssembly.Module, as compileCore gives",
    is: (value: unknown) => value instanceof WebAssembly.Module,
  },
};

/**
 * A simulated heap under one policy, in a WebAssembly instance of its own. Headers, footers, links and payloads are really in it. Pointers are numbers, and 0 is
 * NULL. Requests are as C has them: what there is no room for comes back as 0, and `errno` says so.
 */
export class Heap {
  /** The whole policy; `Heap.create(heap.policy)` makes the same heap again. */
  readonly policy: HeapPolicy;
  /** The instance. @internal */
  readonly core: Core;
  private failure: "ENOMEM" | "EINVAL" | null = null;

  private constructor(core: Core, policy: HeapPolicy) {
    this.core = core;
    this.policy = policy;
    openHeap(core, policy);
  }

  /**
   * @param policy a preset's name, or what differs from the preset that it names
   * @param options.module a compiled core (`compileCore`), to share it between heaps
   * @throws PagewalkError `E_CONFIG` with every problem of the policy at once, `E_MEMORY` where its limit does not fit in linear memory, `E_OPTION`
   */
  static async create(
    policy: string | HeapPolicyInput = {},
    options: { module?: CompiledCore } = {},
  ): Promise<Heap> {
    checkOptions("Heap.create", options, MAKING);
    const resolved = resolvePolicy(policy);
    return new Heap(await Core.create(options.module), resolved);
  }

  /** Why the last request came back as 0; null after one that did not. */
  get errno(): "ENOMEM" | "EINVAL" | null {
    return this.failure;
  }

  /**
   * A block of `size` bytes; of 0 bytes too. Its contents are what lay there before.
   *
   * @returns a pointer, a multiple of the policy's alignment; 0 where there is no room (`errno`)
   * @throws PagewalkError `E_OPTION` for a size that is no whole number from 0 up
   */
  malloc(size: number): number {
    return this.answered(this.core.exports.heapMalloc(bytes("malloc", size)));
  }

  /** The same for `count` times `size` bytes, zeroed; 0 as well where the product does not fit. @throws PagewalkError as `malloc` */
  calloc(count: number, size: number): number {
    return this.answered(this.core.exports.heapCalloc(bytes("calloc", count), bytes("calloc", size)));
  }

  /**
   * The same at a multiple of `alignment`.
   *
   * @returns 0 as well, and EINVAL in `errno`, where the alignment is no power of two
   * @throws PagewalkError as `malloc`
   */
  aligned(alignment: number, size: number): number {
    const { exports } = this.core;
    bytes("aligned", alignment);
    const wanted = bytes("aligned", size);
    if (alignment === 0 || 2 ** Math.round(Math.log2(alignment)) !== alignment) {
      this.failure = "EINVAL";
      return 0;
    }
    // No multiple of it is in a heap, but for NULL.
    if (alignment > MAX_SIZE) return this.answered(exports.heapMalloc(MAX_SIZE));
    return this.answered(exports.heapAligned(wanted, alignment));
  }

  /**
   * Makes a block larger or smaller, where it is or elsewhere. Of a NULL it is `malloc`, to 0 bytes it is `free`.
   *
   * @returns the new pointer; 0 where there is no room (`errno`), and the block stays as it is; 0 after `free`
   * @throws PagewalkError `E_OPTION` for a pointer to no block, or no size
   */
  realloc(pointer: number, size: number): number {
    const wanted = bytes("realloc", size);
    if (pointer === 0) return this.answered(this.core.exports.heapMalloc(wanted));
    this.sizeOf(pointer, "realloc");
    const moved = this.core.exports.heapRealloc(this.inside(pointer), wanted);
    if (wanted > 0) return this.answered(moved);
    this.failure = null;
    return 0;
  }

  /** Frees a block; NULL is none. @throws PagewalkError `E_OPTION` for a pointer to no block: never given, or freed */
  free(pointer: number): void {
    if (pointer !== 0) this.sizeOf(pointer, "free");
    this.core.exports.heapFree(this.inside(pointer));
  }

  /** The bytes that were asked for. @throws PagewalkError `E_OPTION` for a pointer to no block */
  size(pointer: number): number {
    return this.sizeOf(pointer, "size");
  }

  /**
   * A copy of bytes of a block.
   *
   * @param offset the first of them, in bytes from the pointer
   * @throws PagewalkError `E_OPTION` for a pointer to no block, or bytes outside of what was asked for
   */
  read(pointer: number, length: number = this.sizeOf(pointer, "read"), offset = 0): Uint8Array {
    return this.view("read", pointer, length, offset).slice();
  }

  /** Writes bytes into a block. @throws PagewalkError as `read` */
  write(pointer: number, data: Uint8Array, offset = 0): void {
    if (!(data instanceof Uint8Array)) throw new PagewalkError("E_OPTION", "write: want bytes, a Uint8Array");
    this.view("write", pointer, data.length, offset).set(data);
  }

  /**
   * Finds what roots lead to and frees everything else. How is told in `docs/collector.md`.
   *
   * @throws PagewalkError `E_MEMORY` for more than 1 GiB of blocks, or where the tables do not fit; `E_OPTION` for options that there are not, or that are wrong
   */
  collect(options: CollectOptions = {}): Collection {
    checkCollect(options);
    return collect(this.core, { ...options, origin: HEAP_BASE });
  }

  /**
   * Frees what a lazy collection left to be freed; until then, that is done as requests find no room.
   *
   * @returns the blocks that were looked at for it since the collection, and the most before one request
   */
  sweep(): { blocksSwept: number; mostAtOnce: number } {
    return finishSweep(this.core);
  }

  /**
   * Says which words of a block are pointers, for precise collections. It stays with the block, wherever `realloc` moves it.
   *
   * @throws PagewalkError `E_OPTION` for a pointer to no block, or no layout
   */
  setLayout(pointer: number, layout: Layout): void {
    setLayout(this.core, this.inside(pointer), this.sizeOf(pointer, "setLayout"), layout);
  }

  /**
   * Whether a block is handed out (`finalized`) by the collection that finds it dead, and stays until the next. That happens once.
   *
   * @throws PagewalkError `E_OPTION` for a pointer to no block, or what is neither true nor false
   */
  setFinalizer(pointer: number, wanted = true): void {
    this.sizeOf(pointer, "setFinalizer");
    if (!YES_OR_NO.is(wanted))
      throw new PagewalkError("E_OPTION", `setFinalizer: ${String(wanted)}; want ${YES_OR_NO.want}`);
    if (!this.core.exports.setFinalizer(this.inside(pointer), wanted)) throw noMemory();
  }

  /** Counts so far, frozen. */
  stats(): HeapStats {
    return readHeapStats(this.core);
  }

  /** All blocks, from the heap's start on, and then those mapped by themselves. The heap must not change meanwhile. */
  blocks(): Generator<HeapBlock> {
    return walkBlocks(this.core, HEAP_BASE);
  }

  /** Looks at the whole heap: what is wrong with it, or null. Anything but null is a fault of pagewalk. */
  validate(): string | null {
    return faultText(this.core, this.core.exports.validateHeap());
  }

  private view(what: string, pointer: number, length: number, offset: number): Uint8Array {
    const size = this.sizeOf(pointer, what);
    const isWhole = Number.isSafeInteger(length) && Number.isSafeInteger(offset);
    if (!isWhole || length < 0 || offset < 0 || offset + length > size) {
      throw new PagewalkError(
        "E_OPTION",
        `${what}: ${length} bytes at ${offset} of the block at ${hex(pointer)}, which has ${size}`,
      );
    }
    return this.core.bytes(this.inside(pointer) + offset, length);
  }

  private sizeOf(pointer: number, what: string): number {
    const size = Number(this.core.exports.heapSizeOf(this.inside(pointer)));
    if (size >= 0) return size;
    throw new PagewalkError(
      "E_OPTION",
      `${what}: ${hex(pointer)} is no block of the heap; want a pointer that it gave and that is not freed`,
    );
  }

  /** A pointer as the core has it: an address in linear memory. 0 for what can be none. */
  private inside(pointer: number): number {
    if (!Number.isSafeInteger(pointer) || pointer <= HEAP_BASE || pointer > HEAP_BASE + this.policy.limit)
      return 0;
    return pointer - HEAP_BASE + (this.core.exports.heapBase() >>> 0);
  }

  private answered(address: number): number {
    this.failure = address === 0 ? "ENOMEM" : null;
    return address === 0 ? 0 : (address >>> 0) - (this.core.exports.heapBase() >>> 0) + HEAP_BASE;
  }
}

/** A size as the core has it: what does not fit in 32 bits as the largest, which no heap has. */
function bytes(what: string, size: number): number {
  if (typeof size === "number" && Number.isInteger(size) && size >= 0) return Math.min(size, MAX_SIZE);
  throw new PagewalkError("E_OPTION", `${what}: ${String(size)} is no size; want a whole number from 0 up`);
}

function hex(pointer: number): string {
  return Number.isSafeInteger(pointer) && pointer >= 0 ? `0x${pointer.toString(16)}` : String(pointer);
}
