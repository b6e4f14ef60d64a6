// mmap. The order of the checks is that of Linux 6.6 (mm/mmap.c: ksys_mmap_pgoff, do_mmap, mmap_region).

import { Errno, failed } from "./errno";
import { FileObject, newFile, releaseFile } from "./files";
import { countPages, exceeds, isData, mayCommit, mayExpand } from "./limits";
import { Limit, Memory, lowPage, maxMaps, pageShift, topPage } from "./memory";
import { isAligned, pagesOf, unmapRange } from "./munmap";
import { populatePages } from "./pages";
import {
  NO_PLACE,
  Protection,
  STACK_GAP,
  VmaFlag,
  addVma,
  highestGap,
  isFree,
  mergeVma,
  vmaFrom,
  vmaIn,
} from "./vma";

/** Flags of mmap. Neither Shared nor Private is an error, both is Shared. */
export enum Map {
  Shared = 1,
  Anonymous = 2,
  Fixed = 4,
  NoReplace = 8,
  Populate = 16,
  GrowsDown = 32,
  NoReserve = 64,
  Locked = 128,
  HugeTlb = 256,
  Private = 512,
}

/** How a file is open. */
export enum Open {
  Read = 1,
  Write = 2,
}

const MAY: u32 = <u32>VmaFlag.MayRead | <u32>VmaFlag.MayWrite | <u32>VmaFlag.MayExecute;

/** mmap(2): the address, or an errno negated. `file` null: anonymous; `offset` in bytes, `open` of the file's descriptor. */
export function mmap(
  memory: Memory,
  va: u64,
  bytes: u64,
  protection: u32,
  map: u32,
  file: FileObject | null,
  offset: u64,
  open: u32,
): i64 {
  if (!isAligned(offset)) return failed(Errno.EINVAL);
  if (!bytes) return failed(Errno.EINVAL);
  const pages = pagesOf(bytes);
  if (!pages) return failed(Errno.ENOMEM);
  if ((offset >> pageShift) + pages < pages) return failed(Errno.EOVERFLOW);
  if (memory.vmaCount > maxMaps) return failed(Errno.ENOMEM);
  const fixed = (map & (Map.Fixed | Map.NoReplace)) != 0;
  const place = fixed ? placeAt(va, pages) : placeNear(memory, va, pages);
  if (place < 0) return place;
  const first = <u64>place;
  if (map & Map.NoReplace && !isFree(memory, first, first + pages)) return failed(Errno.EEXIST);
  const limit = memory.limit(Limit.Locked);
  const locked = (map & Map.Locked) != 0 || memory.lockFuture;
  if (map & Map.Locked && !limit) return failed(Errno.EPERM);
  if (locked && exceeds(memory.locked + pages, limit)) return failed(Errno.EAGAIN);
  let flags: u32 = MAY | (locked ? <u32>VmaFlag.Locked : 0);
  if (map & Map.Shared) {
    if (file && protection & Protection.Write && !(open & Open.Write)) return failed(Errno.EACCES);
    flags |= VmaFlag.Shared;
    if (file && !(open & Open.Write)) flags &= ~(<u32>VmaFlag.MayWrite);
  } else if (!(map & Map.Private)) {
    return failed(Errno.EINVAL);
  }
  if (file && !(open & Open.Read)) return failed(Errno.EACCES);
  if (map & Map.GrowsDown) {
    if (file || map & Map.Shared) return failed(Errno.EINVAL);
    flags |= VmaFlag.GrowsDown;
  }
  if (map & Map.NoReserve) flags |= VmaFlag.NoReserve;
  const result = put(memory, first, pages, protection, flags, file, offset >> pageShift);
  if (result < 0) return result;
  if (locked || map & Map.Populate) populatePages(memory, first, first + pages);
  return result;
}

/** Puts a mapping at a place, in place of what is there: its address, or an errno negated. */
export function put(
  memory: Memory,
  first: u64,
  pages: u64,
  protection: u32,
  flags: u32,
  file: FileObject | null,
  offset: u64,
): i64 {
  const end = first + pages;
  const data = isData(protection, flags);
  memory.laidOut = true;
  if (!mayExpand(memory, pages - mappedIn(memory, first, end), data)) return failed(Errno.ENOMEM);
  const unmapped = unmapRange(memory, first, end);
  if (unmapped < 0) return unmapped;
  if (isPromised(protection, flags, file)) {
    if (!mayCommit(pages)) return failed(Errno.ENOMEM);
    flags |= VmaFlag.Accounted;
  }
  let object = file;
  if (!object && flags & VmaFlag.Shared) {
    object = newFile(pages << pageShift, true, 0);
    if (!object) return failed(Errno.ENOMEM);
  }
  const vma = addVma(memory, first, end, protection, flags, changetype<usize>(object), offset);
  if (!file && object) releaseFile(object);
  if (!vma) return failed(Errno.ENOMEM);
  countPages(memory, vma, pages);
  mergeVma(memory, vma);
  return <i64>(first << pageShift);
}

/** Private memory that may be written, and shared memory without a file, are promised; not with NORESERVE. */
function isPromised(protection: u32, flags: u32, file: FileObject | null): bool {
  if (flags & VmaFlag.NoReserve) return false;
  if (flags & VmaFlag.Shared) return file == null;
  return (protection & Protection.Write) != 0;
}

/** Pages of [first, end) that are mapped. */
function mappedIn(memory: Memory, first: u64, end: u64): u64 {
  let pages: u64 = 0;
  let at = first;
  while (true) {
    const vma = vmaIn(memory, at, end);
    if (!vma) return pages;
    at = vma.end;
    pages += min(at, end) - max(vma.first, first);
  }
}

/** The place that was asked for, in pages, or an errno negated. */
function placeAt(va: u64, pages: u64): i64 {
  const first = va >> pageShift;
  if (pages > topPage || first > topPage - pages) return failed(Errno.ENOMEM);
  if (!isAligned(va)) return failed(Errno.EINVAL);
  return first < lowPage ? failed(Errno.EPERM) : <i64>first;
}

/** A free place: a hint, if it is one, or the highest below the base of mappings, or above it; in pages, or an errno negated. */
export function placeNear(memory: Memory, va: u64, pages: u64): i64 {
  if (pages > topPage) return failed(Errno.ENOMEM);
  const hint = max(va >> pageShift, lowPage);
  if (va >> pageShift && hint <= topPage - pages && isClear(memory, hint, hint + pages)) return <i64>hint;
  let place = highestGap(memory, pages, lowPage, memory.mmapBase);
  if (place == NO_PLACE) place = highestGap(memory, pages, lowPage, topPage);
  return place == NO_PLACE ? failed(Errno.ENOMEM) : <i64>place;
}

/** Whether nothing is in [first, end), nor a stack so near above that it could not grow. */
function isClear(memory: Memory, first: u64, end: u64): bool {
  const above = vmaFrom(memory, first);
  if (!above) return true;
  return end + (above.flags & VmaFlag.GrowsDown ? STACK_GAP : 0) <= above.first;
}
