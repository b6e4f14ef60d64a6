// The host's calls: roots, a collection, what came of it.

import { allocate } from "../../base/arena";
import { Status } from "../../base/status";
import { HeapStat, heapStat } from "../params";
import { slotRoom, slots } from "../slots";
import { emptyDropped, packDropped } from "./dropped";
import { finalizers } from "./layouts";
import { emptyNotes } from "./layouts";
import { keepFinalized } from "./finalize";
import { blocks, buildIndex, isMarked, rowOf, setAsideMarks, wasMarked } from "./index";
import { beginMarking, countMarking, markEntries, markRoots } from "./mark";
import {
  CollectCount,
  CollectParam,
  addCollected,
  collectCount,
  collectCounts,
  collectParam,
  setCollected,
} from "./params";
import { abandonSweep, beginSweep, finishSweep } from "./sweep";

export let roots: usize = 0;
let rootRoom: u32 = 0;

/** Room for so many roots, words of 64 bits; 0 when linear memory is used up. */
export function rootBuffer(count: u32): usize {
  if (count <= rootRoom) return roots;
  const grown = allocate((<u64>count) << 3, 8);
  if (!grown) return 0;
  roots = grown;
  rootRoom = count;
  return roots;
}

/** Before a new heap is opened. */
export function emptyCollector(): void {
  abandonSweep();
  emptyDropped();
  emptyNotes();
}

/**
 * Finds what the roots lead to and frees everything else, at once or lazily. Counts are of this collection.
 *
 * @param known words of the buffer that are roots
 * @param doubtful further ones behind them, of which a precise collection takes none
 */
export function collectHeap(known: u32, doubtful: u32): Status {
  finishSweep();
  packDropped();
  const built = buildIndex();
  if (built != Status.Ok) return built;
  memory.fill(collectCounts, 0, (<usize>CollectCount.Length) << 3);
  const truth = collectParam(CollectParam.Truth) != 0;
  if (truth) {
    beginMarking(true);
    markFrom(known);
    if (!setAsideMarks()) return Status.OutOfMemory;
  }
  beginMarking(false);
  markFrom(collectParam(CollectParam.Precise) ? known : known + doubtful);
  if (truth) countFalse();
  if (!keepFinalized()) return Status.OutOfMemory;
  countMarking();
  setCollected(CollectCount.DeadBlocks, blocks - collectCount(CollectCount.LiveBlocks));
  setCollected(CollectCount.DeadBytes, heapStat(HeapStat.Live) - collectCount(CollectCount.LiveBytes));
  beginSweep();
  if (collectParam(CollectParam.Lazy)) return Status.Ok;
  setCollected(CollectCount.BlocksSwept, blocks);
  finishSweep();
  return Status.Ok;
}

function markFrom(count: u32): void {
  if (collectParam(CollectParam.SlotsAreRoots)) markEntries(slots, slots + ((<usize>slotRoom) << 3));
  markRoots(roots, count);
}

/** Counts what was found now and not the first time. */
function countFalse(): void {
  for (let block: u32 = 0; block < blocks; block++) {
    if (!isMarked(block) || wasMarked(block)) continue;
    addCollected(CollectCount.FalseBlocks, 1);
    addCollected(CollectCount.FalseBytes, load<u32>(rowOf(block), 4));
  }
}
