// What a heap does in its process: the calls by which it grows, and accesses of the words and payloads that its operations read and write. They are no records of
// the trace: lookups are counted, and faults, as those of any access.
//
//   request   address u64 | access u32 | word u32

import { freeBlock, takeBlock } from "../base/blocks";
import { EventKind, EventRow } from "../base/events";
import { Outcome } from "../mmu/mmu";
import { Access } from "../mmu/tlb";
import { bufferOf, carry, halfOfBuffer } from "../process/data";
import { pageShift } from "../process/memory";
import { called, pages } from "./replay";

/** Bytes of a word of the allocator's. */
const WORD: u32 = 4;
/** log2 of the bytes of a request. */
const REQUEST: u32 = 4;
/** Read and write; anonymous memory, and private, as eventcodec.ts has it. */
const READ_WRITE_ANONYMOUS: u32 = 3 | (2 << 8);

const row: usize = memory.data(<i32>EventRow.Words * 4, 8);

let requests: usize = 0;
let requestBits: u32 = 0;

/** A call of the running process, for its heap. `lastErrno` and `lastResult` have its answer. */
function call(kind: EventKind, a: u64, b: u64, flags: u32): Outcome {
  memory.fill(row, 0, <usize>EventRow.Words * 4);
  store<u32>(row, kind);
  store<u32>(row, flags, EventRow.Flags * 4);
  store<u64>(row, a, EventRow.A * 4);
  store<u64>(row, b, EventRow.B * 4);
  return called(kind, row, true);
}

export function heapSbrk(bytes: i64): Outcome {
  return call(EventKind.Sbrk, bytes, 0, 0);
}

export function heapMmap(bytes: u64): Outcome {
  return call(EventKind.Mmap, 0, bytes, READ_WRITE_ANONYMOUS);
}

export function heapMunmap(va: u64, bytes: u64): Outcome {
  return call(EventKind.Munmap, va, bytes, 0);
}

/** Room for so many requests; 0 when memory is used up. */
export function requestsOf(count: u32): usize {
  const bits = max<u32>(12, 32 - clz<u32>(max<u32>(count, 2) - 1) + REQUEST);
  if (requests && bits <= requestBits) return requests;
  if (requests) freeBlock(requests, requestBits);
  requests = takeBlock(bits);
  requestBits = bits;
  return requests;
}

/** Makes the accesses that stand in the requests; `carrying`: with their words. A fault ends that access alone. */
export function accessWords(count: u32, record: u64, carrying: bool): Outcome {
  const buffer = bufferOf(1);
  if (!buffer) return Outcome.OutOfMemory;
  let worst = Outcome.Done;
  for (let at = requests; at < requests + ((<usize>count) << REQUEST); at += (<usize>1) << REQUEST) {
    store<u32>(buffer, load<u32>(at, 12));
    const outcome = touch(load<u64>(at), WORD, load<u32>(at, 8), record, carrying);
    if (outcome == Outcome.OutOfMemory) return outcome;
    if (outcome != Outcome.Done) worst = outcome;
  }
  return worst;
}

/** Accesses that heaps made, or tried to: of a word, or of a piece of a payload. */
export let heapLoads: u64 = 0;
export let heapStores: u64 = 0;

function touch(va: u64, bytes: u64, access: u32, record: u64, carrying: bool): Outcome {
  if (access == Access.Store) heapStores++;
  else heapLoads++;
  carry(carrying);
  const outcome = pages(va, bytes - 1, access, record);
  carry(false);
  return outcome;
}

/** Bytes from an address to its page's end. */
function leftInPage(va: u64): u64 {
  return ((<u64>1) << pageShift) - (va & (((<u64>1) << pageShift) - 1));
}

/** Copies bytes: a load and a store of each piece that lies in one page here and there. The first fault ends it. */
export function copyBytes(to: u64, from: u64, bytes: u64, record: u64, carrying: bool): Outcome {
  const buffer = bufferOf(2 << (<u32>pageShift));
  if (!buffer) return Outcome.OutOfMemory;
  for (let done: u64 = 0; done < bytes; ) {
    const here = min(bytes - done, min(leftInPage(to + done), leftInPage(from + done)));
    let outcome = touch(from + done, here, Access.Load, record, carrying);
    if (outcome == Outcome.Done) {
      memory.copy(buffer, halfOfBuffer(), <usize>here);
      outcome = touch(to + done, here, Access.Store, record, carrying);
    }
    if (outcome != Outcome.Done) return outcome;
    done += here;
  }
  return Outcome.Done;
}

/** Stores zeros, page by page. The first fault ends it. */
export function zeroBytes(at: u64, bytes: u64, record: u64, carrying: bool): Outcome {
  const buffer = bufferOf(2 << (<u32>pageShift));
  if (!buffer) return Outcome.OutOfMemory;
  memory.fill(buffer, 0, (<usize>1) << (<usize>pageShift));
  for (let done: u64 = 0; done < bytes; ) {
    const here = min(bytes - done, leftInPage(at + done));
    const outcome = touch(at + done, here, Access.Store, record, carrying);
    if (outcome != Outcome.Done) return outcome;
    done += here;
  }
  return Outcome.Done;
}
