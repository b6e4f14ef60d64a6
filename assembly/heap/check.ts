// Operations with a look at what they did: payloads are filled, and compared when they are freed or moved; the block of an operation is looked at after it, and the whole heap
// now and then.

import { Result, result } from "../base/counters";
import { Status } from "../base/status";
import { ALLOCATED, FLAGS, MAPPED, PREVIOUS } from "./block";
import { areaOf, sizeOfArea } from "./mmap";
import { operationAt, runOps } from "./heap";
import { HeapOp } from "./ops";
import { HeapFooters, HeapOrganisation, HeapParam, heapParam } from "./params";
import { slotAddress, slotSize } from "./slots";
import { heap } from "./state";
import { HeapFault, validateHeap } from "./validate";

/** What did not hold when `runChecked` stopped. */
export let checkFault: HeapFault = HeapFault.None;

/** Operations since the whole heap was last looked at. */
let unseen: u32 = 0;

/**
 * Performs operations as `runOps` does. Stopped: after `Result.Consumed` operations of the buffer something does not hold, `checkFault` of it. The whole heap is
 * looked at after every so many of them.
 */
export function runChecked(from: u32, count: u32, every: u32): Status {
  for (let at = from; at < from + count; at++) {
    const word = operationAt(at);
    const slot = word & ((1 << 28) - 1);
    const op = word >> 28;
    const old = slotSize(slot);
    // A payload that is freed, or moved, is still whole.
    checkFault = faultOfPayload(slot, old);
    if (checkFault) return stoppedAt(at);
    const status = runOps(at, 1);
    if (status != Status.Ok) return status;
    checkFault = faultAfter(op, slot, old);
    if (!checkFault && ++unseen >= every) {
      unseen = 0;
      checkFault = validateHeap();
    }
    if (checkFault) return stoppedAt(at + 1);
  }
  return Status.Ok;
}

function stoppedAt(at: u32): Status {
  result(Result.Consumed, at);
  return Status.Stopped;
}

/** Looks at the slot of an operation after it, and fills what it has got. */
function faultAfter(op: u32, slot: u32, old: u32): HeapFault {
  if (op == HeapOp.Free || op == HeapOp.Align || !slotAddress(slot)) return HeapFault.None;
  const size = slotSize(slot);
  const fault = faultOfSlot(slotAddress(slot), size);
  if (fault) return fault;
  if (op == HeapOp.Realloc) {
    const kept = faultOfPayload(slot, min(old, size));
    if (kept) return kept;
  }
  if (op == HeapOp.Calloc && !isZero(slotAddress(slot), size)) return HeapFault.Payload;
  fill(slotAddress(slot), size, slot);
  return HeapFault.None;
}

/** Whether a payload lies aligned in an allocated block that is large enough. */
function faultOfSlot(payload: usize, size: u32): HeapFault {
  if ((payload - heap.base) & heap.mask) return HeapFault.Alignment;
  if (payload < heap.first || payload > heap.end) return HeapFault.Slot;
  const word = load<u32>(payload - 4);
  if (!(word & ALLOCATED)) return HeapFault.Slot;
  let end: usize;
  if (word & MAPPED) {
    end = areaOf(payload) + sizeOfArea(areaOf(payload));
  } else {
    const isInside = heapParam(HeapParam.Organisation) == HeapOrganisation.Buddy && word & PREVIOUS;
    const block = isInside ? payload - 4 - (word & ~FLAGS) : payload - 4;
    const footer = heap.footers == HeapFooters.All ? heapParam(HeapParam.Footer) : 0;
    end = block + 4 + (load<u32>(block) & ~FLAGS) - heap.header - footer;
  }
  return end > heap.end || end - payload < size || end < payload ? HeapFault.Slot : HeapFault.None;
}

/** What a slot's payload holds at a multiple of eight. */
function pattern(slot: u32, at: u32): u64 {
  return (<u64>slot + 1) * 0x9e3779b97f4a7c15 + <u64>at * 0xd6e8feb86659fd93;
}

function fill(payload: usize, size: u32, slot: u32): void {
  let at: u32 = 0;
  for (; at + 8 <= size; at += 8) store<u64>(payload + at, pattern(slot, at));
  const last = pattern(slot, at);
  for (let byte: u32 = 0; at + byte < size; byte++) store<u8>(payload + at + byte, <u8>(last >> (byte << 3)));
}

function faultOfPayload(slot: u32, size: u32): HeapFault {
  const payload: usize = slotAddress(slot);
  if (!payload) return HeapFault.None;
  let at: u32 = 0;
  for (; at + 8 <= size; at += 8) {
    if (load<u64>(payload + at) != pattern(slot, at)) return HeapFault.Payload;
  }
  const last = pattern(slot, at);
  for (let byte: u32 = 0; at + byte < size; byte++) {
    if (load<u8>(payload + at + byte) != <u8>(last >> (byte << 3))) return HeapFault.Payload;
  }
  return HeapFault.None;
}

function isZero(payload: usize, size: u32): bool {
  for (let at: u32 = 0; at < size; at++) {
    if (load<u8>(payload + at)) return false;
  }
  return true;
}
