// What the checker does of a trace's events by itself: captured blocks, and accesses that say only where they stand. The rest is the host's.

import { EventKind, EventRow, longOf, wordOf } from "../base/events";
import { setPlace } from "./findings";
import { captureBlock, freeAt, reallocCaptured } from "./heap";
import { ByteState } from "./state";

export enum Outcome {
  Done,
  ForHost,
  OutOfMemory,
}

/** Sizes from here on are no block's: the host says what is wrong with them. */
const LARGEST: u64 = (<u64>1) << 47;
const FIRST_CAPTURED: u32 = 1;
const SECOND_CAPTURED: u32 = 2;

/** The place of a row's event: the number of its file and its line there, or 0 and its line in the trace. */
export function placeOfRow(row: usize): u64 {
  const file = wordOf(row, EventRow.File);
  if (!file) return wordOf(row, EventRow.Line2) >> 1;
  return ((<u64>file) << 32) | wordOf(row, EventRow.Line);
}

export function heapEvent(row: usize, pc: u64, record: u64): Outcome {
  const kind = load<u32>(row);
  const flags = wordOf(row, EventRow.Flags);
  const captured = (flags & FIRST_CAPTURED) != 0 && !wordOf(row, EventRow.Base);
  if (!captured) return Outcome.ForHost;
  const a = longOf(row, EventRow.A);
  const b = longOf(row, EventRow.B);
  const c = longOf(row, EventRow.C);
  setPlace(placeOfRow(row), pc, record);
  switch (kind) {
    case EventKind.Malloc:
      if (b >= LARGEST || !a) return Outcome.ForHost;
      return outcome(captureBlock(a, b, ByteState.Undefined, 0));
    case EventKind.Calloc:
      if (!a || b >= LARGEST || c >= LARGEST || (b && c > LARGEST / b)) return Outcome.ForHost;
      return outcome(captureBlock(a, b * c, ByteState.Known, 0));
    case EventKind.Realloc: {
      if ((flags & SECOND_CAPTURED) == 0 || wordOf(row, EventRow.Text) || c >= LARGEST || !b)
        return Outcome.ForHost;
      return outcome(reallocCaptured(a, b, c, 0));
    }
    default:
      // Behind the offset into the block.
      return outcome(<usize>freeAt(a + b));
  }
}

function outcome(done: usize): Outcome {
  return done ? Outcome.Done : Outcome.OutOfMemory;
}
