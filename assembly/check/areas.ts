// What memory there is beside blocks and frames: ranges that are mapped, where the trace says so; elsewhere anything but the first page.

import { freeBlock, takeBlock } from "../base/blocks";
import { PAGE, PAGE_SHIFT, forgetRange, insertForbidden, uniform } from "./shadow";
import { space } from "./space";

/** Where the checker places blocks of its own, mappings, and stacks: addresses that no program on Linux is given. */
export enum Arena {
  /** log2 of where blocks, mappings and stacks begin; the last end where the next would. */
  HeapBits = 44,
  MapBits = 45,
  StackBits = 46,
}

const HEAP: u64 = (<u64>1) << (<u64>Arena.HeapBits);
const MAPS: u64 = (<u64>1) << (<u64>Arena.MapBits);
const STACKS: u64 = (<u64>1) << (<u64>Arena.StackBits);

/** Only what is mapped may be accessed, outside of blocks and frames. */
let strict: bool = false;
/** The first page may not be accessed. */
let guarded: bool = false;

/** The caller sees to it that no page is cached. */
export function setJudging(strict_: bool, guarded_: bool): void {
  strict = strict_;
  guarded = guarded_;
}

/** Whether an address is in a heap or on a stack of the checker's own, where nothing but blocks and frames is. */
export function isOwnArena(va: u64): bool {
  return (va >= HEAP && va < MAPS) || (va >= STACKS && va < STACKS << 1);
}

/** Sees to it that there is room for so many ranges. False when memory is used up. */
export function makeRoom(count: u32): bool {
  if (space.areas && (<u64>count) << 4 <= (<u64>1) << (<u64>space.areaBits)) return true;
  let bits: u32 = 10;
  while ((<u64>1) << (<u64>bits) < (<u64>count) << 4) bits++;
  const areas = takeBlock(bits);
  if (!areas) return false;
  if (space.areas) {
    memory.copy(areas, space.areas, (<usize>space.areaCount) << 4);
    freeBlock(space.areas, space.areaBits);
  }
  space.areas = areas;
  space.areaBits = bits;
  return true;
}

function startOf(at: u32): u64 {
  return load<u64>(space.areas + ((<usize>at) << 4));
}

function endOf(at: u32): u64 {
  return load<u64>(space.areas + ((<usize>at) << 4), 8);
}

function setArea(at: u32, from: u64, to: u64): void {
  store<u64>(space.areas + ((<usize>at) << 4), from);
  store<u64>(space.areas + ((<usize>at) << 4), to, 8);
}

/** Says that there is memory in [from, to), or none any more. Ranges that touch are one. False when memory is used up. */
export function changeArea(from: u64, to: u64, isMapped: bool): bool {
  if (from >= to) return true;
  forgetRange(from, to);
  const first = isMapped && from ? areaFrom(from - 1) : areaFrom(from);
  let last = first;
  while (last < space.areaCount && (isMapped ? startOf(last) <= to : startOf(last) < to)) last++;
  // What is left of the ranges from `first` to before `last`: one below, one above, or one in all.
  const low = last > first ? min(startOf(first), from) : from;
  const high = last > first ? max(endOf(last - 1), to) : to;
  const below = !isMapped && low < from;
  const above = !isMapped && high > to;
  const left: u32 = isMapped ? 1 : (below ? 1 : 0) + (above ? 1 : 0);
  const count = space.areaCount - (last - first) + left;
  if (!makeRoom(count)) return false;
  memory.copy(
    space.areas + ((<usize>(first + left)) << 4),
    space.areas + ((<usize>last) << 4),
    (<usize>(space.areaCount - last)) << 4,
  );
  space.areaCount = count;
  if (isMapped) setArea(first, low, high);
  if (below) setArea(first, low, from);
  if (above) setArea(below ? first + 1 : first, to, high);
  return true;
}

/** The first range that ends above an address; `areaCount`: none. */
function areaFrom(va: u64): u32 {
  let low: u32 = 0;
  let high = space.areaCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(middle) <= va) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The states of a page of which nothing else is known. 0 when memory is used up. */
export function defaultStates(page: u64): usize {
  const from = page << PAGE_SHIFT;
  if (isOwnArena(from) || (!page && guarded)) return uniform + <usize>PAGE;
  if (!strict) return uniform;
  // The last page of all: its end is no address.
  if (from + PAGE == 0) return uniform + <usize>PAGE;
  const at = areaFrom(from);
  if (at == space.areaCount) return uniform + <usize>PAGE;
  const area = space.areas + ((<usize>at) << 4);
  if (load<u64>(area) >= from + PAGE) return uniform + <usize>PAGE;
  if (load<u64>(area) <= from && load<u64>(area, 8) >= from + PAGE) return uniform;
  return partOf(page, at);
}

/** States of a page that is mapped in parts: it gets an entry. */
function partOf(page: u64, first: u32): usize {
  const from = page << PAGE_SHIFT;
  const states = insertForbidden(page);
  if (!states) return 0;
  for (let at = first; at < space.areaCount; at++) {
    const area = space.areas + ((<usize>at) << 4);
    const start = max(load<u64>(area), from);
    const end = min(load<u64>(area, 8), from + PAGE);
    if (start >= from + PAGE) break;
    memory.fill(states + <usize>(start - from), 0, <usize>(end - start));
  }
  return states;
}
