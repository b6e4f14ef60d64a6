// Headers and footers. An allocator is compiled for each of the three ways by itself, so that none of them is asked for at each operation:
//
//   AllTags    every block has a footer, neighbours are merged at once: the textbook
//   FreeTags   only free blocks have one, and headers tell of the block before; merged at once
//   LazyTags   any footers or none; neighbours are not merged when a block is freed

import { ALLOCATED, FLAGS, PREVIOUS } from "./block";
import { HeapFooters } from "./params";
import { heap } from "./state";

export interface Tags {
  /** Neighbours are merged at once. A constant of the class. */
  merges(): bool;
  /** The size of the free block before one, whose word is given; 0 where that is allocated, or cannot be known. */
  before(block: usize, word: u32): u32;
  /** Writes the tags of a free block. `previous`: PREVIOUS of its header. */
  free(block: usize, size: u32, previous: u32): void;
  /** Writes the tags of an allocated block. */
  used(block: usize, size: u32, previous: u32): void;
  /** The same where the block that follows is about to be made, or is free and known to be so. */
  front(block: usize, size: u32, previous: u32): void;
}

@unmanaged
export class AllTags {
  merges(): bool {
    return true;
  }

  before(block: usize, word: u32): u32 {
    const footer = load<u32>(block - heap.header);
    return footer & ALLOCATED ? 0 : footer;
  }

  free(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size);
    store<u32>(block + size - heap.header, size);
  }

  used(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | ALLOCATED);
    store<u32>(block + size - heap.header, size | ALLOCATED);
  }

  front(block: usize, size: u32, previous: u32): void {
    this.used(block, size, previous);
  }
}

@unmanaged
export class FreeTags {
  merges(): bool {
    return true;
  }

  before(block: usize, word: u32): u32 {
    return word & PREVIOUS ? 0 : load<u32>(block - heap.header);
  }

  free(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | previous);
    store<u32>(block + size - heap.header, size);
    const next = block + size;
    store<u32>(next, load<u32>(next) & ~PREVIOUS);
  }

  used(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | previous | ALLOCATED);
    const next = block + size;
    store<u32>(next, load<u32>(next) | PREVIOUS);
  }

  front(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | previous | ALLOCATED);
  }
}

@unmanaged
export class LazyTags {
  merges(): bool {
    return false;
  }

  before(block: usize, word: u32): u32 {
    if (heap.footers == HeapFooters.None) return 0;
    if (heap.footers == HeapFooters.Free) return word & PREVIOUS ? 0 : load<u32>(block - heap.header);
    const footer = load<u32>(block - heap.header);
    return footer & ALLOCATED ? 0 : footer & ~FLAGS;
  }

  free(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | this.noted(previous));
    if (heap.footers == HeapFooters.None) return;
    store<u32>(block + size - heap.header, size);
    const next = block + size;
    if (heap.footers == HeapFooters.Free) store<u32>(next, load<u32>(next) & ~PREVIOUS);
  }

  used(block: usize, size: u32, previous: u32): void {
    this.front(block, size, previous);
    const next = block + size;
    if (heap.footers == HeapFooters.Free) store<u32>(next, load<u32>(next) | PREVIOUS);
  }

  front(block: usize, size: u32, previous: u32): void {
    store<u32>(block, size | this.noted(previous) | ALLOCATED);
    if (heap.footers == HeapFooters.All) store<u32>(block + size - heap.header, size | ALLOCATED);
  }

  private noted(previous: u32): u32 {
    return heap.footers == HeapFooters.Free ? previous : 0;
  }
}
