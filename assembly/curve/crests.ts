// Numbers by place, all 0 at first, to which ranges of places are added, and of each the highest that it ever was.
//
//   node 0   1      2 3    4 5 6 7    ...   leaves .. 2 x leaves - 1
//        | - | root | ... | ...    |  ...  | places 0, 1, ... |
//
//   node  u64  | the highest sum on the way i32 | sum i32 |     of what was added to all places below it, and has not gone down yet

import { growArray } from "../paging/arrays";

/** Numbers of `leaves` places, a power of two. 0 when memory is used up. */
export function newCrests(leaves: u32): usize {
  return growArray(0, (<u64>leaves) << 4);
}

/** Adds to the places [from, end). */
export function raise(crests: usize, leaves: u32, from: u32, end: u32, by: i32): void {
  if (from >= end) return;
  let left = leaves + from;
  let right = leaves + end;
  // What was added before goes below what is added now.
  for (let bit: u32 = 31 - clz<u32>(leaves); bit; bit--) {
    goDown(crests, left >> bit);
    if ((right - 1) >> bit != left >> bit) goDown(crests, (right - 1) >> bit);
  }
  const highest = max(by, 0);
  for (; left < right; left >>= 1, right >>= 1) {
    if (left & 1) add(crests, left++, by, highest);
    if (right & 1) add(crests, --right, by, highest);
  }
}

/** The highest that each place was, the last call: from then on `crestAt` knows. */
export function settle(crests: usize, leaves: u32): void {
  for (let node: u32 = 1; node < leaves; node++) goDown(crests, node);
}

export function crestAt(crests: usize, leaves: u32, place: u32): i32 {
  return load<i32>(nodeAt(crests, leaves + place), 4);
}

function nodeAt(crests: usize, node: u32): usize {
  return crests + ((<usize>node) << 3);
}

function goDown(crests: usize, node: u32): void {
  const at = nodeAt(crests, node);
  if (!load<u64>(at)) return;
  const sum = load<i32>(at);
  const highest = load<i32>(at, 4);
  add(crests, 2 * node, sum, highest);
  add(crests, 2 * node + 1, sum, highest);
  store<u64>(at, 0);
}

function add(crests: usize, node: u32, by: i32, highest: i32): void {
  const at = nodeAt(crests, node);
  const sum = load<i32>(at);
  store<i32>(at, max(load<i32>(at, 4), sum + highest), 4);
  store<i32>(at, sum + by);
}
