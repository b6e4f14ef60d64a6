// Blocks that are dead but for their finalizers: they, and what they lead to, are kept for this once, and handed out such that a block comes before those that it leads to.
// Of blocks that lead to one another (a cycle) that cannot be; they come one after the other, the lowest address first, and the order holds towards all others.
//
// Tarjan's strongly connected components (Depth-first search and linear graph algorithms, 1972), without recursion: a component is complete after all that it leads to, so
// that the last one comes first. A node's state, by number of the block:
//
//   order      when it was reached, from 1; 0: it was not                     u32
//   lowest     the earliest that it is known to lead to, while it is open     u32
//   component  its number, from 1; 0: it is open                              u32
//   place      where in it the next word to look at lies                      u32

import { allocate } from "../../base/arena";
import { heap } from "../state";
import { FINALIZE, finalizers, setFinalizer } from "./layouts";
import { blockAt, markBlock, targetFrom, targetPlace } from "./mark";
import { CollectCount, addCollected } from "./params";
import { NONE, blocks, isMarked, payloadOf, rowOf } from "./index";

/** The payloads that were handed out, in order; u32 each. */
export let finalized: usize = 0;

let order: usize = 0;
let lowest: usize = 0;
let component: usize = 0;
let place: usize = 0;
/** The way to the block that is looked at, and the blocks whose components are not complete. */
let path: usize = 0;
let open: usize = 0;
let room: u32 = 0;

let reached: u32 = 0;
let components: u32 = 0;
let depth: u32 = 0;
let opened: u32 = 0;

/** Keeps and hands out dead blocks that have finalizers; they have none then. False when linear memory is used up. */
export function keepFinalized(): bool {
  if (!finalizers) return true;
  if (!makeRoom()) return false;
  memory.fill(order, 0, (<usize>blocks) << 2);
  memory.fill(component, 0, (<usize>blocks) << 2);
  reached = 0;
  components = 0;
  let count: u32 = 0;
  for (let block: u32 = 0; block < blocks; block++) {
    if (!isDue(block)) continue;
    count++;
    if (!at(order, block)) search(block);
  }
  if (!count) return true;
  handOut(count);
  addCollected(CollectCount.Finalized, count);
  addCollected(CollectCount.Resurrected, reached - count);
  for (let block: u32 = 0; block < blocks; block++) {
    if (at(order, block)) markBlock(block);
  }
  return true;
}

function isDue(block: u32): bool {
  return (load<u32>(rowOf(block), 12) & FINALIZE) != 0 && !isMarked(block);
}

/** From a block on to all that it leads to and that is dead. */
function search(first: u32): void {
  depth = 0;
  opened = 0;
  enter(first);
  while (depth) {
    const block = at(path, depth - 1);
    const target = targetFrom(block, at(place, block));
    if (target == NONE) {
      leave(block);
      continue;
    }
    put(place, block, targetPlace);
    if (isMarked(target)) continue;
    if (!at(order, target)) enter(target);
    else if (!at(component, target)) lower(block, at(order, target));
  }
}

function enter(block: u32): void {
  put(order, block, ++reached);
  put(lowest, block, reached);
  put(place, block, 0);
  put(path, depth++, block);
  put(open, opened++, block);
}

function leave(block: u32): void {
  depth--;
  if (depth) lower(at(path, depth - 1), at(lowest, block));
  if (at(lowest, block) != at(order, block)) return;
  components++;
  for (let member = NONE; member != block; ) {
    member = at(open, --opened);
    put(component, member, components);
  }
}

function lower(block: u32, to: u32): void {
  if (to < at(lowest, block)) put(lowest, block, to);
}

/** The blocks that are due, by component, the last first, and in each by address: counted, then each put in its place. `lowest` is free by now. */
function handOut(count: u32): void {
  const places = lowest;
  memory.fill(places, 0, (<usize>components + 2) << 2);
  for (let block: u32 = 0; block < blocks; block++) {
    if (isDue(block)) put(places, at(component, block), at(places, at(component, block)) + 1);
  }
  let before: u32 = 0;
  for (let number = components; number > 0; number--) {
    const here = at(places, number);
    put(places, number, before);
    before += here;
  }
  for (let block: u32 = 0; block < blocks; block++) {
    if (!isDue(block)) continue;
    const to = at(places, at(component, block));
    put(places, at(component, block), to + 1);
    put(finalized, to, <u32>payloadOf(block));
  }
  for (let each: u32 = 0; each < count; each++) setFinalizer(at(finalized, each), false);
}

function at(array: usize, index: u32): u32 {
  return load<u32>(array + ((<usize>index) << 2));
}

function put(array: usize, index: u32, value: u32): void {
  store<u32>(array + ((<usize>index) << 2), value);
}

function makeRoom(): bool {
  if (blocks <= room) return true;
  const wanted = max(<u64>blocks, min((<u64>room) << 1, u32.MAX_VALUE));
  const bytes = (wanted + 2) << 2;
  const all = allocate(bytes * 7, 8);
  if (!all) return false;
  order = all;
  lowest = order + <usize>bytes;
  component = lowest + <usize>bytes;
  place = component + <usize>bytes;
  path = place + <usize>bytes;
  open = path + <usize>bytes;
  finalized = open + <usize>bytes;
  room = <u32>wanted;
  return true;
}
