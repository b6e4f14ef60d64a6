// File objects: a size, and the pages of it that are cached. What anonymous shared mappings map is a file object too, without a name.

import { freeBlock, takeBlock } from "../base/blocks";
import { newPage, pageAt } from "../paging/page";
import { NO_PAGE, PageMap, freePageMap, newPageMap } from "../paging/pagemap";
import { pageShift, promise } from "./memory";
import { destroy } from "./residency";
import { unmapEverywhere } from "./unmap";
import { Vma } from "./vma";

/** log2 of the struct's bytes. */
const BITS: u32 = 6;

@unmanaged
export class FileObject {
  /** In bytes. */
  size: u64;
  /** The pages of it that exist in memory or in swap, by index; and, where contents are kept, blocks of those on disk. */
  cache: PageMap;
  disk: PageMap;
  /** Mappings (VMAs) and the name that keep it. */
  users: u32;
  /** Nothing was said of its size: it is as long as what is mapped of it. */
  grows: bool;
  /** It has no name: memory that is shared, and goes to swap. */
  anonymous: bool;
  /** The host's number of its name. */
  name: u32;
  /** Pages of it that are accounted for against overcommit, as long as it is there. */
  promised: u64;
}

/** A file object of `size` bytes, or null when memory is used up. */
export function newFile(size: u64, anonymous: bool, name: u32): FileObject | null {
  const at = takeBlock(BITS);
  const cache = newPageMap();
  const disk = newPageMap();
  if (!at || !cache || !disk) return null;
  const file = changetype<FileObject>(at);
  file.size = size;
  file.cache = cache;
  file.disk = disk;
  file.users = 1;
  file.anonymous = anonymous;
  file.name = name;
  return file;
}

/** One mapping or name less keeps a file; with the last it goes. */
export function releaseFile(file: FileObject): void {
  if (--file.users) return;
  promise(-(<i64>file.promised));
  for (
    let index = file.cache.next(0, NO_PAGE - 1);
    index != NO_PAGE;
    index = file.cache.next(index, NO_PAGE - 1)
  ) {
    destroy(file.cache.remove(index));
  }
  for (
    let index = file.disk.next(0, NO_PAGE - 1);
    index != NO_PAGE;
    index = file.disk.next(index, NO_PAGE - 1)
  ) {
    freeBlock(<usize>file.disk.remove(index), <u32>pageShift);
  }
  freePageMap(file.cache);
  freePageMap(file.disk);
  freeBlock(changetype<usize>(file), BITS);
}

/** A file of unknown size has so many bytes at least. */
export function growTo(file: FileObject, size: u64): void {
  if (file.grows) file.size = max(file.size, size);
}

/** Pages that hold some of its bytes. */
export function pagesOfFile(file: FileObject): u64 {
  return (file.size >> pageShift) + u64((file.size & (((<u64>1) << pageShift) - 1)) != 0);
}

/** The page of a file of an index, made when it is not known yet; 0 when memory is used up. */
export function pageOfFile(file: FileObject, index: u64): u32 {
  const found = file.cache.get(index);
  if (found) return found;
  const id = newPage(changetype<usize>(file), index);
  if (!id || !file.cache.put(index, id)) return 0;
  pageAt(id).refs = 1;
  return id;
}

/** Changes a file's size: pages beyond a smaller one are gone from every mapping that has no copy of them, and bytes beyond it are zero. */
export function truncate(file: FileObject, size: u64): void {
  const old = file.size;
  file.size = size;
  const tail = old & (((<u64>1) << pageShift) - 1);
  if (size > old && tail) clearTail(file, old >> pageShift, <usize>tail);
  if (size > old) return;
  cutPages(file, pagesOfFile(file), NO_PAGE - 1);
  const within = size & (((<u64>1) << pageShift) - 1);
  if (within) clearTail(file, size >> pageShift, <usize>within);
}

/** Takes the pages from `first` to `last` out of a file. */
function cutPages(file: FileObject, first: u64, last: u64): void {
  for (let index = file.cache.next(first, last); index != NO_PAGE; index = file.cache.next(index, last)) {
    const id = file.cache.remove(index);
    const page = pageAt(id);
    unmapEverywhere(page);
    destroy(id);
  }
  for (let index = file.disk.next(first, last); index != NO_PAGE; index = file.disk.next(index, last)) {
    freeBlock(<usize>file.disk.remove(index), <u32>pageShift);
  }
}

/** The bytes of a file's page from `from` on are zero. */
function clearTail(file: FileObject, index: u64, from: usize): void {
  const bytes = ((<usize>1) << (<usize>pageShift)) - from;
  const disk = <usize>file.disk.get(index);
  if (disk) memory.fill(disk + from, 0, bytes);
  const id = file.cache.get(index);
  if (id && pageAt(id).content) memory.fill(pageAt(id).content + from, 0, bytes);
}

/** The pages of a file behind [first, end) of a mapping become a hole: they read zero. */
export function punchHole(vma: Vma, first: u64, end: u64): bool {
  cutPages(changetype<FileObject>(vma.file), vma.indexOf(first), vma.indexOf(end) - 1);
  return true;
}
