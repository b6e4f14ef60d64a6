// The blocks of a memory's heap by the numbers of their names: where each is, or was. A child shares its parent's until either binds a name.
//
//   Memory --> Blocks: users, PageMap: number of a name -> Block

import { freeBlock, takeBlock } from "../base/blocks";
import { NO_PAGE, PageMap, freePageMap, newPageMap } from "../paging/pagemap";
import { Memory } from "./memory";

/** log2 of the bytes of the structs. */
const BLOCKS: u32 = 3;
const BLOCK: u32 = 4;

@unmanaged
class Blocks {
  names: PageMap;
  /** Memories that share it. */
  users: u32;
}

@unmanaged
class Block {
  address: u64;
  /** What its heap knows it by; 0: it is freed. */
  payload: u32;
}

function find(memory: Memory, name: u32): Block | null {
  if (!memory.blocks) return null;
  return changetype<Block | null>(<usize>changetype<Blocks>(memory.blocks).names.get(name));
}

/** Whether a name is, or was, a block's. */
export function isBlock(memory: Memory, name: u32): bool {
  return find(memory, name) != null;
}

/** Where the block of a name is, or was; 0: there is none. */
export function addressOfBlock(memory: Memory, name: u32): u64 {
  const block = find(memory, name);
  return block ? block.address : 0;
}

/** What the heap knows the block of a name by; 0: it is freed, or there is none. */
export function payloadOfBlock(memory: Memory, name: u32): u32 {
  const block = find(memory, name);
  return block ? block.payload : 0;
}

/** A name is a block's from now on. False when memory is used up. */
export function bindBlock(memory: Memory, name: u32, address: u64, payload: u32): bool {
  const blocks = ownBlocks(memory);
  if (!blocks) return false;
  let at = <usize>blocks.names.get(name);
  if (!at) {
    at = takeBlock(BLOCK);
    if (!at || !blocks.names.put(name, <u32>at)) return false;
  }
  changetype<Block>(at).address = address;
  changetype<Block>(at).payload = payload;
  return true;
}

/** A name is no block's any more. False when memory is used up. */
export function unbindBlock(memory: Memory, name: u32): bool {
  if (!isBlock(memory, name)) return true;
  const blocks = ownBlocks(memory);
  if (!blocks) return false;
  freeBlock(<usize>blocks.names.remove(name), BLOCK);
  return true;
}

/** The table of a memory, made if it has none, copied if others share it; null when memory is used up. */
function ownBlocks(memory: Memory): Blocks | null {
  const shared = changetype<Blocks | null>(memory.blocks);
  if (shared && shared.users == 1) return shared;
  const at = takeBlock(BLOCKS);
  const names = newPageMap();
  if (!at || !names) return null;
  const made = changetype<Blocks>(at);
  made.names = names;
  made.users = 1;
  if (shared) {
    if (!copyAll(shared.names, names)) return null;
    shared.users--;
  }
  memory.blocks = at;
  return made;
}

function copyAll(from: PageMap, to: PageMap): bool {
  const last = NO_PAGE - 1;
  for (let name = from.next(0, last); name != NO_PAGE; name = from.next(name + 1, last)) {
    const at = takeBlock(BLOCK);
    if (!at || !to.put(name, <u32>at)) return false;
    memory.copy(at, <usize>from.get(name), (<usize>1) << BLOCK);
  }
  return true;
}

/** A child has its parent's blocks. */
export function shareBlocks(parent: Memory, child: Memory): void {
  if (!parent.blocks) return;
  changetype<Blocks>(parent.blocks).users++;
  child.blocks = parent.blocks;
}

export function dropBlocks(memory: Memory): void {
  if (!memory.blocks) return;
  const blocks = changetype<Blocks>(memory.blocks);
  memory.blocks = 0;
  if (--blocks.users) return;
  const last = NO_PAGE - 1;
  const names = blocks.names;
  for (let name = names.next(0, last); name != NO_PAGE; name = names.next(name + 1, last)) {
    freeBlock(<usize>names.get(name), BLOCK);
  }
  freePageMap(names);
  freeBlock(changetype<usize>(blocks), BLOCKS);
}
