import type { ProcessHeap } from "./processheap.js";

/** What was asked of a process's heap, and what it did in its process. */
export interface HeapCounts {
  /** The process that used it first. */
  pid: number;
  /** malloc and calloc, realloc, free. */
  allocations: number;
  reallocations: number;
  frees: number;
  /** Requests that were answered with NULL. */
  failed: number;
  /** Accesses: a word of the allocator's each, or a piece of a payload that was copied or zeroed. */
  loads: number;
  stores: number;
  /** The break was not where the heap ended, so that it could not grow. */
  breakMoved: boolean;
}

/** The heap of a process. A child's begins with what its parent had, and counts what it did itself. */
export interface ProcessHeapStats extends HeapCounts {
  /** It is no more: the process ended, or became another program. */
  ended: boolean;
  /** Its first byte, hexadecimal; null where there was no room for it. */
  start: string | null;
  /** What was asked for and is not freed: bytes and blocks. */
  livePayload: number;
  liveBlocks: number;
  /** Bytes that it grew to by sbrk, and bytes that are mapped for blocks by themselves. */
  grownBytes: number;
  mmapBytes: number;
}

/** Something that a trace does with a block that is none. `pagewalk check` explains it. */
export interface HeapError {
  kind:
    | "double-free"
    | "free-of-unknown"
    /** Bytes on from where a block begins. */
    | "free-inside"
    | "realloc-of-freed"
    | "realloc-of-unknown"
    | "id-in-use"
    | "process-ended";
  /** The block's name; and how far from it, where that is what is wrong. */
  id: string;
  pid: number;
  /** The line of the trace; null where its format has none. And its accesses up to there. */
  line: number | null;
  record: number;
}

/** The heaps of a machine's processes. */
export interface HeapReport {
  /** Events that were acted upon. */
  events: number;
  allocations: number;
  frees: number;
  failed: number;
  loads: number;
  stores: number;
  /** By number; of one that became another program, in the order of its programs. */
  processes: ProcessHeapStats[];
  /** The first 20 of them, and how many there were. */
  errors: HeapError[];
  errorsTotal: number;
}

/** @internal */
export function statsOf(counts: HeapCounts, heap: ProcessHeap | null, ended: boolean): ProcessHeapStats {
  return {
    ...counts,
    ended,
    start: heap ? `0x${heap.start.toString(16)}` : null,
    ...(heap?.sizes ?? { livePayload: 0, liveBlocks: 0, grownBytes: 0, mmapBytes: 0 }),
  };
}
