import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { littleEndian } from "../trace/pointers.js";
import type { Collecting } from "./collect.js";
import type { Contents, Place, Step } from "./contents.js";
import { HEAP_BASE } from "./heap.js";
import { Outside } from "./outside.js";

/** Bytes of a pointer. */
const POINTER = 8;

/** What a trace tells of memory, done to a heap: contents of blocks, and the roots of collections. @internal */
export class Memory {
  /** The trace tells of memory. Otherwise blocks have no contents, and are needed until it frees them. */
  readonly isTold: boolean;
  /** Stores to, and pointers to, blocks that were collected. */
  lost = 0;
  /** Stores beyond a block's end, and what could not be placed when the trace was read. */
  unplaced: number;
  private readonly core: Core;
  private readonly steps: readonly Step[];
  private readonly outside = new Outside();
  /** By slot, how far into its block roots point. */
  private readonly rooted = new Map<number, Set<bigint>>();
  private readonly addresses: bigint[] = [];
  private next = 0;

  /** @param how.frees blocks are freed where the trace frees them, and not collected @throws PagewalkError `E_MEMORY` */
  constructor(core: Core, contents: Contents | undefined, how: { frees: boolean }) {
    this.core = core;
    this.isTold = contents !== undefined;
    this.steps = contents?.steps ?? [];
    this.unplaced = contents?.unplaced ?? 0;
    if (core.exports.beginCollected(this.isTold, how.frees)) return;
    throw new PagewalkError("E_MEMORY", "no linear memory is left for what is known of the heap's words", {
      path: "limit",
    });
  }

  /** The entry before which there is something to do; `end` where that is later. */
  nextStop(end: number): number {
    return Math.min(this.steps[this.next]?.entries ?? end, end);
  }

  /** Does everything up to behind an entry. */
  act(entries: number): void {
    for (let step = this.steps[this.next]; step && step.entries <= entries; step = this.steps[++this.next]) {
      this.do(step);
    }
  }

  /** Where a collection begins now. */
  roots(): Collecting {
    if (!this.isTold) return { origin: HEAP_BASE, slots: true };
    const pointers = [...this.rooted].flatMap(([slot, offsets]) => {
      const start = this.addressOf(slot);
      return start === undefined ? [] : Array.from(offsets, (offset) => start + offset);
    });
    const { known, doubtful } = this.outside.words();
    return { origin: HEAP_BASE, words: [...pointers, ...this.addresses, ...known], doubtful };
  }

  private do(step: Step): void {
    if (step.do === "store") this.store(step);
    else if (step.do === "use") this.use(step.slot);
    else if (step.do === "root") this.root(step.to);
    else if (step.do === "unroot") this.rooted.delete(step.slot);
    else if (step.do === "push") this.outside.push(step.stack, step.name);
    else if (step.do === "pop") this.outside.pop(step.stack);
    else this.outside.fork(step.stack, step.child);
  }

  private root(to: Place): void {
    if (!("slot" in to)) this.addresses.push(BigInt.asUintN(64, this.outside.address(to)));
    else {
      const offsets = this.rooted.get(to.slot) ?? new Set();
      this.rooted.set(to.slot, offsets.add(to.offset));
    }
  }

  private store({ to, size, bytes: value }: Extract<Step, { do: "store" }>): void {
    const isPointer = !(value instanceof Uint8Array);
    const bytes = isPointer ? littleEndian(this.pointerTo(value), size) : value;
    if (!("slot" in to)) this.outside.write(to, bytes, isPointer);
    else this.storeInBlock(to, bytes, isPointer);
  }

  private use(slot: number): void {
    if (this.core.exports.wasLost(slot)) this.lost++;
  }

  private storeInBlock(
    { slot, offset }: Extract<Place, { slot: number }>,
    bytes: Uint8Array,
    isPointer: boolean,
  ): void {
    const { core } = this;
    const { exports } = core;
    if (exports.wasLost(slot)) this.lost++;
    const payload = exports.slotAddress(slot) >>> 0;
    if (payload === 0 || exports.isDead(payload)) return;
    if (offset < 0n || offset + BigInt(bytes.length) > BigInt(exports.slotSize(slot) >>> 0)) {
      this.unplaced++;
      return;
    }
    const address = payload + Number(offset);
    core.bytes(address, bytes.length).set(bytes);
    // A word of which some bytes are written anew is no pointer any more.
    const words = address - (address % POINTER);
    exports.clearPointers(words, address - words + bytes.length);
    if (isPointer && address === words && bytes.length >= POINTER) exports.setPointer(address);
  }

  private pointerTo(to: Place): bigint {
    if (!("slot" in to)) return this.outside.address(to);
    const start = this.addressOf(to.slot);
    if (start !== undefined) return start + to.offset;
    if (this.core.exports.wasLost(to.slot)) this.lost++;
    return 0n;
  }

  /** As the program has it; undefined: the block is not there. */
  private addressOf(slot: number): bigint | undefined {
    const { exports } = this.core;
    const payload = exports.slotAddress(slot) >>> 0;
    if (payload === 0 || exports.isDead(payload)) return undefined;
    return BigInt(payload - (exports.heapBase() >>> 0) + HEAP_BASE);
  }
}
