// The binary buddy system (Knuth, The Art of Computer Programming, volume 1, section 2.5): blocks are powers of two, at multiples of their size from the first
// block on. A block is split in halves until it is no larger than it must be; two halves that are free become one again. Free blocks of each size are
// a list, the one freed last first, with a bit that says whether there is any.
//
// Headers as everywhere (block.ts), without footers. A payload whose alignment is larger than the policy's lies further inside of its block, and the word before it says so:
//
//    word  31                                          3   2   1   0
//         | bytes from the block's word to here        | 0 | 1 | 1 |      (no buddy's header has bit 1)

import { alignment, setAlignment } from "./aligned";
import { ALLOCATED, FLAGS, PREVIOUS, sizeOf } from "./block";
import { roomLeft, sbrk } from "./growth";
import { copyPayload, origin } from "./hooks";
import { LINKS, emptyLists, nextOf, putBehind, ringAt, unlink } from "./lists";
import { allocateLarge, allocateLargeAligned, isMapped, releaseMapped, resizeMapped } from "./mmap";
import { HeapCoalescing, HeapStat, addStat } from "./params";
import { heap } from "./state";
import { note } from "./tally";
import { noteList } from "./organisations/explicitlifo";

const ORDERS: u32 = 32;
const heads: usize = memory.data(32 * 8, 16);
/** Orders that have a free block. */
const orders: usize = memory.data(4, 4);

@unmanaged
export class Buddy {
  open(): bool {
    emptyOrders();
    return !heap.chunk || this.grow(<u32>ctz(heap.chunk));
  }

  links(): u32 {
    return LINKS;
  }

  allocate(size: u32): usize {
    if (size >= heap.large) return this.allocateOther(size);
    const block = this.take(orderFor(size));
    return block ? block + 4 : 0;
  }

  allocateAlone(size: u32): usize {
    return this.allocate(size);
  }

  /** Aligned, mapped by itself, or more than there can be. */
  private allocateOther(size: u32): usize {
    const wanted = alignment;
    setAlignment(0);
    if (wanted & (wanted - 1)) return 0;
    if (wanted > heap.mask + 1) return this.allocateAligned(size, wanted);
    return size >= heap.large ? allocateLarge(size) : this.allocate(size);
  }

  /** An allocated block of an order; 0: there is no room. */
  private take(order: u32): usize {
    if (order >= ORDERS) return 0;
    const found = this.orderFrom(order);
    if (found >= ORDERS) return 0;
    const block = nextOf(ringAt(heads, found));
    removeFree(block, found);
    addStat(HeapStat.Visited, 1);
    store<u32>(block, (1 << order) | ALLOCATED);
    addStat(HeapStat.BlockBytes, 1 << order);
    for (let half = found; half > order; ) {
      half--;
      insertFree(block + (1 << half), half);
      addStat(HeapStat.Splits, 1);
    }
    return block;
  }

  /** The lowest order from one on that has a free block, if need be after growth; ORDERS: there is no room. */
  private orderFrom(order: u32): u32 {
    const mask = u32.MAX_VALUE << order;
    let have = load<u32>(orders) & mask;
    if (!have && this.canMerge() && (<u64>heap.freed) << 4 >= heap.walked) {
      this.mergeAll();
      have = load<u32>(orders) & mask;
    }
    if (!have && !this.grow(order)) {
      if (!this.canMerge()) return ORDERS;
      this.mergeAll();
    }
    have = load<u32>(orders) & mask;
    return have ? <u32>ctz(have) : ORDERS;
  }

  private canMerge(): bool {
    return heap.coalescing == HeapCoalescing.Deferred && heap.freed > 0;
  }

  /**
   * Grows the heap until it has a free block of an order. Up to where one can lie, blocks are as large as their place allows, and no larger than that one. False where there
   * is no room for all of it.
   */
  private grow(order: u32): bool {
    const least = heap.chunk ? max(order, <u32>ctz(heap.chunk)) : order;
    const from = <u64>(heap.top - heap.first);
    const size = (<u64>1) << least;
    const up = (size - (from & (size - 1))) & (size - 1);
    if (up + size > roomLeft()) return false;
    while (!(load<u32>(orders) & (u32.MAX_VALUE << order))) {
      const block = heap.top;
      const place = <u32>(block - heap.first);
      const fits = place ? min(<u32>ctz(place), least) : least;
      if (!sbrk(1 << fits)) return false;
      this.free(block, fits);
    }
    return true;
  }

  private allocateAligned(size: u32, alignment: u32): usize {
    const room = <u64>size + alignment;
    if (size >= heap.large || room > heap.end - heap.base) return allocateLargeAligned(size, alignment);
    const block = this.take(orderFor(<u32>room));
    if (!block) return 0;
    const payload = block + 4;
    const address = payload - heap.base + origin();
    const shift = ((address + alignment - 1) & ~(<usize>alignment - 1)) - address;
    if (shift) store<u32>(payload + shift - 4, <u32>shift | PREVIOUS | ALLOCATED);
    return payload + shift;
  }

  release(payload: usize): void {
    if (isMapped(payload)) {
      releaseMapped(payload);
      return;
    }
    const block = blockOf(payload);
    const size = sizeOf(block);
    addStat(HeapStat.BlockBytes, -(<u64>size));
    heap.freed++;
    this.free(block, <u32>ctz(size));
  }

