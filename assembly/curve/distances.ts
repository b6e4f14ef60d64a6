// How deep in the stack of recency each lookup finds its page: with as many frames or more it is a hit of lru, with fewer a fault
// (Mattson, Gecsei, Slutz and Traiger 1970). One pass gives the curve of every size.
//
//   the stack, newest first:   | front: 16 ids | rest: a bit each in `live`, a higher slot is a newer page |
//
// Program traces find most pages in the front. A page that leaves it takes the next slot; one that is found in the rest lies as deep as
// there are pages in the front and bits above its own. The bits are counted by a Fenwick tree over words of 64 slots: a word joins it
// when it is full. Slots are numbered anew when all are taken: there are at least four times as many as pages, or the numbering would be most of the work.

import { Status } from "../base/status";
import { freeArray, growArray } from "../paging/arrays";
import { pageCount, runCount, runs } from "./lookups";
import { TALLY, Tally } from "./tally";

const FRONT: u32 = 16;
const front: usize = memory.data(16 * 4, 16);
const LEAST_SLOTS: u32 = 4096;
/** Slots for each page. */
const SPARE: u64 = 4;

/** What lru does with every number of frames. */
export const lruTally: usize = memory.data(TALLY, 8);
const tally: Tally = changetype<Tally>(lruTally);

/** By page, u32 each: its slot (0: none). */
let slots: usize = 0;

/** Slots that there are, a multiple of 64, and the next to be taken: from 64 on, so that none is 0. */
let slotCount: u32 = 0;
let nextSlot: u32 = 64;
/** Bits of live slots; by slot, the page; the tree of the words behind the first, by their numbers from 1. */
let live: usize = 0;
let pages: usize = 0;
let tree: usize = 0;
/** Pages of the rest. */
let liveCount: u32 = 0;

/** Readies the stack for the pages seen. */
export function readyDistances(): Status {
  const count = <u64>pageCount + 2;
  slots = growArray(slots, count << 2);
  if (!slots || !tally.ensure(count)) return Status.OutOfMemory;
  return enoughSlots(count) ? Status.Ok : Status.OutOfMemory;
}

/** Makes the lookups of the column. */
export function lookDistances(): void {
  const end = runs + ((<usize>runCount) << 3);
  for (let at = runs; at < end; at += 8) {
    const run = load<u64>(at);
    const page = <u32>run;
    if (!page) continue;
    if (nextSlot == slotCount) renumber();
    tally.repeat(run >> 33);
    look(page, (<u32>(run >> 32) & 1) != 0);
  }
}

function look(page: u32, isStore: bool): void {
  let out = page;
  for (let i: u32 = 0; i < FRONT; i++) {
    const at = front + ((<usize>i) << 2);
    const id = load<u32>(at);
    store<u32>(at, out);
    out = id;
    if (id == page) return tally.found(page, i + 1, isStore);
  }
  const slot = load<u32>(slots + ((<usize>page) << 2));
  if (slot) {
    tally.found(page, FRONT + 1 + above(slot), isStore);
    takeOut(page, slot);
  } else {
    tally.first(page, isStore);
  }
  if (out) putIn(out);
}

/** The trace is over: what has left memory since its last lookup is counted. */
export function endDistances(): void {
  let depth: u32 = 0;
  for (let i: u32 = 0; i < FRONT; i++) {
    const page = load<u32>(front + ((<usize>i) << 2));
    if (page) tally.left(page, ++depth);
  }
  for (let slot = nextSlot - 1; slot >= 64; slot--) {
    if (isLive(slot)) tally.left(load<u32>(pages + ((<usize>slot) << 2)), ++depth);
  }
}

// -- the rest of the stack

function wordAt(slot: u32): usize {
  return live + ((<usize>(slot >> 6)) << 3);
}

function bitOf(slot: u32): u64 {
  const place = <u64>(slot & 63);
  return (<u64>1) << place;
}

function isLive(slot: u32): bool {
  return (load<u64>(wordAt(slot)) & bitOf(slot)) != 0;
}

/** Live slots above one. */
function above(slot: u32): u32 {
  // Bits up to the slot's own: shifted by 63 at most.
  const upTo = u64.MAX_VALUE >> <u64>(63 - (slot & 63));
  let below = <u32>popcnt(load<u64>(wordAt(slot)) & upTo);
  for (let word = (slot >> 6) - 1; word; word &= word - 1) below += load<u32>(tree + ((<usize>word) << 2));
  return liveCount - below;
}

function putIn(page: u32): void {
  const slot = nextSlot++;
  const at = wordAt(slot);
  store<u64>(at, load<u64>(at) | bitOf(slot));
  store<u32>(pages + ((<usize>slot) << 2), page);
  store<u32>(slots + ((<usize>page) << 2), slot);
  liveCount++;
  if ((nextSlot & 63) == 0) add(slot >> 6, <u32>popcnt(load<u64>(at)));
}

function takeOut(page: u32, slot: u32): void {
  const at = wordAt(slot);
  store<u64>(at, load<u64>(at) & ~bitOf(slot));
  store<u32>(slots + ((<usize>page) << 2), 0);
  liveCount--;
  // The word that is being filled is not in the tree.
  if (slot >> 6 != nextSlot >> 6) add(slot >> 6, <u32>-1);
}

function add(word: u32, count: u32): void {
  const end = slotCount >> 6;
  for (; word < end; word += word & (0 - word)) {
    const at = tree + ((<usize>word) << 2);
    store<u32>(at, load<u32>(at) + count);
  }
}

/** Gives the pages of the rest the lowest slots, in their order. */
function renumber(): void {
  const end = nextSlot;
  memory.fill(tree, 0, (<usize>(slotCount >> 6)) << 2);
  liveCount = 0;
  nextSlot = 64;
  for (let slot: u32 = 64; slot < end; slot++) {
    if (!isLive(slot)) continue;
    const at = wordAt(slot);
    store<u64>(at, load<u64>(at) & ~bitOf(slot));
    putIn(load<u32>(pages + ((<usize>slot) << 2)));
  }
}

function enoughSlots(count: u64): bool {
  let wanted = <u64>max(slotCount, LEAST_SLOTS);
  while (wanted < count * SPARE) wanted <<= 1;
  if (wanted == <u64>slotCount) return true;
  live = growArray(live, wanted >> 3);
  pages = growArray(pages, wanted << 2);
  if (tree) freeArray(tree);
  tree = growArray(0, wanted >> 4);
  if (!live || !pages || !tree) return false;
  slotCount = <u32>wanted;
  renumber();
  return true;
}
