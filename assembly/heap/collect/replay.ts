// A trace's operations where a collector frees: what the trace frees is dropped, and stays where it is. Or where leaks are looked for at the end: then the trace frees, and nothing is collected. Blocks come zeroed, so that nothing that lay there before looks like a pointer.

import { Result, result } from "../../base/counters";
import { Status } from "../../base/status";
import { settle } from "../growth";
import { operationPlace } from "../heap";
import { HeapOp } from "../ops";
import { HeapStat, addStat, heapStat, setStat } from "../params";
import { Task, perform } from "../policies";
import { NULL_SLOT, growSlots, slotAddress, slotRoom, slotSize, slots } from "../slots";
import { drop } from "./dropped";
import { emptySlot, wasCollected } from "./index";
import { forgetNotes, moveNotes, noteContents, openNotes } from "./layouts";
import { isDead, performSwept } from "./sweep";

/** Bytes asked for since the last collection, and how many of them make the next one due. */
let since: u64 = 0;
let limit: u64 = 0;
/** Nothing was done since the last collection, so that another would find nothing. */
let isFresh: bool = false;
/** The alignment of the operation to come; 0: the policy's. */
let alignment: u32 = 0;
/** What every block's words are is told by the host: none is a pointer until it says so. */
let isTold: bool = false;
/** The trace's frees free. */
let isFreed: bool = false;
const operation = memory.data(16, 8);

/** Operations on blocks that were collected: the trace had use for them. */
export let lostUses: u32 = 0;

/** Whether a slot's block was collected. */
export function wasLost(slot: u32): bool {
  if (slot >= slotRoom) return false;
  return wasCollected(slots + ((<usize>slot) << 3)) || (slotAddress(slot) != 0 && isDead(slotAddress(slot)));
}

/** A trace begins. `told`: the host will say which words are pointers; `freed`: the trace frees, and no collection is ever due. False when linear memory is used up. */
export function beginCollected(told: bool, freed: bool): bool {
  isFreed = freed;
  alignment = 0;
  isTold = told;
  lostUses = 0;
  isFresh = true;
  return !told || openNotes();
}

/** The next collection is due once more than so many bytes have been asked for. */
export function collectAfter(bytes: f64): void {
  since = 0;
  limit = <u64>bytes;
  isFresh = true;
}

/**
 * Performs operations as `runOps` does. Stopped: after `Result.Consumed` of the buffer a collection is due, or what comes next has no room without one.
 */
export function runCollected(from: u32, count: u32): Status {
  const end = from + count;
  let at = from;
  let status = Status.Ok;
  for (; at < end; at++) {
    status = operate(at);
    if (status != Status.Ok) break;
  }
  addStat(HeapStat.Ops, at - from);
  settle();
  result(Result.Consumed, at);
  return status;
}

function operate(at: u32): Status {
  const word = load<u32>(operationPlace(at));
  const op = word >> 28;
  const slot = word & NULL_SLOT;
  const size = load<u32>(operationPlace(at), 4);
  if (op > <u32>HeapOp.Align) return Status.BadRecord;
  if (op == HeapOp.Align) {
    alignment = size;
    return Status.Ok;
  }
  if (slot == NULL_SLOT) return Status.Ok;
  if (slot >= slotRoom && !growSlots(slot)) return Status.OutOfMemory;
  const entry = slots + ((<usize>slot) << 3);
  const old = slotAddress(slot);
  if (old && isDead(old)) emptySlot(entry);
  if (op != HeapOp.Malloc && op != HeapOp.Calloc && wasCollected(entry)) lostUses++;
  if (op == HeapOp.Free || (op == HeapOp.Realloc && !size)) {
    isFresh = false;
    if (isFreed) free(entry);
    else if (!drop(entry)) return Status.OutOfMemory;
    return Status.Ok;
  }
  if (since > limit && !isFreed) return Status.Stopped;
  return allocateFor(at, op, slot, size);
}

/** Frees a slot's block, if it has one. */
function free(entry: usize): void {
  const payload = <usize>load<u32>(entry);
  if (!payload) return;
  forgetNotes(payload, load<u32>(entry, 4));
  store<u32>(operation, ((<u32>HeapOp.Free) << 28) | <u32>((entry - slots) >> 3));
  perform(Task.Run, operation, operation + 8);
}

function allocateFor(at: u32, op: u32, slot: u32, size: u32): Status {
  const old = slotAddress(slot);
  const oldSize = slotSize(slot);
  const failed = heapStat(HeapStat.Failed);
  const place = operationPlace(at);
  if (alignment) {
    store<u32>(operation, (<u32>HeapOp.Align) << 28);
    store<u32>(operation, alignment, 4);
    store<u64>(operation, load<u64>(place), 8);
    performSwept(Task.Run, operation, operation + 16, size);
  } else {
    performSwept(Task.Run, place, place + 8, size);
  }
  if (heapStat(HeapStat.Failed) != failed) {
    if (!isFresh && !isFreed) {
      setStat(HeapStat.Failed, failed);
      return Status.Stopped;
    }
  } else {
    took(slot, old, old ? oldSize : 0, size);
  }
  alignment = 0;
  isFresh = false;
  return Status.Ok;
}

function took(slot: u32, old: usize, oldSize: u32, size: u32): void {
  const payload = slotAddress(slot);
  if (size > oldSize) {
    memory.fill(payload + oldSize, 0, size - oldSize);
    since += size - oldSize;
  }
  if (old) moveNotes(old, oldSize, payload, size);
  else if (isTold) noteContents(payload);
}
