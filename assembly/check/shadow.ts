// What is known of each byte of memory: its state (`ByteState`), a byte a byte, by page of 4 KiB. Only pages that differ from what is
// around them have an entry in the space's table:
//
//   page + 1 | states | contents |     u64, u32, u32; 0 of contents: all bytes that are known are 0
//
// States that are the same all over a page are shared: `uniform` has a page of each. One of them is written to only by `own`, which
// copies it first; the page of zeros alone may be written through, for stores write zeros.

import { allocate } from "../base/arena";
import { freeBlock, takeBlock } from "../base/blocks";
import { defaultStates } from "./areas";
import { space } from "./space";
import { ByteState } from "./state";

export const PAGE_SHIFT: u64 = 12;
export const PAGE: u64 = 4096;
export const PAGE_BITS: u32 = 12;
const ENTRY_SHIFT: usize = 4;
const FIRST_BITS: u32 = 10;

/** Pages of one state, side by side: that of a state s at s * PAGE. */
export let uniform: usize = 0;

/** The states of the last pages that were good for loads and stores alike: page + 1, address of its states; by the page's lowest bits. */
export const CACHE_MASK: u64 = 8191;
export let cache: usize = 0;

export function openShadow(): bool {
  uniform = allocate(5 * PAGE, PAGE);
  cache = allocate((CACHE_MASK + 1) << 4, 64);
  if (!uniform || !cache) return false;
  for (let state: usize = 0; state < 5; state++) {
    memory.fill(uniform + state * <usize>PAGE, <u8>state, <usize>PAGE);
  }
  return true;
}

/** Before anything changes that is not said to `forget`. */
export function forgetPages(): void {
  memory.fill(cache, 0, <usize>((CACHE_MASK + 1) << 4));
}

/** The same, where only pages of [from, to) change. */
export function forgetRange(from: u64, to: u64): void {
  if (from >= to) return;
  const last = (to - 1) >> PAGE_SHIFT;
  if (last - (from >> PAGE_SHIFT) > CACHE_MASK) return forgetPages();
  for (let page = from >> PAGE_SHIFT; page <= last; page++) forget(page);
}

function forget(page: u64): void {
  const slot = cache + ((<usize>(page & CACHE_MASK)) << 4);
  if (load<u64>(slot) == page + 1) store<u64>(slot, 0);
}

function isUniform(states: usize): bool {
  return states - uniform < 5 * <usize>PAGE;
}

function stateOfUniform(states: usize): u32 {
  return <u32>((states - uniform) >> <usize>PAGE_SHIFT);
}

function home(page: u64, mask: u32): u32 {
  return <u32>((page * 0x9e3779b97f4a7c15) >> 32) & mask;
}

/** The entry of a page, or 0. */
export function findPage(page: u64): usize {
  if (!space.pages) return 0;
  const mask = ((<u32>1) << space.pagesBits) - 1;
  let index = home(page, mask);
  while (true) {
    const entry = space.pages + ((<usize>index) << ENTRY_SHIFT);
    const key = load<u64>(entry);
    if (key == page + 1) return entry;
    if (!key) return 0;
    index = (index + 1) & mask;
  }
}

/** The entry of a page that has none yet; its states are to be set. 0 when memory is used up. */
function insertPage(page: u64): usize {
  if (!space.pages || space.pageCount * 4 >= (<u32>3) << space.pagesBits) {
    if (!growPages()) return 0;
  }
  space.pageCount++;
  const entry = freeEntry(space.pages, space.pagesBits, page);
  store<u64>(entry, page + 1);
  store<usize>(entry, 0, 12);
  return entry;
}

function freeEntry(table: usize, bits: u32, page: u64): usize {
  const mask = ((<u32>1) << bits) - 1;
  let index = home(page, mask);
  while (load<u64>(table + ((<usize>index) << ENTRY_SHIFT))) index = (index + 1) & mask;
  return table + ((<usize>index) << ENTRY_SHIFT);
}

function growPages(): bool {
  const bits = space.pages ? space.pagesBits + 1 : FIRST_BITS;
  const table = takeBlock(bits + <u32>ENTRY_SHIFT);
  if (!table) return false;
  if (space.pages) {
    const end = space.pages + ((<usize>1) << (<usize>space.pagesBits + ENTRY_SHIFT));
    for (let old = space.pages; old < end; old += (<usize>1) << ENTRY_SHIFT) {
      const key = load<u64>(old);
      if (!key) continue;
      const entry = freeEntry(table, bits, key - 1);
      store<u64>(entry, key);
      store<u64>(entry, load<u64>(old, 8), 8);
    }
    freeBlock(space.pages, space.pagesBits + <u32>ENTRY_SHIFT);
  }
  space.pages = table;
  space.pagesBits = bits;
  return true;
}

