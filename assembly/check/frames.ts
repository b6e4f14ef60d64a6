// Frames of stacks: blocks of their own kind, which are popped rather than freed, and whose addresses the next frames have.

import { Block, insertBlock, newBlock } from "./blocks";
import { place } from "./findings";
import { makeWay } from "./heap";
import { setStates } from "./shadow";
import { BlockFlag, ByteState } from "./state";

/** Pushes a frame at an address of a stack, over popped ones; what is live there is reported. The frame, or 0 when memory is used up. */
export function pushFrame(start: u64, size: u64, name: u32): usize {
  if (!makeWay(start, max(size, 1))) return 0;
  const frame = newBlock(start, size, BlockFlag.Frame);
  if (!frame || !setStates(start, start + size, ByteState.Undefined)) return 0;
  frame.allocated = place;
  frame.name = name;
  insertBlock(frame);
  return changetype<usize>(frame);
}

/** False when memory is used up. */
export function popFrame(frame: Block): bool {
  frame.flags |= BlockFlag.Freed;
  frame.freed = place;
  return setStates(frame.start, frame.end(), ByteState.Forbidden);
}
