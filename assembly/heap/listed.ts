// malloc, free and realloc over an organisation of free blocks.

import { alignment, setAlignment } from "./aligned";
import { ALLOCATED, FLAGS, MAPPED, PREVIOUS, blockBytes, sizeOf } from "./block";
import { sbrk } from "./growth";
import { copyPayload, origin } from "./hooks";
import { allocateLarge, allocateLargeAligned, isMapped, releaseMapped, resizeMapped } from "./mmap";
import { Organisation } from "./organisation";
import { HeapCoalescing, HeapStat, addStat } from "./params";
import { heap } from "./state";
import { Tags } from "./tags";

@unmanaged
export class Listed<O extends Organisation, T extends Tags> {
  open(): bool {
    if (!changetype<O>(0).open()) return false;
    if (!heap.chunk) return true;
    const block = this.extend(heap.chunk);
    if (block) this.insert(block, sizeOf(block));
    return true;
  }

  @inline
  allocate(size: u32): usize {
    return size >= heap.large ? this.allocateOther(size) : this.allocateBlock(size);
  }

  allocateAlone(size: u32): usize {
    return size >= heap.large ? this.allocateOther(size) : this.allocateBlockAlone(size);
  }

  @inline
  private allocateBlock(size: u32): usize {
    const bytes = blockBytes(size);
    const block = changetype<O>(0).find(bytes);
    if (!block) return this.allocateBeyond(bytes);
    const word = load<u32>(block);
    const have = word & ~FLAGS;
    const rest = have - bytes;
    if (rest >= heap.split) {
      const left = block + bytes;
      changetype<T>(0).front(block, bytes, word & PREVIOUS);
      changetype<T>(0).free(left, rest, PREVIOUS);
      changetype<O>(0).replace(block, have, left, rest);
      addStat(HeapStat.Splits, 1);
      addStat(HeapStat.BlockBytes, bytes);
    } else {
      changetype<O>(0).remove(block, have);
      changetype<T>(0).used(block, have, word & PREVIOUS);
      addStat(HeapStat.BlockBytes, have);
    }
    return block + 4;
  }

  private allocateBlockAlone(size: u32): usize {
    const bytes = blockBytes(size);
    const block = this.takeFound(bytes);
    return block ? this.place(block, bytes) : this.allocateBeyond(bytes);
  }

  /** A free block that is found, and is found no more. */
  private takeFound(bytes: u32): usize {
    const block = changetype<O>(0).find(bytes);
    if (block) this.remove(block, sizeOf(block));
    return block;
  }

  private insert(block: usize, size: u32): void {
    changetype<O>(0).insert(block, size);
  }

  private remove(block: usize, size: u32): void {
    changetype<O>(0).remove(block, size);
  }

  /** Aligned, mapped by itself, or more than there can be. */
  private allocateOther(size: u32): usize {
    const wanted = alignment;
    setAlignment(0);
    if (wanted & (wanted - 1)) return 0;
    if (wanted > heap.mask + 1) return this.allocateAligned(size, wanted);
    return size >= heap.large ? allocateLarge(size) : this.allocateBlockAlone(size);
  }

  /** Nothing fits: neighbours are merged, where that was deferred, or the heap grows. */
  private allocateBeyond(bytes: u32): usize {
    const block = this.takeBeyond(bytes);
    return block ? this.place(block, bytes) : 0;
  }

  /** A free block of at least so many bytes that no search finds any more. 0: there is no room. */
  private takeBeyond(bytes: u32): usize {
    if (this.isPassDue()) {
      const found = this.takeMerged(bytes);
      if (found) return found;
    }
    const block = heap.shortfall ? this.completeTail(bytes) : this.extend(max(bytes, heap.chunk));
    if (block || !this.canMerge()) return block;
    return this.takeMerged(bytes);
  }

  /** Grows the heap by what its last block lacks. That may be nothing: tlsf passes over blocks of which it cannot be sure. */
  private completeTail(bytes: u32): usize {
    const tail = this.tail();
    if (tail < bytes) return this.extend(max(bytes - tail, heap.chunk));
    this.remove(heap.top - tail, tail);
    return heap.top - tail;
  }

  /** A pass must not cost more than the frees that it is for: a sixteenth of what the last one walked over. */
  private isPassDue(): bool {
    return this.canMerge() && (<u64>heap.freed) << 4 >= heap.walked;
  }

  private canMerge(): bool {
    if (changetype<T>(0).merges()) return false;
    return heap.coalescing == HeapCoalescing.Deferred && heap.freed > 0;
  }

  private takeMerged(bytes: u32): usize {
    this.mergeAll();
    return this.takeFound(bytes);
  }

