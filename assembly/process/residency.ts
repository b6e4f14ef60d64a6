// Which pages are in frames: bringing them in, and choosing who leaves. A page has bytes only once an access carried some.
//
//   page   frame != 0                                 resident
//          slot != 0, or of a file with a disk        out: the next touch is a major fault
//          else                                       nothing: never written, the next touch is a minor fault

import { freeBlock, takeBlock } from "../base/blocks";
import { Stack, newStack } from "../base/stack";
import { Counter, count } from "../base/counters";
import { giveFrame, resident, takeFrame } from "../paging/frames";
import {
  Page,
  TABLE,
  firstMapper,
  freePage,
  isDirty,
  memoryOf,
  nextMapper,
  pageAt,
  pageNumbers,
  placeOf,
  setDirty,
  setResident,
} from "../paging/page";
import { WRITE_ONLY } from "../paging/policy";
import * as replacer from "../paging/replacer";
import { giveSlot, setSlotBlock, slotBlock, takeSlot } from "../paging/swap";
import { FileObject } from "./files";
import { holdBack, left, note, release } from "./tables";
import { unmapEverywhere } from "./unmap";
import { isInTable, leave, takeWritten } from "./hardware";
import { MAPPED, Memory, memoryNumbers, pageShift } from "./memory";

/** How a page came to be in a frame. */
export enum Bring {
  /** It was there. */
  Was,
  /** It had no content, or is made now. */
  Empty,
  /** From a file or from swap. */
  Disk,
  /** There is no frame to be had, or no room in swap. */
  NoFrame,
  NoMemory,
}

/** The page that came in last: until the next lookup, which is no hit of it. None after an access that found no frame. */
let loaded: u32 = 0;

/** Pages of a file that are on its disk, not in swap. */
export function hasDisk(page: Page): bool {
  return page.file > TABLE && !changetype<FileObject>(page.file).anonymous;
}

/** Sees to it that a page is in a frame; `pinned`, if not 0, may not leave for it. */
export function bring(id: u32, pinned: u32): Bring {
  const page = pageAt(id);
  if (page.frame) return Bring.Was;
  const from = page.slot || hasDisk(page) ? Bring.Disk : Bring.Empty;
  const source = page.slot ? slotBlock(page.slot) : hasDisk(page) ? fileBlock(page) : 0;
  if (source) {
    if (!giveContent(page)) return Bring.NoMemory;
    memory.copy(page.content, source, (<usize>1) << (<usize>pageShift));
  }
  const given = place(id, page, pinned);
  if (given != Bring.Was) {
    dropContent(page);
    return given;
  }
  if (page.evicted) countRefault(page, from);
  return from;
}

/** A page is back that replacement had taken out of its frame. */
function countRefault(page: Page, from: Bring): void {
  page.evicted = false;
  count(Counter.Refaults);
  if (from == Bring.Disk) count(Counter.DiskRefaults);
}

function fileBlock(page: Page): usize {
  return changetype<FileObject>(page.file).disk.get(page.index);
}

/** Gives a page a frame: another may have to leave. Bring.Was when it has one now. */
function place(id: u32, page: Page, pinned: u32): Bring {
  if (replacer.replacing) {
    if (!knownToPolicy()) return Bring.NoMemory;
    replacer.admit(id);
    expire();
    while (replacer.isFull(resident)) {
      if (!makeRoom(pinned)) {
        replacer.admit(0);
        loaded = 0;
        return Bring.NoFrame;
      }
    }
  }
  page.frame = takeFrame();
  if (!page.frame) return Bring.NoMemory;
  setResident(id, true);
  loaded = id;
  if (replacer.replacing) enlist(id);
  return Bring.Was;
}

/** Pages that the policy chooses among. */
let enlisted: u32 = 0;
/** Pages that it chose and that could not leave. */
let aside: Stack = changetype<Stack>(0);

export function openResidency(): bool {
  const made = newStack();
  if (made) aside = made;
  return made != null;
}

