// The bytes of memory, as far as the trace tells them.

import { freeBlock, takeBlock } from "../base/blocks";
import { PAGE, PAGE_SHIFT, contentsOf, findPage, own, statesOf } from "./shadow";
import { ByteState } from "./state";

/** Bytes for the host: `contentSize` of them, then as many that are 1 where the byte is known. */
export let contentBuffer: usize = 0;
export let contentSize: u32 = 0;
let bufferBits: u32 = 0;

/** Room for so many bytes to write or read; 0 when memory is used up. */
export function openContents(size: u32): usize {
  let bits: u32 = 6;
  while ((<u64>1) << (<u64>bits) < <u64>size * 2) bits++;
  if (contentBuffer && bufferBits < bits) {
    freeBlock(contentBuffer, bufferBits);
    contentBuffer = 0;
  }
  if (!contentBuffer) {
    contentBuffer = takeBlock(bits);
    bufferBits = bits;
  }
  contentSize = size;
  return contentBuffer;
}

/** Puts the bytes of the buffer to an address, as far as that may be accessed. False when memory is used up. */
export function putContents(va: u64): bool {
  for (let i: u32 = 0; i < contentSize; i++) {
    const at = va + i;
    const states = statesOf(at >> PAGE_SHIFT);
    if (!states) return false;
    if (load<u8>(states + <usize>(at & (PAGE - 1))) & ByteState.Forbidden) continue;
    const entry = own(at >> PAGE_SHIFT);
    const contents = entry ? contentsOf(entry) : 0;
    if (!contents) return false;
    store<u8>(contents + <usize>(at & (PAGE - 1)), load<u8>(contentBuffer + i));
    store<u8>(load<usize>(entry, 8) + <usize>(at & (PAGE - 1)), ByteState.Known);
  }
  return true;
}

/** Fills the buffer with the bytes at an address, and with which of them are known. */
export function getContents(va: u64): void {
  for (let i: u32 = 0; i < contentSize; i++) {
    const at = va + i;
    const entry = findPage(at >> PAGE_SHIFT);
    const offset = <usize>(at & (PAGE - 1));
    const known = entry != 0 && load<u8>(load<usize>(entry, 8) + offset) == ByteState.Known;
    const contents = known ? load<usize>(entry, 12) : 0;
    store<u8>(contentBuffer + i, contents ? load<u8>(contents + offset) : 0);
    store<u8>(contentBuffer + contentSize + i, known ? 1 : 0);
  }
}

/** Copies what is known of `size` bytes to others, which may be accessed, and do not overlap them. False when memory is used up. */
export function copyStates(from: u64, to: u64, size: u64): bool {
  let done: u64 = 0;
  while (done < size) {
    const source = from + done;
    const target = to + done;
    const room = PAGE - max(source & (PAGE - 1), target & (PAGE - 1));
    const count = <usize>min(room, size - done);
    const entry = own(target >> PAGE_SHIFT);
    const states = statesOf(source >> PAGE_SHIFT);
    if (!entry || !states) return false;
    const within = <usize>(target & (PAGE - 1));
    const offset = <usize>(source & (PAGE - 1));
    memory.copy(load<usize>(entry, 8) + within, states + offset, count);
    const sourceEntry = findPage(source >> PAGE_SHIFT);
    const bytes = sourceEntry ? load<usize>(sourceEntry, 12) : 0;
    if (bytes) {
      const contents = contentsOf(entry);
      if (!contents) return false;
      memory.copy(contents + within, bytes + offset, count);
    } else if (load<usize>(entry, 12)) {
      memory.fill(load<usize>(entry, 12) + within, 0, count);
    }
    done += count;
  }
  return true;
}
