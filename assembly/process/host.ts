// What the host asks of the operating system, by numbers.

import { peek, readFile, writeFile } from "./data";
import { addressNamed, fileNamed, isBound, isFile } from "./names";
import { thread } from "../mmu/schedule";
import { Page, pageAt } from "../paging/page";
import { NO_PAGE } from "../paging/pagemap";
import { FileObject } from "./files";
import { entryAt } from "./hardware";
import { ID, MAPPED, pageShift } from "./memory";
import { hasEnded, memoryOfProcess, manage, running } from "./process";
import { slotOfTable } from "./tables";
import { tallyAt } from "./tally";
import { vmaAt } from "./vma";

/** Puts bytes of the running process into the buffer, without an access: how many there are before what is not mapped. */
export function peekBytes(va: u64, bytes: u32): u32 {
  const memory = manage() ? running() : null;
  return memory ? peek(memory, va, bytes) : 0;
}

/** Where the program of a process begins; 0: nowhere, or there is no such process. */
export function entryOf(process: u64): u64 {
  const its = memoryOfProcess(process);
  return its ? its.entry : 0;
}

/** Slots of what `describe` found of a process. */
export enum Process {
  Number,
  Minor,
  Major,
  Cow,
  Segv,
  Protection,
  Bus,
  OutOfFrames,
  /** Pages that are mapped to frames, and those of them that others map too. */
  Resident,
  Shared,
  /** Its mappings, and their pages. */
  Mappings,
  Mapped,
  /** It ended. */
  Ended,
  /** Where its program begins; 0: nowhere. */
  Entry,
  Length,
}

export const described: usize = memory.data(<i32>Process.Length * 8, 8);

function setDescribed(slot: Process, value: u64): void {
  store<u64>(described + ((<usize>slot) << 3), value);
}

/** Describes the process of a place among those that have a tally, in `described`. */
export function describe(place: u32): void {
  const tally = tallyAt(place);
  memory.fill(described, 0, <usize>Process.Length * 8);
  memory.copy(described, tally, 64);
  const process = load<u64>(tally);
  setDescribed(Process.Ended, u64(hasEnded(process)));
  const its = memoryOfProcess(process);
  if (!its) return;
  setDescribed(Process.Mappings, its.vmaCount);
  setDescribed(Process.Mapped, its.mapped);
  setDescribed(Process.Entry, its.entry);
  setDescribed(Process.Resident, its.resident);
  let shared: u64 = 0;
  for (
    let page = its.pages.next(0, NO_PAGE - 1);
    page != NO_PAGE;
    page = its.pages.next(page + 1, NO_PAGE - 1)
  ) {
    const entry = its.pages.get(page);
    if (!(entry & MAPPED)) continue;
    const here = pageAt(entry & ID);
    if (here.refs > u32(here.file != 0) + 1) shared++;
  }
  setDescribed(Process.Shared, shared);
}

/** Slots of what `describeFile` found of a file. */
export enum File {
  Bytes,
  /** Pages of it in frames, and those of them that several mappings share. */
  Resident,
  Shared,
  /** Mappings of it. */
  Mappings,
  Length,
}

/** Describes the file of a name in `described`. False: it names none. */
export function describeFile(name: u32): bool {
  if (!isFile(name)) return false;
  const file = fileNamed(name);
  if (!file) return false;
  memory.fill(described, 0, <usize>File.Length * 8);
  store<u64>(described, file.size);
  let resident: u64 = 0;
  let shared: u64 = 0;
  for (
    let index = file.cache.next(0, NO_PAGE - 1);
    index != NO_PAGE;
    index = file.cache.next(index + 1, NO_PAGE - 1)
  ) {
    const page = pageAt(file.cache.get(index));
    if (!page.frame) continue;
    resident++;
    // The file is the first of those who refer to it.
    if (page.refs > 2) shared++;
  }
  store<u64>(described + ((<usize>File.Resident) << 3), resident);
  store<u64>(described + ((<usize>File.Shared) << 3), shared);
  store<u64>(described + ((<usize>File.Mappings) << 3), file.users - 1);
  return true;
}

/** Slots of what `locate` found of an address's page. */
export enum Whereabouts {
  /** Nothing is mapped there; it is in a frame; it is on disk, in swap or in its file; it was never touched. */
  State,
  /** Its slot of swap + 1, or the page of its file. */
  Place,
  /** The number of its file's name. */
  File,
  /** What its page-table entry says, present or not; 0 without a table for it. */
  Entry,
  /** The slot of swap, + 1, of the highest of its tables that is out; 0: none is. */
  Table,
  Length,
}

/** Where a page can be. */
export enum PagePlace {
  Unallocated,
  Cached,
  Swapped,
  OnDisk,
  Untouched,
}

/** Finds where the page of an address of the running process is, for `described`. */
export function locate(va: u64): void {
  memory.fill(described, 0, <usize>Whereabouts.Length * 8);
  const memory_ = running();
  if (!memory_) return;
  const page = va >> pageShift;
  const vma = vmaAt(memory_, page);
  const id = memory_.pages.get(page) & ID;
  store<u64>(described + ((<usize>Whereabouts.Entry) << 3), entryAt(memory_, page));
  store<u64>(described + ((<usize>Whereabouts.Table) << 3), slotOfTable(memory_, page));
  if (id) locatePage(pageAt(id));
  else if (vma && vma.file) locateInFile(changetype<FileObject>(vma.file), vma.indexOf(page));
  else store<u64>(described, vma ? PagePlace.Untouched : PagePlace.Unallocated);
}

function locatePage(page: Page): void {
  if (page.frame) store<u64>(described, PagePlace.Cached);
  else if (page.slot) located(PagePlace.Swapped, page.slot, 0);
  else if (page.file) locateInFile(changetype<FileObject>(page.file), page.index);
  else store<u64>(described, PagePlace.Untouched);
}

function locateInFile(file: FileObject, index: u64): void {
  const id = file.cache.get(index);
  if (id && pageAt(id).frame) located(PagePlace.Cached, index, file.name);
  else if (id && pageAt(id).slot) located(PagePlace.Swapped, pageAt(id).slot, 0);
  else if (file.anonymous) store<u64>(described, PagePlace.Untouched);
  else located(PagePlace.OnDisk, index, file.name);
}

function located(state: PagePlace, place: u64, file: u32): void {
  store<u64>(described, state);
  store<u64>(described + ((<usize>Whereabouts.Place) << 3), place);
  store<u64>(described + ((<usize>Whereabouts.File) << 3), file);
}

/** What a name stands for; 0 where it stands for nothing. */
export function addressOfName(name: u32): u64 {
  return isBound(name) ? addressNamed(name) : 0;
}

/** Gives the file of a name the buffer's first bytes, from its beginning. False when memory is used up. */
export function fillFile(name: u32, bytes: u32): bool {
  const file = fileNamed(name);
  return file != null && writeFile(file, 0, bytes);
}

/** Puts bytes of the file of a name into the buffer (`readFile`): how many there are. */
export function readNamed(name: u32, offset: u64, bytes: u32, disk: bool): u32 {
  if (!isFile(name)) return 0;
  const file = fileNamed(name);
  return file ? readFile(file, offset, bytes, disk) : 0;
}

/** Bytes of the file of a name; 0 where there is none. */
export function sizeOfFile(name: u32): u64 {
  if (!isFile(name)) return 0;
  const file = fileNamed(name);
  return file ? file.size : 0;
}

/** The number of the process that runs. */
export function runningProcess(): u64 {
  return thread.process;
}
