// What is known of blocks beside their contents: which of their words are pointers, and that they are to be finalized. By place in the heap, so that it costs
// nothing where nothing is known: memory that is not touched.
//
//   notes      a byte for 8 bytes of heap, where a payload begins       | 0 0 0 0 0 | finalize | atomic | layout |
//   pointers   a bit for 4 bytes of heap: a pointer begins there
//
// Whatever frees or moves a block says so here.

import { allocate } from "../../base/arena";
import { heap } from "../state";

/** Its pointers are known. */
export const LAYOUT: u8 = 1;
/** It has none. */
export const ATOMIC: u8 = 2;
export const FINALIZE: u8 = 4;

/** 0: nothing is known of any block. */
export let notes: usize = 0;
export let pointers: usize = 0;
/** Bytes of heap that there is room for. */
let span: u32 = 0;
/** Blocks that are to be finalized. */
export let finalizers: u32 = 0;

/** Makes room for notes. False when linear memory is used up. */
export function openNotes(): bool {
  const bytes = <u32>(heap.end - heap.base);
  if (bytes <= span) return true;
  const first = allocate((bytes >> 3) + 1, 8);
  const second = first ? allocate((bytes >> 5) + 16, 8) : 0;
  if (!second) return false;
  notes = first;
  pointers = second;
  span = bytes;
  return true;
}

/** Forgets everything: the heap is about to be a new one. */
export function emptyNotes(): void {
  finalizers = 0;
  if (!notes) return;
  emptyNotesOf(0, <u32>(heap.top - heap.base));
  emptyNotesOf(<u32>(heap.low - heap.base), <u32>(heap.end - heap.base));
}

function emptyNotesOf(from: u32, to: u32): void {
  memory.fill(notes + (from >> 3), 0, ((to - from) >> 3) + 1);
  memory.fill(pointers + (from >> 5), 0, ((to - from) >> 5) + 1);
}

export function noteAt(payload: usize): usize {
  return notes + ((payload - heap.base) >> 3);
}

/**
 * Says which words of a block are pointers: those at `offsets` (u32 each, in bytes), and again each `period` bytes, as far as they lie in the block whole. No offsets: none are.
 * Any other layout of the block is gone. False when linear memory is used up.
 */
export function setLayout(
  payload: usize,
  size: u32,
  word: u32,
  offsets: usize,
  count: u32,
  period: u32,
): bool {
  if (!openNotes()) return false;
  clearPointers(payload, size);
  const note = noteAt(payload);
  store<u8>(note, (load<u8>(note) & FINALIZE) | LAYOUT | (count ? 0 : ATOMIC));
  for (let from: u64 = 0; count && from < size; from += period) {
    for (let at: u32 = 0; at < count; at++) {
      const offset = from + load<u32>(offsets + ((<usize>at) << 2));
      if (offset + word <= size) setPointer(payload + <usize>offset);
    }
  }
  return true;
}

/** A block's pointers are those that `setPointer` says, none yet. After `openNotes`. */
export function noteContents(payload: usize): void {
  store<u8>(noteAt(payload), LAYOUT);
}

/** Any word of the block may be a pointer again. */
export function clearLayout(payload: usize, size: u32): void {
  if (!notes || !(load<u8>(noteAt(payload)) & LAYOUT)) return;
  clearPointers(payload, size);
  store<u8>(noteAt(payload), load<u8>(noteAt(payload)) & FINALIZE);
}

/** Whether a block is to be finalized once it is dead. False when linear memory is used up. */
export function setFinalizer(payload: usize, wanted: bool): bool {
  if (!openNotes()) return false;
  const note = noteAt(payload);
  const had = (load<u8>(note) & FINALIZE) != 0;
  if (had == wanted) return true;
  finalizers += wanted ? 1 : -1;
  store<u8>(note, load<u8>(note) ^ FINALIZE);
  return true;
}

/** A block is no more. */
export function forgetNotes(payload: usize, size: u32): void {
  if (!notes) return;
  const note = load<u8>(noteAt(payload));
  if (!note) return;
  if (note & FINALIZE) finalizers--;
  if (note & LAYOUT) clearPointers(payload, size);
  store<u8>(noteAt(payload), 0);
}

/** A block is elsewhere, or of another size. Words that it did not have are no pointers. */
export function moveNotes(from: usize, size: u32, to: usize, newSize: u32): void {
  if (!notes) return;
  const note = load<u8>(noteAt(from));
  if (!note) return;
  if (from == to) {
    if (newSize < size) clearPointers(from + newSize, size - newSize);
    return;
  }
  if (note & LAYOUT) {
    for (let at: usize = 0; at + 4 <= min(size, newSize); at += 4) {
      if (isPointer(from + at)) setPointer(to + at);
    }
    clearPointers(from, size);
  }
  store<u8>(noteAt(from), 0);
  store<u8>(noteAt(to), note);
}

export function isPointer(at: usize): bool {
  const place = (at - heap.base) >> 2;
  return ((load<u8>(pointers + (place >> 3)) >> (<u8>place & 7)) & 1) != 0;
}

export function setPointer(at: usize): void {
  const place = (at - heap.base) >> 2;
  const byte = pointers + (place >> 3);
  store<u8>(byte, load<u8>(byte) | (1 << (<u8>place & 7)));
}

/** No pointer begins, or lies, in these bytes. */
export function clearPointers(from: usize, bytes: u32): void {
  const end = (from + bytes - heap.base + 3) >> 2;
  for (let place = (from - heap.base) >> 2; place < end; ) {
    const byte = pointers + (place >> 3);
    if (!(place & 7) && place + 8 <= end) {
      store<u8>(byte, 0);
      place += 8;
      continue;
    }
    store<u8>(byte, load<u8>(byte) & ~(1 << (<u8>place & 7)));
    place++;
  }
}
