// Leaks of a trace that is replayed with its frees: what the search of base/leaks.ts says of the heap's blocks, found and looked through as a conservative collection does. Nothing is freed.

import { Leak, pointsTo, searchLeaks } from "../../base/leaks";
import { allocate } from "../../base/arena";
import { Status } from "../../base/status";
import { slotAddress } from "../slots";
import { heap } from "../state";
import { roots } from "./collect";
import { NONE, beginsAt, beginsBefore, blocks, buildIndex, payloadOf, rowOf, stack } from "./index";
import { beginMarking, blockAt, offsetOf } from "./mark";

/** A byte a block (`Leak`), and how many there is room for. */
let kinds: usize = 0;
let room: u32 = 0;
let rootCount: u32 = 0;

/**
 * Says of each block what it is. Options are those of collections, of which origin and word are used: pointers into the middle of blocks are possible ones.
 *
 * @param count words of the buffer (`rootBuffer`) that are roots
 */
export function findHeapLeaks(count: u32): Status {
  const built = buildIndex();
  if (built != Status.Ok) return built;
  if (blocks > room) {
    kinds = allocate(blocks, 8);
    room = kinds ? blocks : 0;
    if (!kinds) return Status.OutOfMemory;
  }
  rootCount = count;
  beginMarking(false);
  searchLeaks(blocks, kinds, stack, followRoots, followBlock);
  return Status.Ok;
}

/** What was said of a slot's block; of a slot without one, nothing. */
export function leakOf(slot: u32): Leak {
  const payload = <usize>slotAddress(slot);
  return payload ? <Leak>load<u8>(kinds + beginsBefore(<u32>(payload - heap.base))) : Leak.None;
}

function followRoots(): void {
  follow(roots, roots + ((<usize>rootCount) << 3));
}

function followBlock(block: u32): void {
  const from = payloadOf(block);
  follow(from, from + (load<u32>(rowOf(block), 4) & ~7));
}

function follow(from: usize, end: usize): void {
  for (let at = from; at < end; at += 8) {
    const offset = offsetOf(load<u64>(at));
    if (offset == NONE) continue;
    const block = blockAt(offset);
    if (block != NONE) pointsTo(block, beginsAt(offset));
  }
}