  /** The free block at the heap's end that growth would become part of: its bytes. */
  private tail(): u32 {
    if (heap.coalescing == HeapCoalescing.None) return 0;
    return changetype<T>(0).before(heap.top, load<u32>(heap.top));
  }

  /** Grows the heap. A free block of the bytes and of the tail before them, that no search finds; 0 where that is beyond the limit. */
  private extend(bytes: u32): usize {
    let block = heap.top;
    const tail = this.tail();
    const previous = load<u32>(block) & PREVIOUS;
    if (!sbrk(bytes)) return 0;
    if (!tail) {
      changetype<T>(0).free(block, bytes, previous);
      return block;
    }
    block -= tail;
    this.remove(block, tail);
    changetype<T>(0).free(block, tail + bytes, load<u32>(block) & PREVIOUS);
    changetype<O>(0).merged(block, tail + bytes);
    addStat(HeapStat.Merges, 1);
    return block;
  }

  /** Allocates the first `bytes` of a free block that no search finds, and leaves the rest where it is enough for a block. */
  private place(block: usize, bytes: u32): usize {
    const word = load<u32>(block);
    const size = word & ~FLAGS;
    const rest = size - bytes;
    if (rest >= heap.split) {
      changetype<T>(0).front(block, bytes, word & PREVIOUS);
      this.leave(block + bytes, rest);
      addStat(HeapStat.BlockBytes, bytes);
    } else {
      changetype<T>(0).used(block, size, word & PREVIOUS);
      addStat(HeapStat.BlockBytes, size);
    }
    return block + 4;
  }

  /** The rest of a block, behind what is allocated of it, whose next block is allocated. */
  private leave(block: usize, size: u32): void {
    changetype<T>(0).free(block, size, PREVIOUS);
    this.insert(block, size);
    addStat(HeapStat.Splits, 1);
  }

  private allocateAligned(size: u32, alignment: u32): usize {
    const room = <u64>size + alignment + heap.minimum;
    if (size >= heap.large || room > heap.end - heap.base) return allocateLargeAligned(size, alignment);
    const bytes = blockBytes(size);
    const wanted = bytes + alignment + heap.minimum;
    let block = this.takeFound(wanted);
    if (!block) block = this.takeBeyond(wanted);
    if (!block) return 0;
    const gap = gapBefore(block, alignment);
    if (!gap) return this.place(block, bytes);
    const word = load<u32>(block);
    const rest = (word & ~FLAGS) - gap;
    const aligned = block + gap;
    // As one that is free until place() takes it: of the two, no more than one is in the organisation.
    store<u32>(aligned, rest);
    const payload = this.place(aligned, bytes);
    changetype<T>(0).free(block, gap, word & PREVIOUS);
    this.insert(block, gap);
    addStat(HeapStat.Splits, 1);
    return payload;
  }

  @inline
  release(payload: usize): void {
    const block = payload - 4;
    const word = load<u32>(block);
    if (word & MAPPED) {
      releaseMapped(payload);
      return;
    }
    addStat(HeapStat.BlockBytes, -(<u64>(word & ~FLAGS)));
    this.free(block, word);
  }

  releaseAlone(payload: usize): void {
    const block = payload - 4;
    const word = load<u32>(block);
    if (word & MAPPED) {
      releaseMapped(payload);
      return;
    }
    addStat(HeapStat.BlockBytes, -(<u64>(word & ~FLAGS)));
    this.freeAlone(block, word);
  }

  /** Makes an allocated block, or bytes with such a header, free. */
  @inline
  private free(block: usize, word: u32): void {
    let size = word & ~FLAGS;
    let previous = word & PREVIOUS;
    if (!changetype<T>(0).merges()) {
      heap.freed++;
      changetype<T>(0).free(block, size, previous);
      changetype<O>(0).insert(block, size);
      return;
    }
    const before = changetype<T>(0).before(block, word);
    const next = block + size;
    const after = load<u32>(next);
    // A neighbour that is known already, and becomes part of this block.
    let known: usize = 0;
    let bytes: u32 = 0;
    if (!(after & ALLOCATED)) {
      known = next;
      bytes = after & ~FLAGS;
      size += bytes;
      addStat(HeapStat.Merges, 1);
    }
    if (before) {
      if (known) this.remove(known, bytes);
      block -= before;
      known = block;
      bytes = before;
      size += before;
      previous = load<u32>(block) & PREVIOUS;
      addStat(HeapStat.Merges, 1);
    }
    changetype<T>(0).free(block, size, previous);
    changetype<O>(0).merged(block, size);
    if (known) changetype<O>(0).replace(known, bytes, block, size);
    else changetype<O>(0).insert(block, size);
  }

