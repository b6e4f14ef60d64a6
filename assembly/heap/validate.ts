// What must hold of a heap at any time between two operations.

import { ALLOCATED, FLAGS, MAPPED, PREVIOUS } from "./block";
import { areasAllocated, checkAreas } from "./mmap";
import {
  HeapCoalescing,
  HeapFooters,
  HeapOrganisation,
  HeapParam,
  HeapStat,
  heapParam,
  heapStat,
} from "./params";
import { Task, perform } from "./policies";
import { heap } from "./state";
import { beginTally, mixed, noted, notedSum } from "./tally";

/** What does not hold. */
export enum HeapFault {
  None,
  /** A block's size is none: not aligned, below the smallest, or beyond the heap's end. */
  Size,
  /** A payload is not aligned. */
  Alignment,
  /** A footer says something else than its header. */
  Footer,
  /** A header says something else of the previous block than that says. */
  Previous,
  /** Two neighbours are free, though they are merged at once. */
  Neighbours,
  /** The links of free blocks contradict each other. */
  Links,
  /** Free blocks that are not found, or what is found is not free. */
  FreeList,
  /** What was counted is not what is there. */
  Counts,
  /** An area of mapped blocks. */
  Mapped,
  /** A payload is not what was written there (`runChecked`). */
  Payload,
  /** A block of a slot is not allocated, or too small. */
  Slot,
  Length,
}

/** Looks at the whole heap. The first thing found that does not hold. */
export function validateHeap(): HeapFault {
  let free: u32 = 0;
  let used: u32 = 0;
  let usedBytes: u64 = 0;
  let sum: u64 = 0;
  let previous: u32 = ALLOCATED;
  for (let block = heap.first; block != heap.top; ) {
    const word = load<u32>(block);
    const fault = faultOf(block, word, previous);
    if (fault) return fault;
    if (word & ALLOCATED) {
      used++;
      usedBytes += word & ~FLAGS;
    } else {
      free++;
      sum += mixed(block);
    }
    previous = word;
    block += word & ~FLAGS;
  }
  const last = load<u32>(heap.top);
  if (last & ~PREVIOUS & ~ALLOCATED || !(last & ALLOCATED)) return HeapFault.Size;
  if (!agrees(last, previous)) return HeapFault.Previous;
  beginTally();
  if (!perform(Task.Note)) return HeapFault.Links;
  if (noted != free || notedSum != sum) return HeapFault.FreeList;
  const mapped = heapStat(HeapStat.MmapBytes);
  if (usedBytes + mapped != heapStat(HeapStat.BlockBytes)) return HeapFault.Counts;
  if (heapStat(HeapStat.HeapBytes) != <u64>(heap.top + 4 - heap.base)) return HeapFault.Counts;
  return faultOfMapped(used);
}

function faultOf(block: usize, word: u32, previous: u32): HeapFault {
  const size = word & ~FLAGS;
  if (size & heap.mask || size < heap.minimum || size > <u32>(heap.top - block) || word & MAPPED)
    return HeapFault.Size;
  if ((block + 4 - heap.base) & heap.mask) return HeapFault.Alignment;
  const isFree = !(word & ALLOCATED);
  if (isFree && !(previous & ALLOCATED) && mergesNeighbours()) return HeapFault.Neighbours;
  if (!agrees(word, previous)) return HeapFault.Previous;
  if (heap.footers == HeapFooters.None || (heap.footers == HeapFooters.Free && !isFree))
    return HeapFault.None;
  const footer = load<u32>(block + size - heap.header);
  return footer == (size | (word & ALLOCATED)) ? HeapFault.None : HeapFault.Footer;
}

/** Of buddies, the allocator knows which of them may be neighbours. */
function mergesNeighbours(): bool {
  if (heapParam(HeapParam.Organisation) == HeapOrganisation.Buddy) return false;
  return heap.coalescing == HeapCoalescing.Immediate;
}

/** Whether a header's bit says of the previous block what that says. */
function agrees(word: u32, previous: u32): bool {
  const says = (word & PREVIOUS) != 0;
  return heap.footers == HeapFooters.Free ? says == ((previous & ALLOCATED) != 0) : !says;
}

function faultOfMapped(used: u32): HeapFault {
  const bytes = checkAreas();
  if (bytes < 0) return HeapFault.Mapped;
  if (<u64>bytes != heapStat(HeapStat.MmapBytes)) return HeapFault.Counts;
  return <u64>used + areasAllocated == heapStat(HeapStat.LiveBlocks) ? HeapFault.None : HeapFault.Counts;
}