function enlist(id: u32): void {
  replacer.insert(id);
  enlisted++;
}

/** The policy has room for all pages and memories that there are, and one page more: of each before it is told of it. False when memory is used up. */
export function knownToPolicy(): bool {
  return !replacer.replacing || replacer.ensure(pageNumbers() + 1, memoryNumbers);
}

/** Pages that were in frames before there was a policy. False when memory is used up. */
export function enlistAll(): bool {
  if (!knownToPolicy()) return false;
  for (let id: u32 = 1; id <= pageNumbers(); id++) {
    const page = pageAt(id);
    if (!page.frame || page.locks) continue;
    setResident(id, true);
    enlist(id);
  }
  return true;
}

function delist(id: u32): void {
  replacer.drop(id);
  enlisted--;
}

/** One page leaves. Those that the policy chooses and that cannot leave are put aside meanwhile. False: none can. */
function makeRoom(pinned: u32): bool {
  let left: bool = false;
  while (!left && enlisted) {
    const victim = replacer.evict();
    if (victim & WRITE_ONLY) {
      const id = victim & ~WRITE_ONLY;
      if (writeOut(id, pageAt(id))) continue;
      replacer.drop(id);
      enlisted--;
      aside.push(id);
      continue;
    }
    enlisted--;
    left = victim != pinned && evict(victim, false);
    if (left) count(Counter.Evictions);
    else aside.push(victim);
  }
  for (let at: u32 = 0; at < aside.length; at++) enlist(aside.at(at));
  aside.length = 0;
  return left;
}

/** Pages leave whose time is over; one that cannot begins anew. */
function expire(): void {
  for (let id = replacer.expired(); id; id = replacer.expired()) {
    enlisted--;
    if (evict(id, false)) count(Counter.Evictions);
    else enlist(id);
  }
}

/** Evicts until no more than so many frames are in use. False where that cannot be. */
export function shrinkTo(frames: u32): bool {
  replacer.resize(frames);
  while (resident && resident - 1 >= frames) {
    if (!makeRoom(0)) return false;
  }
  return true;
}

/** A resident page leaves its frame; its content is written out where nothing else has it. `asked`: its policy did not choose it. False: there is no room for it in swap. */
export function evict(id: u32, asked: bool): bool {
  const page = pageAt(id);
  foldWritten(id, page);
  if (isDirty(id) && !writeOut(id, page)) return false;
  // Mappings of a file look into its cache again; of an anonymous page only they know.
  if (page.file > TABLE) unmapEverywhere(page);
  holdBack();
  for (let at = firstMapper(page); at; at = nextMapper(at)) {
    const memory = changetype<Memory>(memoryOf(at));
    const place = placeOf(at);
    const entry = memory.pages.get(place);
    if (!(entry & MAPPED)) continue;
    if (isInTable(memory, place)) leave(memory, place, page.slot);
    memory.pages.put(place, entry & ~MAPPED);
    memory.resident--;
    note(memory, place, 0, -1);
  }
  release();
  if (!asked) page.evicted = true;
  else if (replacer.replacing) delist(id);
  leaveFrame(id, page);
  if (page.file == TABLE) left(page);
  return true;
}

/** What tables say of stores. With replacement every store was told of already. */
function foldWritten(id: u32, page: Page): void {
  if (replacer.replacing) return;
  for (let at = firstMapper(page); at; at = nextMapper(at)) {
    if (takeWritten(changetype<Memory>(memoryOf(at)), placeOf(at))) stored(id, page);
  }
}

/** Writes a page's content to its file or to swap; it is clean then. False: there is no room in swap. */
function writeOut(id: u32, page: Page): bool {
  const disk = hasDisk(page);
  if (!disk && !page.slot) {
    page.slot = takeSlot();
    if (!page.slot) return false;
  }
  if (!keep(page, disk)) return false;
  count(Counter.PageOuts);
  setDirty(id, false);
  return true;
}