  releaseAlone(payload: usize): void {
    this.release(payload);
  }

  /** Makes bytes at a place of their order free; with their buddy, and its, where they are merged at once. */
  private free(block: usize, order: u32): void {
    if (heap.coalescing == HeapCoalescing.Immediate) {
      for (; isBuddyFree(block, order); order++) {
        removeFree(buddyOf(block, order), order);
        block = min(block, buddyOf(block, order));
        addStat(HeapStat.Merges, 1);
      }
    }
    insertFree(block, order);
  }

  /** Merges all buddies that are free. A block's left buddy lies before it, and is what it will be when the walk comes here. */
  private mergeAll(): void {
    emptyOrders();
    let walked: u32 = 0;
    for (let block = heap.first; block != heap.top; walked++) {
      let size = sizeOf(block);
      const next = block + size;
      if (!(load<u32>(block) & ALLOCATED)) {
        let order = <u32>ctz(size);
        while ((block - heap.first) & (1 << order) && isBuddyFree(block, order)) {
          block = buddyOf(block, order);
          removeFree(block, order);
          order++;
          addStat(HeapStat.Merges, 1);
        }
        insertFree(block, order);
      }
      block = next;
    }
    heap.freed = 0;
    heap.walked = walked;
  }

  resize(payload: usize, old: u32, size: u32): usize {
    if (isMapped(payload)) {
      if (heap.inPlace && resizeMapped(payload, size)) return payload;
    } else if (heap.inPlace && size < heap.large && this.resizeInPlace(payload, size)) {
      addStat(HeapStat.InPlace, 1);
      return payload;
    }
    const moved = this.allocate(size);
    if (!moved) return 0;
    copyPayload(moved, payload, min(old, size));
    addStat(HeapStat.Copied, min(old, size));
    this.release(payload);
    return moved;
  }

  private resizeInPlace(payload: usize, size: u32): bool {
    const block = blockOf(payload);
    const shift = <u64>(payload - 4 - block);
    if (shift + size > u32.MAX_VALUE) return false;
    const order = <u32>ctz(sizeOf(block));
    const wanted = orderFor(<u32>(shift + size));
    if (wanted > order) return this.growInPlace(block, order, wanted);
    store<u32>(block, (1 << wanted) | ALLOCATED);
    addStat(HeapStat.BlockBytes, -(<u64>((1 << order) - (1 << wanted))));
    for (let half = order; half > wanted; ) {
      half--;
      insertFree(block + (1 << half), half);
      addStat(HeapStat.Splits, 1);
    }
    return true;
  }

  /** A block takes the buddies behind it, if they are free. */
  private growInPlace(block: usize, order: u32, wanted: u32): bool {
    for (let have = order; have < wanted; have++) {
      if ((block - heap.first) & (1 << have) || !isBuddyFree(block, have)) return false;
    }
    for (let have = order; have < wanted; have++) {
      removeFree(block + (1 << have), have);
      addStat(HeapStat.Merges, 1);
    }
    store<u32>(block, (1 << wanted) | ALLOCATED);
    addStat(HeapStat.BlockBytes, (1 << wanted) - (1 << order));
    return true;
  }

  noteAll(): bool {
    for (let order: u32 = 0; order < ORDERS; order++) {
      const ring = ringAt(heads, order);
      if (!noteList(ring)) return false;
      if ((nextOf(ring) != ring) != ((load<u32>(orders) & (1 << order)) != 0)) return false;
      for (let block = nextOf(ring); block != ring; block = nextOf(block)) {
        if (sizeOf(block) != 1 << order || (block - heap.first) & ((1 << order) - 1)) return false;
        if (heap.coalescing == HeapCoalescing.Immediate && isBuddyFree(block, order)) return false;
      }
    }
    return true;
  }
}

/** The order of the block for a payload; ORDERS: none is so large. */
function orderFor(payload: u32): u32 {
  const bytes = max(<u64>payload + heap.header, heap.minimum);
  return min(ORDERS, 64 - <u32>clz(bytes - 1));
}

/** The block of a payload, which may lie further inside. */
function blockOf(payload: usize): usize {
  const word = load<u32>(payload - 4);
  return word & PREVIOUS ? payload - 4 - (word & ~FLAGS) : payload - 4;
}

function buddyOf(block: usize, order: u32): usize {
  return heap.first + ((block - heap.first) ^ (1 << order));
}

function isBuddyFree(block: usize, order: u32): bool {
  if (order + 1 >= ORDERS) return false;
  const buddy = buddyOf(block, order);
  return buddy < heap.top && load<u32>(buddy) == 1 << order;
}

function emptyOrders(): void {
  emptyLists(heads, ORDERS);
  store<u32>(orders, 0);
}

function insertFree(block: usize, order: u32): void {
  store<u32>(block, 1 << order);
  putBehind(ringAt(heads, order), block);
  store<u32>(orders, load<u32>(orders) | (1 << order));
}

function removeFree(block: usize, order: u32): void {
  if (unlink(block)) store<u32>(orders, load<u32>(orders) & ~(1 << order));
}