/** Takes an entry out, and moves up those behind it that would not be found over the gap. */
function removePage(entry: usize): void {
  drop(entry);
  forget(load<u64>(entry) - 1);
  const mask = ((<u32>1) << space.pagesBits) - 1;
  let gap = <u32>((entry - space.pages) >> ENTRY_SHIFT);
  let index = gap;
  while (true) {
    index = (index + 1) & mask;
    const at = space.pages + ((<usize>index) << ENTRY_SHIFT);
    const key = load<u64>(at);
    if (!key) break;
    const wanted = home(key - 1, mask);
    if (((index - wanted) & mask) < ((index - gap) & mask)) continue;
    const to = space.pages + ((<usize>gap) << ENTRY_SHIFT);
    store<u64>(to, key);
    store<u64>(to, load<u64>(at, 8), 8);
    gap = index;
  }
  store<u64>(space.pages + ((<usize>gap) << ENTRY_SHIFT), 0);
  space.pageCount--;
}

/** Frees what an entry holds. */
function drop(entry: usize): void {
  const states = load<usize>(entry, 8);
  const contents = load<usize>(entry, 12);
  if (states && !isUniform(states)) freeBlock(states, PAGE_BITS);
  if (contents) freeBlock(contents, PAGE_BITS);
  store<u64>(entry, 0, 8);
}

/** The states of a page, to be read. 0 when memory is used up. */
export function statesOf(page: u64): usize {
  const entry = findPage(page);
  return entry ? load<usize>(entry, 8) : defaultStates(page);
}

/** Notes in the cache a page that loads and stores may be checked against directly. Whether it may. */
export function notePage(page: u64, states: usize): bool {
  if (isUniform(states) && stateOfUniform(states) != 0) return false;
  const slot = cache + ((<usize>(page & CACHE_MASK)) << 4);
  store<u64>(slot, page + 1);
  store<usize>(slot, states, 8);
  return true;
}

/** The states of a page that is not in the cache, and is from now on; 0: it cannot be. */
export function fetchPage(page: u64): usize {
  const states = statesOf(page);
  return states && notePage(page, states) ? states : 0;
}

/** The entry of a page, with states of its own. 0 when memory is used up. */
export function own(page: u64): usize {
  return ownOf(page, 0);
}

/** States of its own, all forbidden, of a page that has no entry. 0 when memory is used up. */
export function insertForbidden(page: u64): usize {
  const entry = ownOf(page, uniform + <usize>PAGE);
  return entry ? load<usize>(entry, 8) : 0;
}

/** The same; a page without an entry has the states at `states`, or (0) those that it has anyhow. */
function ownOf(page: u64, states: usize): usize {
  let entry = findPage(page);
  const now = entry ? load<usize>(entry, 8) : states ? states : defaultStates(page);
  if (!now) return 0;
  // `defaultStates` may have made an entry.
  if (!entry) entry = findPage(page);
  if (entry && !isUniform(load<usize>(entry, 8))) return entry;
  const copy = takeBlock(PAGE_BITS);
  if (!copy) return 0;
  memory.copy(copy, now, <usize>PAGE);
  if (!entry) entry = insertPage(page);
  if (!entry) return 0;
  store<usize>(entry, copy, 8);
  forget(page);
  return entry;
}

/** Where the contents of a page with an entry stand; 0 when memory is used up. */
export function contentsOf(entry: usize): usize {
  const contents = load<usize>(entry, 12);
  if (contents) return contents;
  const fresh = takeBlock(PAGE_BITS);
  if (fresh) store<usize>(entry, fresh, 12);
  return fresh;
}

/** Gives all bytes from `from` to before `to` a state. Pages of which nothing is known else are forbidden around it. False when memory is used up. */
export function setStates(from: u64, to: u64, state: ByteState): bool {
  return putStates(from, to, state, uniform + <usize>PAGE);
}

/** The same, with what is around it as it is. */
export function changeStates(from: u64, to: u64, state: ByteState): bool {
  return putStates(from, to, state, 0);
}

