// Heaps of processes. Their allocator is the host's, in an instance of its own; here is what a memory has of it: its number, and where its blocks are.

import {
  addressOfBlock,
  bindBlock,
  dropBlocks,
  isBlock,
  payloadOfBlock,
  shareBlocks,
  unbindBlock,
} from "./blocks";
import { space } from "../mmu/schedule";
import { Memory } from "./memory";
import { canManage, manage, managed, running } from "./process";

/** The host says what number a copy of a heap has. */
declare function forked(heap: u32): u32;
/** The host forgets a heap. */
declare function dropped(heap: u32): void;

/** Allocations of named blocks are acted upon. */
let acting: bool = false;

export function actOnHeaps(on: bool): void {
  acting = on;
}

/** Whether they are, and the machine can have processes. */
export function hasHeaps(): bool {
  return acting && (managed || canManage());
}

/** A child has a copy of its parent's heap. */
export function forkHeap(parent: Memory, child: Memory): void {
  if (!parent.heap) return;
  child.heap = forked(parent.heap);
  shareBlocks(parent, child);
}

export function dropHeap(memory: Memory): void {
  if (!memory.heap) return;
  dropped(memory.heap);
  memory.heap = 0;
  dropBlocks(memory);
}

/** The memory of the running process, made if need be; null when memory is used up. */
function own(): Memory | null {
  return manage() ? running() : null;
}

/** The same, if it has one. */
function here(): Memory | null {
  return changetype<Memory | null>(space.memory);
}

/** The number of the running process's heap; 0: it has none. */
export function heapNumber(): u32 {
  const memory = here();
  return memory ? memory.heap : 0;
}

/** The running process has a heap of this number from now on. False when memory is used up. */
export function setHeapNumber(heap: u32): bool {
  const memory = own();
  if (!memory) return false;
  memory.heap = heap;
  return true;
}

/** Where the break of the running process is, which has a heap. */
export function breakNow(): u64 {
  const memory = here();
  return memory ? memory.brk : 0;
}

/** Binds a name, in the running process, to the block at an address, which its heap knows by `payload`; 0: it is freed. False when memory is used up. */
export function bindToBlock(name: u32, address: u64, payload: u32): bool {
  const memory = own();
  return memory != null && bindBlock(memory, name, address, payload);
}

/** False when memory is used up. */
export function unbindFromBlock(name: u32): bool {
  const memory = own();
  return memory != null && unbindBlock(memory, name);
}

/** What the heap of the running process knows the block of a name by; 0: it is freed, or there is none. */
export function payloadNamed(name: u32): u32 {
  const memory = here();
  return memory ? payloadOfBlock(memory, name) : 0;
}

/** Whether a name is, or was, a block of the running process. */
export function namesBlock(name: u32): bool {
  const memory = here();
  return memory != null && isBlock(memory, name);
}

/** Where that is, or was. */
export function blockNamed(name: u32): u64 {
  const memory = here();
  return memory ? addressOfBlock(memory, name) : 0;
}
