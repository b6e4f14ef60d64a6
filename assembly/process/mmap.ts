// mmap. The order of the checks is that of Linux 6.12 (mm/mmap.c: ksys_mmap_pgoff, do_mmap; mm/vma.c: mmap_region).

import { Errno, failed } from "./errno";
import { FileObject, newFile, releaseFile } from "./files";
import { countPages, isData, mayCommit, mayExpand, mayLock } from "./limits";
import { Memory, lowPage, maxMaps, overcommit, pageShift, promise, topPage } from "./memory";
import { isAligned, mayCut, pagesOf, unmapRange } from "./munmap";
import { Populate, populatePages } from "./pages";
import {
  NO_PLACE,
  Protection,
  VmaFlag,
  addVma,
  highestGap,
  isFree,
  lowestGap,
  mergeVma,
  pagesIn,
  vmaFrom,
} from "./vma";
import { Limit, limitOf } from "./tally";

/** Flags of mmap. Neither Shared nor Private is an error; both is MAP_SHARED_VALIDATE, which is for files. */
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
const EITHER: u32 = <u32>Map.Shared | <u32>Map.Private;
/** The most bytes of a file. */
const FILE_BYTES: u64 = u64.MAX_VALUE >> 1;

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
  if (!isAligned(offset) || !bytes) return failed(Errno.EINVAL);
  const pages = pagesOf(bytes);
  if (!pages || memory.vmaCount > maxMaps) return failed(Errno.ENOMEM);
  const fixed = (map & (Map.Fixed | Map.NoReplace)) != 0;
  const place = fixed ? placeAt(va, pages) : placeNear(memory, va, pages);
  if (place < 0) return place;
  const first = <u64>place;
  if (map & Map.NoReplace && !isFree(memory, first, first + pages)) return failed(Errno.EEXIST);
  const locked = (map & Map.Locked) != 0 || memory.lockFuture;
  if (map & Map.Locked && !limitOf(Limit.Locked)) return failed(Errno.EPERM);
  if (locked && !mayLock(memory, pages)) return failed(Errno.EAGAIN);
  const error = file ? mayMapFile(protection, map, pages, offset, open) : mayMapNothing(map);
  if (error < 0) return error;
  let flags: u32 = MAY;
  if (map & Map.Shared) {
    flags |= VmaFlag.Shared;
    if (file && !(open & Open.Write)) flags &= ~(<u32>VmaFlag.MayWrite);
  }
  if (locked) flags |= VmaFlag.Locked;
  if (map & Map.GrowsDown) flags |= VmaFlag.GrowsDown;
  if (map & Map.NoReserve && overcommit != 2) flags |= VmaFlag.NoReserve;
  const result = put(memory, first, pages, protection, flags, file, offset >> pageShift);
  if (result < 0) return result;
  if (locked || map & Map.Populate) populatePages(memory, first, first + pages, Populate.Usual);
  return result;
}

/** Whether a file may be mapped so: 0, or an errno negated. */
function mayMapFile(protection: u32, map: u32, pages: u64, offset: u64, open: u32): i64 {
  const bytes = pages << pageShift;
  if (bytes > FILE_BYTES || offset > FILE_BYTES - bytes) return failed(Errno.EOVERFLOW);
  if (!(map & EITHER)) return failed(Errno.EINVAL);
  if (map & Map.Shared) {
    if (map & Map.Private && map & Map.NoReplace) return failed(Errno.EOPNOTSUPP);
    if (protection & Protection.Write && !(open & Open.Write)) return failed(Errno.EACCES);
  }
  if (!(open & Open.Read)) return failed(Errno.EACCES);
  return map & Map.GrowsDown ? failed(Errno.EINVAL) : 0;
}

/** The same of anonymous memory. */
function mayMapNothing(map: u32): i64 {
  const either = map & EITHER;
  if (either == EITHER || !either) return failed(Errno.EINVAL);
  return map & Map.Shared && map & Map.GrowsDown ? failed(Errno.EINVAL) : 0;
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
  const free = isFree(memory, first, end);
  if (!free && !mayCut(memory, first, end)) return failed(Errno.ENOMEM);
  const more = free ? pages : pages - pagesIn(memory, first, end, 0);
  if (!mayExpand(memory, more, isData(protection, flags))) return failed(Errno.ENOMEM);
  const nameless = file == null && (flags & VmaFlag.Shared) != 0;
  const reserved = !(flags & VmaFlag.NoReserve);
  if (nameless) {
    if (reserved && !mayCommit(pages)) return failed(Errno.ENOMEM);
  } else if (reserved && protection & Protection.Write && !(flags & VmaFlag.Shared)) {
    const promised = free ? 0 : pagesIn(memory, first, end, VmaFlag.Accounted);
    if (pages > promised && !mayCommit(pages - promised)) return failed(Errno.ENOMEM);
    flags |= VmaFlag.Accounted;
  }
  const unmapped = unmapRange(memory, first, end);
  if (unmapped < 0) return unmapped;
  const object = nameless ? newShared(pages, reserved) : file;
  if (nameless && !object) return failed(Errno.ENOMEM);
  const vma = addVma(memory, first, end, protection, flags, changetype<usize>(object), offset);
  if (nameless && object) releaseFile(object);
  if (!vma) return failed(Errno.ENOMEM);
  countPages(memory, vma, pages);
  mergeVma(memory, vma);
  return <i64>(first << pageShift);
}

/** What anonymous shared memory maps: promised as a whole, as long as somebody maps it. */
function newShared(pages: u64, reserved: bool): FileObject | null {
  const made = newFile(pages << pageShift, true, 0);
  if (made && reserved) {
    made.promised = pages;
    promise(pages);
  }
  return made;
}

/** The place that was asked for, in pages, or an errno negated. */
function placeAt(va: u64, pages: u64): i64 {
  if (pages > topPage || va > (topPage - pages) << pageShift) return failed(Errno.ENOMEM);
  if (!isAligned(va)) return failed(Errno.EINVAL);
  const first = va >> pageShift;
  return first < lowPage ? failed(Errno.EPERM) : <i64>first;
}

/** A free place: a hint, if it is one, or the highest below the base of mappings, or the lowest above a third of all; in pages, or an errno negated. */
export function placeNear(memory: Memory, va: u64, pages: u64): i64 {
  if (pages > topPage) return failed(Errno.ENOMEM);
  const hint = max(va >> pageShift, lowPage);
  if (va >> pageShift && hint <= topPage - pages && isClear(memory, hint, hint + pages)) return <i64>hint;
  let place = highestGap(memory, pages, lowPage, memory.mmapBase);
  if (place == NO_PLACE) place = lowestGap(memory, pages, max(lowPage, (topPage + 2) / 3), topPage);
  return place == NO_PLACE ? failed(Errno.ENOMEM) : <i64>place;
}

/** Whether nothing is in [first, end), nor a stack so near above that it could not grow. */
function isClear(memory: Memory, first: u64, end: u64): bool {
  const above = vmaFrom(memory, first);
  return !above || end <= above.begin();
}