  private freeAlone(block: usize, word: u32): void {
    this.free(block, word);
  }

  /** Merges all neighbours that are free. */
  private mergeAll(): void {
    changetype<O>(0).reset();
    let walked: u32 = 0;
    for (let block = heap.first; block != heap.top; walked++) {
      const word = load<u32>(block);
      let size = word & ~FLAGS;
      if (!(word & ALLOCATED)) {
        let next = load<u32>(block + size);
        for (; !(next & ALLOCATED); next = load<u32>(block + size)) {
          size += next & ~FLAGS;
          addStat(HeapStat.Merges, 1);
          walked++;
        }
        changetype<T>(0).free(block, size, word & PREVIOUS);
        changetype<O>(0).merged(block, size);
        this.insert(block, size);
      }
      block += size;
    }
    heap.freed = 0;
    heap.walked = walked;
  }

  resize(payload: usize, old: u32, size: u32): usize {
    if (isMapped(payload)) {
      if (heap.inPlace && resizeMapped(payload, size)) return payload;
    } else if (heap.inPlace && size < heap.large && this.resizeInPlace(payload - 4, blockBytes(size))) {
      addStat(HeapStat.InPlace, 1);
      return payload;
    }
    const moved = this.allocateAlone(size);
    if (!moved) return 0;
    copyPayload(moved, payload, min(old, size));
    addStat(HeapStat.Copied, min(old, size));
    this.releaseAlone(payload);
    return moved;
  }

  /** The block becomes one of `bytes`, or some more; false where it can only do so elsewhere. */
  private resizeInPlace(block: usize, bytes: u32): bool {
    const word = load<u32>(block);
    const size = word & ~FLAGS;
    if (bytes <= size) {
      this.shrink(block, size, bytes);
      return true;
    }
    const next = block + size;
    const after = load<u32>(next);
    const free = after & ALLOCATED ? 0 : after & ~FLAGS;
    if (size + free < bytes) {
      // At the heap's end, what is lacking can be had.
      if (next + free != heap.top) return false;
      if (!this.extendFrom(next, free, max(bytes - size - free, heap.chunk))) return false;
    } else {
      this.remove(next, free);
    }
    this.absorb(block, next, bytes);
    return true;
  }

  /** Grows the heap, whose last block is free and of so many bytes, or which ends here. What is then free here is not in the organisation. */
  private extendFrom(block: usize, free: u32, bytes: u32): bool {
    const previous = load<u32>(block) & PREVIOUS;
    if (!sbrk(bytes)) return false;
    if (free) this.remove(block, free);
    changetype<T>(0).free(block, free + bytes, previous);
    return true;
  }

  /** An allocated block takes what it needs of the free one behind it. */
  private absorb(block: usize, next: usize, bytes: u32): void {
    const word = load<u32>(block);
    const size = word & ~FLAGS;
    const total = size + sizeOf(next);
    const rest = total - bytes;
    const kept = rest >= heap.split ? bytes : total;
    addStat(HeapStat.BlockBytes, kept - size);
    addStat(HeapStat.Merges, 1);
    changetype<O>(0).merged(block, total);
    if (kept == total) {
      changetype<T>(0).used(block, total, word & PREVIOUS);
      return;
    }
    changetype<T>(0).front(block, bytes, word & PREVIOUS);
    this.leave(block + bytes, rest);
  }

  /** What an allocated block has too much becomes free, where that is enough for a block. */
  private shrink(block: usize, size: u32, bytes: u32): void {
    const rest = size - bytes;
    if (rest < heap.split) return;
    changetype<T>(0).front(block, bytes, load<u32>(block) & PREVIOUS);
    // A block of its own, until it is freed: what follows looks at the tags.
    changetype<T>(0).used(block + bytes, rest, PREVIOUS);
    addStat(HeapStat.BlockBytes, -(<u64>rest));
    addStat(HeapStat.Splits, 1);
    this.freeAlone(block + bytes, load<u32>(block + bytes));
  }

  links(): u32 {
    return changetype<O>(0).links();
  }

  noteAll(): bool {
    return changetype<O>(0).noteAll();
  }
}

/** Bytes before the first place in a block where an aligned payload can be: none, or enough for a block. */
function gapBefore(block: usize, alignment: u32): u32 {
  const payload = block + 4 - heap.base + origin();
  let aligned = (payload + alignment - 1) & ~(<usize>alignment - 1);
  if (aligned != payload && aligned - payload < heap.minimum) {
    aligned = (payload + heap.minimum + alignment - 1) & ~(<usize>alignment - 1);
  }
  return <u32>(aligned - payload);
}
