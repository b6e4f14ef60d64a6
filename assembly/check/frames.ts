// Frames of stacks: blocks of their own kind, which are popped rather than freed, and whose addresses the next frames have.

import { blockFrom, blockUpTo, Block, insertBlock, newBlock, removeBlock } from "./blocks";
import { place } from "./findings";
import { setStates } from "./shadow";
import { BlockFlag, ByteState } from "./state";

/** Pushes a frame at an address of a stack, over popped ones. The frame, or 0 when memory is used up. */
export function pushFrame(start: u64, size: u64, name: u32): usize {
  const end = start + max(size, 1);
  const below = blockUpTo(start);
  if (below && below.end() > start) removeBlock(below);
  for (let block = blockFrom(start); block && block.start < end; block = blockFrom(start)) removeBlock(block);
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
