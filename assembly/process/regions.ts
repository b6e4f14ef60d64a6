// The mappings of a process one by one, and where their pages are: what /proc/PID/maps and smaps say, and the three states of a page.
//
//   cached        in a frame, whoever maps it
//   on disk       in swap or in a file, and in no frame
//   else          nothing: never touched, or past the end of its file

import { isDirty, pageAt } from "../paging/page";
import { NO_PAGE } from "../paging/pagemap";
import { replacing } from "../paging/replacer";
import { FileObject, pagesOfFile } from "./files";
import { isWritten } from "./hardware";
import { ID, MAPPED, Memory, pageShift, topPage } from "./memory";
import { memoryOfProcess } from "./process";
import { hasDisk } from "./residency";
import { Vma, VmaFlag, vmaFrom } from "./vma";

/** Slots of what `findRegion` and `measureRegion` found. */
export enum Region {
  /** Its first byte, and the one behind its last. */
  Start,
  End,
  Protection,
  Flags,
  /** Where in its file it begins, in bytes, and the host's number of the file's name; 0: none. */
  Offset,
  File,
  Role,
  /** Pages that the process has mapped to frames; those of them that others map too, that are dirty, and that are both. */
  Resident,
  Shared,
  Dirty,
  SharedDirty,
  /** Bytes mapped to frames, each page divided by those who map it. */
  Proportional,
  /** Pages in frames, in swap, and in the file only. */
  Cached,
  InSwap,
  InFile,
  Length,
}

/** What memory without a file is there for. */
export enum Role {
  None,
  Heap,
  Stack,
  /** Shared anonymous memory. */
  Shared,
}

export const region: usize = memory.data(<i32>Region.Length * 8, 8);

function set(slot: Region, value: u64): void {
  store<u64>(region + ((<usize>slot) << 3), value);
}

function add(slot: Region, by: u64): void {
  const at = region + ((<usize>slot) << 3);
  store<u64>(at, load<u64>(at) + by);
}

/** Describes the first mapping of a process that ends above an address; false: there is none. */
export function findRegion(process: u64, va: u64): bool {
  const its = memoryOfProcess(process);
  if (!its) return false;
  const vma = vmaFrom(its, va >> pageShift);
  if (!vma) return false;
  memory.fill(region, 0, <usize>Region.Length * 8);
  set(Region.Start, vma.first << pageShift);
  set(Region.End, vma.end << pageShift);
  set(Region.Protection, vma.protection);
  set(Region.Flags, vma.flags);
  set(Region.Role, roleOf(its, vma));
  if (!vma.file) return true;
  set(Region.Offset, vma.offset << pageShift);
  set(Region.File, changetype<FileObject>(vma.file).name);
  return true;
}

/** As Linux's show_map_vma (fs/proc/task_mmu.c) tells them. */
function roleOf(memory: Memory, vma: Vma): Role {
  if (vma.file) return changetype<FileObject>(vma.file).anonymous ? Role.Shared : Role.None;
  if (vma.first << pageShift < memory.brk && vma.end << pageShift > memory.brkStart) return Role.Heap;
  return vma.flags & VmaFlag.GrowsDown && vma.end == topPage ? Role.Stack : Role.None;
}

/** The same, and counts where its pages are. */
export function measureRegion(process: u64, va: u64): bool {
  if (!findRegion(process, va)) return false;
  const memory = <Memory>memoryOfProcess(process);
  const vma = <Vma>vmaFrom(memory, va >> pageShift);
  const file = changetype<FileObject | null>(vma.file);
  const length = file && !file.anonymous ? pagesOfFile(file) : 0;
  const end = vma.offset + vma.pages();
  if (length > vma.offset) set(Region.InFile, min(length, end) - vma.offset);
  for (
    let page = memory.pages.next(vma.first, vma.end - 1);
    page != NO_PAGE;
    page = memory.pages.next(page + 1, vma.end - 1)
  ) {
    const entry = memory.pages.get(page);
    if (entry & MAPPED) countResident(memory, page, entry & ID);
    countPlace(entry & ID, vma.indexOf(page) < length);
  }
  if (!file) return true;
  for (
    let index = file.cache.next(vma.offset, end - 1);
    index != NO_PAGE;
    index = file.cache.next(index + 1, end - 1)
  ) {
    if (!memory.pages.get(vma.first + (index - vma.offset)))
      countPlace(file.cache.get(index), index < length);
  }
  return true;
}

function countResident(memory: Memory, page: u64, id: u32): void {
  const here = pageAt(id);
  const mappers = here.refs - u32(here.file != 0);
  add(Region.Resident, 1);
  const dirty = isDirty(id) || (!replacing && isWritten(memory, page));
  if (mappers > 1) add(Region.Shared, 1);
  if (dirty) add(Region.Dirty, 1);
  if (dirty && mappers > 1) add(Region.SharedDirty, 1);
  add(Region.Proportional, ((<u64>1) << pageShift) / mappers);
}

/** `inFile`: it is one of the pages that are in the file, unless it is found elsewhere. */
function countPlace(id: u32, inFile: bool): void {
  const here = pageAt(id);
  if (!here.frame && hasDisk(here)) return;
  if (here.frame) add(Region.Cached, 1);
  else if (here.slot) add(Region.InSwap, 1);
  if (inFile) add(Region.InFile, -1);
}
