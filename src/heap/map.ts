import type { Core } from "../engine/core.js";
import { type HeapBlock, walkBlocks } from "./walk.js";

/** What bytes of a heap are: of a block that is allocated, of a free one, mapped by itself, or neither: the heap's two ends. */
export type BlockKind = "used" | "free" | "mapped" | "header";

/** A part of the heap. The parts of `header`, `used` and `free` follow each other from 0 to the heap's end. */
export interface MapBlock {
  /** Bytes from where the heap begins. */
  offset: number;
  size: number;
  kind: BlockKind;
  /** Of an allocated block: the bytes that were asked for, and where they begin. */
  payload?: number;
  at?: number;
  /** The block's number among those that are live, and what allocated it, or reallocated it last: the operation, from 1, and its line. */
  slot?: number;
  operation?: number;
  line?: number;
}

/** A heap at one time. */
export interface HeapMap {
  /** Operations done until then, and the last one's line. */
  operation: number;
  line?: number;
  /** What the heap has grown to, and what is mapped besides. */
  grownBytes: number;
  mmapBytes: number;
  /**
   * All these bytes by what they are: asked for; headers, footers, padding, and the heap's two ends; free; mapped without what was
   * asked for there.
   */
  bytes: { payload: number; overhead: number; free: number; mapped: number };
  blocks: MapBlock[];
}

/** Who has a block: its slot, what it asked for, and where. */
interface Owner {
  address: number;
  slot: number;
  size: number;
}

/**
 * Walks over a core's heap.
 *
 * @param slots slots that its operations use
 * @internal
 */
export function readMap(core: Core, slots: number): Omit<HeapMap, "operation" | "line"> {
  const { exports, enums } = core;
  const { HeapStat } = enums;
  const stats = core.numbers(exports.heapStats.value, HeapStat.Length);
  const grownBytes = stats[HeapStat.HeapBytes] ?? 0;
  const mmapBytes = stats[HeapStat.MmapBytes] ?? 0;
  const owners = new Owners(core, slots);
  const blocks: MapBlock[] = [];
  for (const block of walkBlocks(core, 0)) {
    // Holes between mapped blocks are mapped no more, and no part of the heap.
    if (block.used || !block.mapped) blocks.push(blockOf(block, owners));
  }
  return {
    grownBytes,
    mmapBytes,
    bytes: bytesOf(blocks, grownBytes),
    blocks: withEnds(blocks, grownBytes),
  };
}

function blockOf({ start, bytes, used, mapped }: HeapBlock, owners: Owners): MapBlock {
  const block = { offset: start, size: bytes };
  if (!used) return { ...block, kind: "free" };
  const kind = mapped ? "mapped" : "used";
  const owner = owners.within(start, bytes);
  return owner
    ? { ...block, kind, payload: owner.size, at: owner.address, slot: owner.slot }
    : { ...block, kind };
}

function bytesOf(blocks: readonly MapBlock[], grownBytes: number): HeapMap["bytes"] {
  const bytes = { payload: 0, overhead: grownBytes, free: 0, mapped: 0 };
  for (const { kind, size, payload = 0 } of blocks) {
    bytes.payload += payload;
    if (kind === "free") bytes.free += size;
    if (kind === "mapped") bytes.mapped += size - payload;
    else bytes.overhead -= kind === "free" ? size : payload;
  }
  return bytes;
}

/** With what is before the first block, and behind the last. */
function withEnds(blocks: MapBlock[], grownBytes: number): MapBlock[] {
  const inHeap = blocks.filter(({ kind }) => kind !== "mapped");
  const first = inHeap[0]?.offset ?? 0;
  const last = inHeap.at(-1);
  const end = last ? last.offset + last.size : 0;
  const header = (offset: number, size: number): MapBlock[] =>
    size > 0 ? [{ offset, size, kind: "header" }] : [];
  return [
    ...header(0, first),
    ...inHeap,
    ...header(end, grownBytes - end),
    ...blocks.filter(({ kind }) => kind === "mapped"),
  ];
}

/** The blocks of all slots, by address, as offsets from the heap's start. */
class Owners {
  private readonly all: Owner[] = [];

  constructor({ exports }: Core, slots: number) {
    const base = exports.heapBase() >>> 0;
    for (let slot = 0; slot < slots; slot++) {
      const address = exports.slotAddress(slot) >>> 0;
      if (address !== 0) this.all.push({ address: address - base, slot, size: exports.slotSize(slot) >>> 0 });
    }
    this.all.sort((a, b) => a.address - b.address);
  }

  /** The one whose payload begins in [offset, offset + size). */
  within(offset: number, size: number): Owner | undefined {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.all[middle]?.address ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    const owner = this.all[low];
    return owner && owner.address < offset + size ? owner : undefined;
  }
}
