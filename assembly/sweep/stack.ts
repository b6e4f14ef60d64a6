// TLBs of all shapes at once: for each of some set counts, powers of two, how deep in its set's order of recency a page lies. Where it lies no
// deeper than there are ways, it is a hit (Mattson, Gecsei, Slutz and Traiger 1970; all associativities in one pass: Hill and Smith 1989).
//
// Set counts rise. A page that is the last of its set is the last of its set with more sets too, for those are parts of it: there the pass
// over a page ends, and it is a hit with any ways from there on.
//
//   level   | sets u32 | ways u32 | entries | counts |            entries: page + 1, u64 each, a set's newest first
//   counts, by kind:  | misses u64 | depth 1 | depth 2 | ... depth `ways` |

import { allocate } from "../base/arena";
import { KINDS } from "./words";

@unmanaged
class Level {
  sets: u32;
  /** The most ways that are asked for. */
  ways: u32;
  entries: usize;
  counts: usize;
}

const LEVEL: usize = 16;

@unmanaged
export class Stack {
  levels: usize;
  length: u32;
}

/** A stack with room for so many levels, which `addLevelOfStack` adds; 0 when memory is used up. */
export function newStack(levels: u32): usize {
  const stack = changetype<Stack>(allocate(offsetof<Stack>(), 8));
  const rows = allocate(<u64>levels * <u64>LEVEL, 8);
  if (!changetype<usize>(stack) || !rows) return 0;
  stack.levels = rows;
  return changetype<usize>(stack);
}

/** Adds `sets`, more than those before, of up to `ways`. Its counts, u64 each: by kind, misses and depths 1 to `ways`; 0 when memory is used up. */
export function addLevelOfStack(stack: usize, sets: u32, ways: u32): usize {
  const its = changetype<Stack>(stack);
  const level = changetype<Level>(its.levels + <usize>its.length * LEVEL);
  const entries = allocate((<u64>sets * <u64>ways) << 3, 64);
  const counts = allocate((<u64>KINDS * <u64>(ways + 1)) << 3, 64);
  if (!entries || !counts) return 0;
  level.sets = sets;
  level.ways = ways;
  level.entries = entries;
  level.counts = counts;
  its.length++;
  return counts;
}

/** Looks a page up with every number of sets. */
export function lookInStack(stack: Stack, page: u64, kind: u32): void {
  const key = page + 1;
  const end = stack.levels + <usize>stack.length * LEVEL;
  for (let row = stack.levels; row < end; row += LEVEL) {
    const level = changetype<Level>(row);
    const ways = level.ways;
    const set = <usize>(page & <u64>(level.sets - 1));
    const first = level.entries + ((set * <usize>ways) << 3);
    let moved = load<u64>(first);
    if (moved == key) return;
    store<u64>(first, key);
    const last = first + ((<usize>ways) << 3);
    let at = first + 8;
    // What was never taken is at a set's end.
    for (; at < last && moved; at += 8) {
      const entry = load<u64>(at);
      store<u64>(at, moved);
      moved = entry;
      if (entry == key) break;
    }
    const depth = moved == key ? ((at - first) >> 3) + 1 : 0;
    const count = level.counts + ((<usize>(kind * (ways + 1)) + depth) << 3);
    store<u64>(count, load<u64>(count) + 1);
  }
}
