// Bytes that accesses carry: between a buffer of the host and the contents of pages.

import { freeBlock, takeBlock } from "../base/blocks";
import { Flag } from "../mmu/format";
import { Access } from "../mmu/tlb";
import { pageAt } from "../paging/page";
import { slotBlock } from "../paging/swap";
import { flagsOfProtection } from "./fault";
import { FileObject, pagesOfFile } from "./files";
import { ID, Memory, pageShift } from "./memory";
import { giveContent, stored } from "./residency";
import { Vma, vmaAt } from "./vma";

/** The buffer, log2 of its bytes, and the next byte of it that an access carries; 0: it carries none. */
let buffer: usize = 0;
let bufferBits: u32 = 0;
let carried: usize = 0;
/** Where the next byte that is read goes: the second half of the buffer, and what was read of it. */
let fetched: usize = 0;

/** A buffer of so many bytes at least, its contents undefined; 0 when memory is used up. */
export function bufferOf(bytes: u32): usize {
  const bits = max<u32>(12, 32 - clz<u32>(max<u32>(bytes, 2) - 1));
  if (buffer && bits <= bufferBits) return buffer;
  if (buffer) freeBlock(buffer, bufferBits);
  buffer = takeBlock(bits);
  bufferBits = bits;
  return buffer;
}

/** Where bytes that are read go. */
export function halfOfBuffer(): usize {
  return buffer + (((<usize>1) << (<usize>bufferBits)) >> 1);
}

/** Bytes that the last access that carried some read. */
export function bytesFetched(): u32 {
  return <u32>(fetched - halfOfBuffer());
}

/** The accesses that follow carry the buffer's bytes, from its beginning; or none. */
export function carry(on: bool): void {
  carried = on ? buffer : 0;
  if (on) fetched = halfOfBuffer();
}

export function isCarrying(): bool {
  return carried != 0;
}

/** Moves the bytes of an access of one page that succeeded. False when memory is used up. */
export function move(memory_: Memory, va: u64, bytes: usize, access: u32): bool {
  const id = memory_.pages.get(va >> pageShift) & ID;
  const page = pageAt(id);
  const from = <usize>(va & (((<u64>1) << pageShift) - 1));
  if (access == Access.Store) {
    if (!giveContent(page)) return false;
    memory.copy(page.content + from, carried, bytes);
    stored(id, page);
  } else if (page.content) {
    memory.copy(fetched, page.content + from, bytes);
  } else {
    memory.fill(fetched, 0, bytes);
  }
  if (access == Access.Store) carried += bytes;
  else fetched += bytes;
  return true;
}

/** Puts the bytes at addresses into the buffer, without an access. How many there are before what is not mapped. */
export function peek(memory_: Memory, va: u64, bytes: u32): u32 {
  const size = (<u64>1) << pageShift;
  let done: u32 = 0;
  while (done < bytes) {
    const at = va + done;
    const here = <u32>min<u64>(bytes - done, size - (at & (size - 1)));
    if (!peekPage(memory_, at >> pageShift, <usize>(at & (size - 1)), buffer + done, here)) break;
    done += here;
  }
  return done;
}

function peekPage(memory_: Memory, page: u64, from: usize, to: usize, bytes: usize): bool {
  const vma = vmaAt(memory_, page);
  const id = memory_.pages.get(page) & ID;
  if (!id && !vma) return false;
  if (vma && !(flagsOfProtection(vma.protection) & Flag.Read)) return false;
  const block = id ? blockOf(id) : vma ? blockBehind(vma, page) : 0;
  if (vma && vma.file && !(id && !pageAt(id).file) && isBeyondFile(vma, page)) return false;
  if (block) memory.copy(to, block + from, bytes);
  else memory.fill(to, 0, bytes);
  return true;
}

function isBeyondFile(vma: Vma, page: u64): bool {
  const file = changetype<FileObject>(vma.file);
  return vma.indexOf(page) >= pagesOfFile(file);
}

/** Where a page's bytes are, wherever it is; 0: they are zeros. */
function blockOf(id: u32): usize {
  const page = pageAt(id);
  if (page.frame) return page.content;
  if (page.slot) return slotBlock(page.slot);
  return page.file ? <usize>changetype<FileObject>(page.file).disk.get(page.index) : 0;
}

/** Where the bytes of a page that was never touched through a mapping are. */
function blockBehind(vma: Vma, page: u64): usize {
  if (!vma.file) return 0;
  const file = changetype<FileObject>(vma.file);
  const id = file.cache.get(vma.indexOf(page));
  return id ? blockOf(id) : file.disk.get(vma.indexOf(page));
}

/** Gives a file the buffer's bytes from `offset` on, in its disk and where it is cached. False when memory is used up. */
export function writeFile(file: FileObject, offset: u64, bytes: u32): bool {
  const size = (<u64>1) << pageShift;
  let done: u32 = 0;
  while (done < bytes) {
    const at = offset + done;
    const here = <usize>min<u64>(bytes - done, size - (at & (size - 1)));
    const within = <usize>(at & (size - 1));
    const index = at >> pageShift;
    let block: usize = <usize>file.disk.get(index);
    if (!block) {
      block = takeBlock(<u32>pageShift);
      if (!block || !file.disk.put(index, <u32>block)) return false;
    }
    memory.copy(block + within, buffer + done, here);
    const id = file.cache.get(index);
    if (id && pageAt(id).content) memory.copy(pageAt(id).content + within, buffer + done, here);
    done += <u32>here;
  }
  return true;
}

/**
 * Puts a file's bytes from `offset` on into the buffer, as its page cache has them, or (`disk`, and what is not cached) its disk. How many
 * there are before its end.
 */
export function readFile(file: FileObject, offset: u64, bytes: u32, disk: bool): u32 {
  const size = (<u64>1) << pageShift;
  const all = offset < file.size ? <u32>min<u64>(bytes, file.size - offset) : 0;
  let done: u32 = 0;
  while (done < all) {
    const at = offset + done;
    const within = <usize>(at & (size - 1));
    const here = <usize>min<u64>(all - done, size - within);
    const index = at >> pageShift;
    const id = disk ? 0 : file.cache.get(index);
    const block = id ? blockOf(id) : <usize>file.disk.get(index);
    if (block) memory.copy(buffer + done, block + within, here);
    else memory.fill(buffer + done, 0, here);
    done += <u32>here;
  }
  return done;
}
