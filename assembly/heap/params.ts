// What a heap's policy says, as the host hands it in, and what is counted of it.

/** How free blocks are found. */
export enum HeapOrganisation {
  /** All blocks, one after the other. */
  Implicit,
  /** A list of the free ones, the last freed first. */
  ExplicitLifo,
  /** Free blocks in order of address. */
  ExplicitAddress,
  /** A list for each class of sizes. */
  Segregated,
  /** Two-level segregated fit: classes of classes, any block of the class found fits. */
  Tlsf,
  /** Blocks of powers of two, split in halves and joined again. */
  Buddy,
}

export enum HeapFit {
  First,
  Next,
  Best,
  Worst,
}

export enum HeapCoalescing {
  /** At each free. */
  Immediate,
  /** All at once, when nothing fits. */
  Deferred,
  None,
}

/** Which blocks end in a footer. */
export enum HeapFooters {
  All,
  /** Free ones; a bit of the next header says whether there is one. */
  Free,
  None,
}

export enum HeapRealloc {
  /** A new block, a copy, and a free, whatever the sizes. */
  Copy,
  /** Where it is, if it fits there, or the block behind it is free, or the heap's end. */
  InPlace,
}

export enum HeapExtend {
  /** By the block that is wanted, at least by the chunk. */
  Whole,
  /** By what the free block at the heap's end lacks, at least by the chunk. */
  Shortfall,
}

/** Slots of the parameters, 64 bits each; sizes in bytes. */
export enum HeapParam {
  Organisation,
  Fit,
  Coalescing,
  Footers,
  Realloc,
  Extend,
  /** 8 or 16: what payloads are aligned to, and blocks are multiples of. */
  Alignment,
  /** 4, 8 or 16. */
  Header,
  /** 4, 8 or 16; of no meaning without footers. */
  Footer,
  /** The smallest block; 0: the smallest that there can be. */
  MinBlock,
  /** The smallest rest that becomes a block of its own; 0: the smallest block. */
  SplitThreshold,
  /** What the heap starts with and grows by, at least. 0: it starts empty. */
  Chunk,
  /** Requests of this size and more are mapped by themselves; 0: none are. */
  MmapThreshold,
  /** Of heap and mapped blocks together; whole pages. */
  Limit,
  Length,
}

export const heapParams: usize = memory.data(<i32>HeapParam.Length * 8, 8);

export function heapParam(slot: HeapParam): u32 {
  return <u32>load<u64>(heapParams + ((<usize>slot) << 3));
}

/** Slots of the counts, 64 bits each; sizes in bytes. */
export enum HeapStat {
  /** What was asked for and not freed yet, and the most of it at any time. */
  Live,
  PeakPayload,
  /** Blocks that are allocated, with headers, footers and padding; and the most of it. */
  BlockBytes,
  PeakBlockBytes,
  /** What the heap's end has come to. It never comes back. */
  HeapBytes,
  /** Blocks that are mapped by themselves, and the most of it. */
  MmapBytes,
  PeakMmapBytes,
  /** The most of heap and mapped blocks at any one time. */
  PeakBytes,
  /** Free blocks of the heap, without those that are mapped no more. */
  FreeBytes,
  Ops,
  /** Requests that were answered with NULL. */
  Failed,
  /** Times that the heap grew. */
  Sbrks,
  Splits,
  /** Blocks that became part of a neighbour. */
  Merges,
  /** Blocks that searches looked at. */
  Visited,
  /** Reallocations: those that stayed in place, and bytes copied by the others. */
  InPlace,
  Copied,
  /** Allocated blocks. */
  LiveBlocks,
  PeakLiveBlocks,
  /** Of the last sampleHeap(): free blocks, and the largest. */
  FreeBlocks,
  LargestFree,
  Length,
}

export const heapStats: usize = memory.data(<i32>HeapStat.Length * 8, 8);

export function heapStat(slot: HeapStat): u64 {
  return load<u64>(heapStats + ((<usize>slot) << 3));
}

export function setStat(slot: HeapStat, value: u64): void {
  store<u64>(heapStats + ((<usize>slot) << 3), value);
}

export function addStat(slot: HeapStat, by: u64): void {
  const at = heapStats + ((<usize>slot) << 3);
  store<u64>(at, load<u64>(at) + by);
}

export function raiseStat(slot: HeapStat, value: u64): void {
  const at = heapStats + ((<usize>slot) << 3);
  if (load<u64>(at) < value) store<u64>(at, value);
}