/** Copies a page's bytes, which are zeros where it has none, to the disk. False when memory is used up. */
function keep(page: Page, disk: bool): bool {
  const file = changetype<FileObject>(page.file);
  const bytes = (<usize>1) << (<usize>pageShift);
  let block = disk ? <usize>file.disk.get(page.index) : slotBlock(page.slot);
  if (!page.content) {
    if (block) memory.fill(block, 0, bytes);
    return true;
  }
  if (!block) {
    block = takeBlock(<u32>pageShift);
    if (!block) return false;
    if (disk ? !file.disk.put(page.index, <u32>block) : !setSlotBlock(page.slot, block)) return false;
  }
  memory.copy(block, page.content, bytes);
  // What lies past the end of a file is never written.
  const end = disk ? file.size - (page.index << pageShift) : <u64>bytes;
  if (end < <u64>bytes) memory.fill(block + <usize>end, 0, bytes - <usize>end);
  return true;
}

/** Gives a page bytes, zeros, if it has none yet. False when memory is used up. */
export function giveContent(page: Page): bool {
  if (!page.content) page.content = takeBlock(<u32>pageShift);
  return page.content != 0;
}

/** Gives a page that is in no frame yet the bytes of one that is. False when memory is used up. */
export function copyContent(from: u32, to: u32): bool {
  const source = pageAt(from).content;
  if (!source) return true;
  if (!giveContent(pageAt(to))) return false;
  memory.copy(pageAt(to).content, source, (<usize>1) << (<usize>pageShift));
  return true;
}

function leaveFrame(id: u32, page: Page): void {
  giveFrame(page.frame);
  setResident(id, false);
  page.frame = 0;
  dropContent(page);
}

function dropContent(page: Page): void {
  if (!page.content) return;
  freeBlock(page.content, <u32>pageShift);
  page.content = 0;
}

/** A leaf of a page is gone, which says that it was written. With replacement every store was told of already. */
export function writtenBefore(id: u32, page: Page): void {
  if (!replacer.replacing) stored(id, page);
}

/** A page is stored to: what swap has of it is old. */
export function stored(id: u32, page: Page): void {
  setDirty(id, true);
  dropSlot(page);
}

function dropSlot(page: Page): void {
  if (!page.slot) return;
  const block = slotBlock(page.slot);
  if (block) {
    setSlotBlock(page.slot, 0);
    freeBlock(block, <u32>pageShift);
  }
  giveSlot(page.slot);
  page.slot = 0;
}

/** A lookup of a page of a limited memory, which may just have come in. */
export function looked(id: u32, store: bool): void {
  if (store) {
    const page = pageAt(id);
    if (!isDirty(id)) stored(id, page);
  }
  if (loaded != id && !pageAt(id).locks) {
    replacer.hit(id);
    expire();
  }
  loaded = 0;
}

/** What a page holds need not be kept, until it is stored to. */
export function forgetContent(memory: Memory, place: u64, id: u32): void {
  const page = pageAt(id);
  takeWritten(memory, place);
  setDirty(id, false);
  dropSlot(page);
}

/** A call saw to it that a page is mapped: that is a use, as an access would be. */
export function broughtBy(id: u32, store: bool): void {
  if (replacer.replacing) looked(id, store);
  else if (store) stored(id, pageAt(id));
}

/** A page that nobody maps and no file has exists no more. */
export function destroy(id: u32): void {
  const page = pageAt(id);
  if (replacer.replacing) {
    if (!page.frame) replacer.drop(id);
    else if (!page.locks) delist(id);
  }
  if (page.frame) leaveFrame(id, page);
  dropContent(page);
  dropSlot(page);
  if (loaded == id) loaded = 0;
  freePage(id);
}

/** A mapping locks a page, which is resident: it may not leave. */
export function lock(page: Page, id: u32): void {
  if (page.locks++ || !replacer.replacing) return;
  delist(id);
  setResident(id, false);
}

/** A mapping does so no longer. */
export function unlock(page: Page, id: u32): void {
  if (--page.locks || !replacer.replacing || !page.frame) return;
  setResident(id, true);
  enlist(id);
}
