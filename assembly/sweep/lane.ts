// One way through levels of TLBs: for each kind of access the first TLB that it is looked up in, if it is that of one configuration, and the
// stack of all that stand behind it, or alone.
//
//        words ----> front: a hit ends here ----> stack

import { allocate } from "../base/arena";
import { Front, touch } from "./front";
import { Stack, lookInStack } from "./stack";
import { Column, KIND_MASK, Words } from "./words";

@unmanaged
class Lane {
  from: Column;
  /** By kind, 0: none. */
  front0: usize;
  front1: usize;
  front2: usize;
  stack0: usize;
  stack1: usize;
  stack2: usize;
}

/** A lane over the words of a column; 0 when memory is used up. */
export function newLane(from: usize): usize {
  const lane = changetype<Lane>(allocate(offsetof<Lane>(), 8));
  if (!changetype<usize>(lane)) return 0;
  lane.from = changetype<Column>(from);
  return changetype<usize>(lane);
}

/** Sends a kind of access through a front and a stack; 0: none. Words of a kind that has neither are passed over. */
export function routeLane(lane: usize, kind: u32, front: usize, stack: usize): void {
  const at = lane + ((<usize>kind) << 2);
  store<usize>(at, front, offsetof<Lane>("front0"));
  store<usize>(at, stack, offsetof<Lane>("stack0"));
}

/** Takes the words that are in the lane's column now. */
export function runLane(number: usize): void {
  const from = changetype<Lane>(number).from;
  const words = from.words;
  const count = from.count;
  const end = words + ((<usize>count) << 3);
  for (let at = words; at < end; at += 8) {
    const word = load<u64>(at);
    const kind = <u32>(word & KIND_MASK);
    const page = word >> <u64>Words.KindBits;
    const route = number + ((<usize>kind) << 2);
    const front = load<usize>(route, offsetof<Lane>("front0"));
    if (front && touch(changetype<Front>(front), page, kind)) continue;
    const stack = load<usize>(route, offsetof<Lane>("stack0"));
    if (stack) lookInStack(changetype<Stack>(stack), page, kind);
  }
}
