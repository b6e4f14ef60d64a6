// Contents that are typed in, and looked at: pages, TLB entries, cache lines.

import { putLine } from "../cache/cache";
import { SIZE } from "./attributes";
import { cut, spread } from "./address";
import { cpu } from "./cpu";
import { attributesOf, entryOf } from "./mmu";
import { addPages, findPage, format, hostFormat, newSlot, pageNumber } from "./pagetable";
import { reserveFrames } from "./physical";
import { ownerOf, space, tagOf } from "./schedule";
import { Tlb, entryKey } from "./tlb";
import { writeLeaf } from "./tree";
import { Flag } from "./format";
import { Counter, count } from "../base/counters";

export { putLine };

/** Keeps a frame, by its physical address, from being handed out. False where there is no such frame. */
export function reserve(pa: u64, shift: u32): bool {
  return reserveFrames(pa, shift);
}

/** Maps the page of `va` to `pa`, with flags of a leaf. False when memory is used up. */
export function putPage(va: u64, pa: u64, flags: u32): bool {
  const size = attributesOf(va) & SIZE;
  const slot = newSlot(space, cut(va), size);
  if (!slot) return false;
  writeLeaf(format, slot, size, pa, flags);
  addPages(size, 1);
  if (flags & <u32>Flag.Dirty) count(Counter.PagesDirty);
  return true;
}

/** Puts the mapped page of `va` into a TLB of the core that runs, by its place. */
export function putEntry(place: u32, va: u64): void {
  const attributes = attributesOf(va);
  const size = attributes & SIZE;
  const number = pageNumber(cut(va), size);
  const slot = findPage(ownerOf(attributes), cut(va), size);
  const tlb = cpu.tlb(place);
  tlb.insert(tlb.setOf(number), entryOf(entryKey(number, size, tagOf(attributes)), slot));
}

/** log2 of the bytes of the page of `va`. */
export function pageShiftAt(va: u64): u32 {
  return <u32>format.sizeShift(attributesOf(va) & SIZE);
}

/** Whether the page of `va` is mapped. */
export function isMapped(va: u64): bool {
  const attributes = attributesOf(va);
  return findPage(ownerOf(attributes), cut(va), attributes & SIZE) != 0;
}

/** The set of a TLB of the core that runs where the page of `va` belongs: the address of its first word. 0 for one without sets. */
export function setFor(place: u32, va: u64): usize {
  const tlb = cpu.tlb(place);
  return tlb.placeOf(tlb.setOf(pageNumber(cut(va), attributesOf(va) & SIZE)));
}

/** What entries of the running space's pages carry. */
export function runningTag(): u32 {
  return space.tag;
}

/** The canonical address of page `number` of 2^shift bytes. */
export function addressOfPage(number: u64, shift: u64): u64 {
  return spread(number << shift);
}

/** The flags that an entry of the machine's table has, or of a nested one's; and whether it is present. */
export function flagsOfEntry(host: bool, entry: u64): u32 {
  return (host ? hostFormat : format).flagsOf(entry);
}

export function isPresentEntry(host: bool, entry: u64): bool {
  return (host ? hostFormat : format).isPresent(entry);
}

/** Whether an entry of a level is a leaf, and the physical address that it holds. */
export function isLeafEntry(host: bool, entry: u64, level: u32): bool {
  return (host ? hostFormat : format).isLeaf(entry, level);
}

export function addressInEntry(host: bool, entry: u64): u64 {
  return (host ? hostFormat : format).addressIn(entry);
}
