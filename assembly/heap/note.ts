// The heap of a simulated process: each word that an operation reads or writes in the heap's region is noted, in order, and the host makes it an access of the
// process. Headers, footers and links are such words; payloads are the program's, and not held here.
//
//   a note   31                                  2   1   0
//           | offset of the word from the heap's start | L | S |      S: it was written; L: with a link, an address of this memory
//
// Nothing calls `noteLoad`, `noteStore` and `noteLink` here. asnoted.mjs, which the compiler runs, makes a second copy of all that the functions of noted.ts call in this
// folder, in which every load and store does, and in which the functions below stand in place of those of hooks.ts.

import { allocate } from "../base/arena";
import { heap } from "./state";

/** Notes that there is room for. */
export const ROOM: u32 = 1 << 14;

/** The notes, and how many there are. */
export let notes: usize = 0;
export let notesMade: u32 = 0;

declare function grow(bytes: u32): bool;
declare function map(start: u32, bytes: u32, lead: u32, alignment: u32): bool;
declare function unmap(start: u32): void;
declare function copy(to: u32, from: u32, bytes: u32): void;
declare function zero(at: u32, bytes: u32): void;
/** The host takes all notes. */
declare function drain(): void;

/** Makes room for notes. False when linear memory is used up. */
export function openNotes(): bool {
  if (!notes) notes = allocate(ROOM << 2, 8);
  notesMade = 0;
  return notes != 0;
}

/** The host has taken the notes. */
export function emptyNotes(): void {
  notesMade = 0;
}

export function noteLoad(at: usize, offset: u32, bytes: u32): usize {
  note(at + offset, bytes, 0);
  return at;
}

export function noteStore(at: usize, offset: u32, bytes: u32): usize {
  note(at + offset, bytes, 1);
  return at;
}

export function noteLink(at: usize, offset: u32, bytes: u32): usize {
  note(at + offset, bytes, 3);
  return at;
}

function note(at: usize, bytes: u32, written: u32): void {
  const from = at - heap.base;
  if (from >= heap.end - heap.base) return;
  for (let word = from & ~3; word < from + bytes; word += 4) {
    if (notesMade == ROOM) drain();
    store<u32>(notes + ((<usize>notesMade) << 2), <u32>word | written);
    notesMade++;
  }
}

export let begins: u32 = 0;

/** The low 32 bits of the address where the heap begins in its process, a multiple of 16. */
export function setOrigin(low: u32): void {
  begins = low;
}

export function origin(): u32 {
  return begins;
}

export function mayGrow(bytes: u32): bool {
  return grow(bytes);
}

export function mayMap(start: usize, bytes: u32, lead: u32, alignment: u32): bool {
  return map(<u32>(start - heap.base), bytes, lead, alignment);
}

export function unmapped(start: usize): void {
  unmap(<u32>(start - heap.base));
}

export function copyPayload(to: usize, from: usize, bytes: u32): void {
  copy(<u32>(to - heap.base), <u32>(from - heap.base), bytes);
}

export function zeroPayload(payload: usize, bytes: u32): void {
  zero(<u32>(payload - heap.base), bytes);
}
