import type { Core } from "../engine/core.js";
import { deepFreeze } from "../freeze.js";

/** What a heap has come to. Sizes in bytes. */
export interface HeapStats {
  /** Operations, and requests among them that there was no room for. */
  ops: number;
  failed: number;
  /** What was asked for and is not freed; and the most of it at any time. */
  livePayload: number;
  peakPayload: number;
  /** Blocks that are not freed, and the most of them. */
  liveBlocks: number;
  peakLiveBlocks: number;
  /** The bytes of those blocks, with headers, footers and padding, and the most of them. */
  blockBytes: number;
  peakBlockBytes: number;
  /** What the heap has grown to; it never becomes smaller. */
  grownBytes: number;
  /** Blocks that are mapped by themselves, and the most of them. */
  mmapBytes: number;
  peakMmapBytes: number;
  /** What the heap has grown to, and the most that was mapped by itself. */
  heapBytes: number;
  /** The most of the heap and what is mapped, at any one time. */
  peakBytes: number;
  /** `peakPayload` / `heapBytes`, from 0 to 1. */
  utilization: number;
  /** Free blocks of the heap: their bytes, their number, and the largest. */
  freeBytes: number;
  freeBlocks: number;
  largestFree: number;
  /** The bytes of allocated blocks that were not asked for: headers, footers, padding. */
  internalFragmentation: number;
  /** 1 - largest free block / free bytes, from 0 to 1; 0 where nothing is free. */
  externalFragmentation: number;
  /** Times that the heap grew, blocks split, blocks that became part of a neighbour. */
  sbrks: number;
  splits: number;
  merges: number;
  /** Blocks that searches looked at. */
  visited: number;
  /** Reallocations that stayed in place, and bytes that the others copied. */
  inPlace: number;
  copied: number;
}

/** Walks over the heap. @internal */
export function readHeapStats(core: Core): HeapStats {
  const { exports, enums } = core;
  const { HeapStat } = enums;
  exports.sampleHeap();
  const counts = core.numbers(exports.heapStats.value, HeapStat.Length);
  const count = (slot: number) => counts[slot] ?? 0;
  const heapBytes = count(HeapStat.HeapBytes) + count(HeapStat.PeakMmapBytes);
  const blockBytes = count(HeapStat.BlockBytes);
  const freeBytes = count(HeapStat.FreeBytes);
  const largestFree = count(HeapStat.LargestFree);
  return deepFreeze({
    ops: count(HeapStat.Ops),
    failed: count(HeapStat.Failed),
    livePayload: count(HeapStat.Live),
    peakPayload: count(HeapStat.PeakPayload),
    liveBlocks: count(HeapStat.LiveBlocks),
    peakLiveBlocks: count(HeapStat.PeakLiveBlocks),
    blockBytes,
    peakBlockBytes: count(HeapStat.PeakBlockBytes),
    grownBytes: count(HeapStat.HeapBytes),
    mmapBytes: count(HeapStat.MmapBytes),
    peakMmapBytes: count(HeapStat.PeakMmapBytes),
    heapBytes,
    peakBytes: count(HeapStat.PeakBytes),
    utilization: heapBytes === 0 ? 0 : count(HeapStat.PeakPayload) / heapBytes,
    freeBytes,
    freeBlocks: count(HeapStat.FreeBlocks),
    largestFree,
    internalFragmentation: blockBytes - count(HeapStat.Live),
    externalFragmentation: freeBytes === 0 ? 0 : 1 - largestFree / freeBytes,
    sbrks: count(HeapStat.Sbrks),
    splits: count(HeapStat.Splits),
    merges: count(HeapStat.Merges),
    visited: count(HeapStat.Visited),
    inPlace: count(HeapStat.InPlace),
    copied: count(HeapStat.Copied),
  });
}

/** What a number of `validateHeap` means; null: all holds. @internal */
export function faultText(core: Core, fault: number): string | null {
  const { HeapFault } = core.enums;
  if (fault === HeapFault.None) return null;
  const texts: Record<number, string> = {
    [HeapFault.Size]: "a block's size is not aligned, below the smallest, or beyond the heap's end",
    [HeapFault.Alignment]: "a payload is not aligned",
    [HeapFault.Footer]: "a footer differs from its header",
    [HeapFault.Previous]: "a header is wrong about the block before it",
    [HeapFault.Neighbours]: "two neighbours are free, though they are merged at once",
    [HeapFault.Links]: "the links of free blocks contradict each other",
    [HeapFault.FreeList]: "the free blocks are not those that can be found",
    [HeapFault.Counts]: "what was counted is not what is there",
    [HeapFault.Mapped]: "the areas of mapped blocks are not whole",
    [HeapFault.Payload]: "a payload is not what was written there",
    [HeapFault.Slot]: "a block is not allocated, or too small",
  };
  return texts[fault] ?? `fault ${fault}`;
}
