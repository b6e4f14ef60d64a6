// The heap of this instance. Its region of linear memory, from low to high:
//
//   base                               brk                 low                          end
//   | pad | prologue | block ... block | epilogue |   free   | mapped ... mapped or hole |
//
// The heap grows upwards from base, mapped blocks downwards from end; where they would meet, memory is used up. The prologue
// stands only where allocated blocks have footers, so that the first block has a neighbour to look at. Constant addresses are faster here than
// globals: a load less.

/** What operations need of policy and heap, worked out once. */
@unmanaged
export class HeapState {
  base: usize;
  end: usize;
  /** The epilogue, a block of size 0. The heap ends four bytes behind its word. */
  top: usize;
  /** The lowest mapped block. */
  low: usize;
  /** The first block. */
  first: usize;
  /** Alignment - 1. */
  mask: u32;
  /** Bits of the alignment. */
  unitBits: u32;
  /** What a payload takes beside itself, and mask, so that rounding is one addition and one mask. */
  extra: u32;
  header: u32;
  minimum: u32;
  split: u32;
  chunk: u32;
  /** Requests from this size on are mapped, or fail. */
  largest: u32;
  /** The same, or 0 while an alignment is asked for (aligned.ts). */
  large: u32;
  fit: u32;
  footers: u32;
  coalescing: u32;
  shortfall: u32;
  inPlace: u32;
  mmapThreshold: u32;
  /** Blocks freed since all were last coalesced, and blocks that were then walked over. */
  freed: u32;
  walked: u32;
  /** 1: the heap must not grow, nor what is mapped: a collector has blocks left to free. */
  closed: u32;
  /** Where the next search begins, under next fit. */
  rover: usize;
}

export const heap: HeapState = changetype<HeapState>(memory.data(<i32>offsetof<HeapState>(), 8));