function putStates(from: u64, to: u64, state: ByteState, around: usize): bool {
  let at = from;
  while (at < to) {
    const page = at >> PAGE_SHIFT;
    const offset = at & (PAGE - 1);
    const count = min(PAGE - offset, to - at);
    if (count == PAGE) {
      let entry = findPage(page);
      if (!entry) entry = insertPage(page);
      if (!entry) return false;
      drop(entry);
      store<usize>(entry, uniform + <usize>state * <usize>PAGE, 8);
      forget(page);
    } else {
      const entry = ownOf(page, around);
      if (!entry) return false;
      memory.fill(load<usize>(entry, 8) + <usize>offset, <u8>state, <usize>count);
      const contents = load<usize>(entry, 12);
      if (contents && state == ByteState.Known) memory.fill(contents + <usize>offset, 0, <usize>count);
    }
    at += count;
  }
  return true;
}

/** Forgets pages of [from, to) all of whose bytes are forbidden, where that is what a page without an entry has. */
export function trimPages(from: u64, to: u64): void {
  for (let page = from >> PAGE_SHIFT; page << PAGE_SHIFT < to; page++) {
    const entry = findPage(page);
    if (entry && isForbidden(load<usize>(entry, 8))) removePage(entry);
  }
}

function isForbidden(states: usize): bool {
  for (let at: usize = 0; at < <usize>PAGE; at += 8) {
    if ((load<u64>(states + at) & ONES) != ONES) return false;
  }
  return true;
}

const ONES: u64 = 0x0101010101010101;

/** Forgets all pages that lie in [from, to) whole. */
export function dropPages(from: u64, to: u64): void {
  const first = (from + PAGE - 1) >> PAGE_SHIFT;
  const end = to >> PAGE_SHIFT;
  if (!space.pages || first >= end) return;
  if (end - first <= <u64>space.pageCount) {
    for (let page = first; page < end; page++) {
      const entry = findPage(page);
      if (entry) removePage(entry);
    }
    return;
  }
  const slots = (<u32>1) << space.pagesBits;
  let slot: u32 = 0;
  while (slot < slots) {
    const entry = space.pages + ((<usize>slot) << ENTRY_SHIFT);
    const key = load<u64>(entry);
    // What moves up into a slot that was emptied is looked at, too.
    if (key && key - 1 >= first && key - 1 < end) removePage(entry);
    else slot++;
  }
}

/** All bytes that are known of the pages that lie in [from, to) whole are 0. */
export function dropContents(from: u64, to: u64): void {
  const first = (from + PAGE - 1) >> PAGE_SHIFT;
  const end = to >> PAGE_SHIFT;
  if (!space.pages || first >= end) return;
  if (end - first <= <u64>space.pageCount) {
    for (let page = first; page < end; page++) {
      const entry = findPage(page);
      if (entry) dropContentsOf(entry);
    }
    return;
  }
  const last = space.pages + ((<usize>1) << (<usize>space.pagesBits + ENTRY_SHIFT));
  for (let entry = space.pages; entry < last; entry += (<usize>1) << ENTRY_SHIFT) {
    const key = load<u64>(entry);
    if (key && key - 1 >= first && key - 1 < end) dropContentsOf(entry);
  }
}

function dropContentsOf(entry: usize): void {
  const contents = load<usize>(entry, 12);
  if (contents) freeBlock(contents, PAGE_BITS);
  store<usize>(entry, 0, 12);
}

/** Copies all pages of another space into this one, which has none. False when memory is used up. */
export function copyPages(pages: usize, bits: u32, count: u32): bool {
  if (!pages) return true;
  const bytes = (<usize>1) << (<usize>bits + ENTRY_SHIFT);
  space.pages = takeBlock(bits + <u32>ENTRY_SHIFT);
  if (!space.pages) return false;
  space.pagesBits = bits;
  space.pageCount = count;
  memory.copy(space.pages, pages, bytes);
  for (let entry = space.pages; entry < space.pages + bytes; entry += (<usize>1) << ENTRY_SHIFT) {
    if (!load<u64>(entry)) continue;
    if (!copyPart(entry + 8) || !copyPart(entry + 12)) return false;
  }
  return true;
}

function copyPart(slot: usize): bool {
  const from = load<usize>(slot);
  if (!from || isUniform(from)) return true;
  const to = takeBlock(PAGE_BITS);
  if (!to) return false;
  memory.copy(to, from, <usize>PAGE);
  store<usize>(slot, to);
  return true;
}

/** Gives back all that the entered space's pages take. */
export function freePages(): void {
  if (!space.pages) return;
  const end = space.pages + ((<usize>1) << (<usize>space.pagesBits + ENTRY_SHIFT));
  for (let entry = space.pages; entry < end; entry += (<usize>1) << ENTRY_SHIFT) {
    if (load<u64>(entry)) drop(entry);
  }
  freeBlock(space.pages, space.pagesBits + <u32>ENTRY_SHIFT);
  space.pages = 0;
  forgetPages();
}
