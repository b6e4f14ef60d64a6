// What holds of an operating system's memory at any time, looked at from all sides.

import { everywhere, SIZE } from "../mmu/attributes";
import { spread } from "../mmu/address";
import { Flag } from "../mmu/format";
import { eachLeaf } from "../mmu/leaves";
import { format } from "../mmu/pagetable";
import { spaces, Space } from "../mmu/space";
import { addressOfFrame, resident } from "../paging/frames";
import {
  Page,
  TABLE,
  firstMapper,
  memoryOf,
  nextMapper,
  pageAt,
  pageNumbers,
  pagesAlive,
  placeOf,
} from "../paging/page";
import { NO_PAGE, PageMap, newPageMap } from "../paging/pagemap";
import { slotsUsed } from "../paging/swap";
import { FileObject } from "../process/files";
import { ID, MAPPED, Memory, committed, pageShift } from "../process/memory";
import { managed } from "../process/process";
import { VmaFlag, vmaAt, vmaFrom } from "../process/vma";

/** What does not hold. */
export enum Broken {
  Nothing,
  /** A page's count of references is not that of those who refer to it. */
  References,
  /** A page's mapper does not map it. */
  Mapper,
  /** Two pages are in one frame, or have one slot. */
  FrameTwice,
  SlotTwice,
  /** Counts are not of what there is. */
  Resident,
  Slots,
  Pages,
  Committed,
  /** A file's cache has another page. */
  Cache,
  /** A page that is noted to be mapped is in no frame. */
  Frame,
  /** A leaf leads elsewhere than its page, or to none; a page is mapped without its mapping. */
  Leaf,
  /** A leaf lets a program write what it may not. */
  Writable,
}

let frames: PageMap = changetype<PageMap>(0);
let slots: PageMap = changetype<PageMap>(0);
let its: Memory = changetype<Memory>(0);
let leaves: u64 = 0;
let bad: Broken = Broken.Nothing;

/** The first thing found that does not hold. */
export function broken(): Broken {
  if (!managed) return Broken.Nothing;
  if (!changetype<usize>(frames)) {
    const one = newPageMap();
    const other = newPageMap();
    if (!one || !other) return Broken.Nothing;
    frames = one;
    slots = other;
  }
  bad = Broken.Nothing;
  let accounted: u64 = 0;
  let alive: u32 = 0;
  let inFrames: u32 = 0;
  let inSwap: u32 = 0;
  for (let id: u32 = 1; id <= pageNumbers(); id++) {
    const page = pageAt(id);
    if (!page.frame && !page.memory && !page.slot && !isCached(page, id)) continue;
    alive++;
    checkPage(page, id);
    if (page.frame) inFrames++;
    if (page.slot) inSwap++;
  }
  clear(frames);
  clear(slots);
  if (alive != pagesAlive) return found(Broken.Pages);
  if (inFrames != resident) return found(Broken.Resident);
  if (inSwap != slotsUsed) return found(Broken.Slots);
  for (let at = spaces; at; at = changetype<Space>(at).next) {
    const memory = changetype<Memory | null>(changetype<Space>(at).memory);
    if (memory) accounted += checkMemory(memory);
  }
  if (accounted > committed) return found(Broken.Committed);
  return bad;
}

function found(what: Broken): Broken {
  return bad ? bad : what;
}

function note(what: Broken): void {
  if (!bad) bad = what;
}

/** Whether a page is one that its file knows. */
function isCached(page: Page, id: u32): bool {
  return page.file > TABLE && changetype<FileObject>(page.file).cache.get(page.index) == id;
}

function checkPage(page: Page, id: u32): void {
  if (page.file == TABLE) {
    checkPlaces(page, id);
    return;
  }
  let refs: u32 = 0;
  for (let at = firstMapper(page); at; at = nextMapper(at)) {
    refs++;
    if ((changetype<Memory>(memoryOf(at)).pages.get(placeOf(at)) & ID) != id) note(Broken.Mapper);
  }
  if (page.file) {
    refs++;
    if (!isCached(page, id)) note(Broken.Cache);
  }
  if (refs != page.refs) note(Broken.References);
  checkPlaces(page, id);
}

/** A frame and a slot have one page. */
function checkPlaces(page: Page, id: u32): void {
  if (page.frame) {
    if (frames.get(page.frame)) note(Broken.FrameTwice);
    frames.put(page.frame, id);
  }
  if (page.slot) {
    if (slots.get(page.slot)) note(Broken.SlotTwice);
    slots.put(page.slot, id);
  }
}

function clear(map: PageMap): void {
  for (let at = map.next(0, NO_PAGE - 1); at != NO_PAGE; at = map.next(at, NO_PAGE - 1)) map.remove(at);
}

/** Pages that a memory is promised. */
function checkMemory(memory: Memory): u64 {
  its = memory;
  let mapped: u64 = 0;
  for (
    let page = memory.pages.next(0, NO_PAGE - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, NO_PAGE - 1)
  ) {
    const entry = memory.pages.get(page);
    if (!(entry & MAPPED)) continue;
    mapped++;
    if (!pageAt(entry & ID).frame) note(Broken.Frame);
  }
  if (mapped != memory.resident) note(Broken.Resident);
  leaves = 0;
  eachLeaf(memory.space, everywhere & SIZE, checkLeaf);
  if (leaves > mapped) note(Broken.Leaf);
  let accounted: u64 = 0;
  let at: u64 = 0;
  while (true) {
    const vma = vmaFrom(memory, at);
    if (!vma) break;
    at = vma.end;
    if (vma.flags & VmaFlag.Accounted) accounted += vma.pages();
  }
  if (accounted != memory.accounted) note(Broken.Committed);
  return accounted;
}

function checkLeaf(va: u64, slot: usize): bool {
  leaves++;
  const page = spread(va) >> pageShift;
  const entry = its.pages.get(page);
  const leaf = format.loadEntry(slot);
  const here = pageAt(entry & ID);
  if (!(entry & MAPPED) || format.physical(leaf, everywhere & SIZE, 0) != addressOfFrame(here.frame)) {
    note(Broken.Leaf);
    return true;
  }
  const vma = vmaAt(its, page);
  if (!(format.flagsOf(leaf) & <u32>Flag.Write) || !vma) return true;
  if (!vma.isShared() && (here.refs > 1 || here.file != 0)) note(Broken.Writable);
  return true;
}
