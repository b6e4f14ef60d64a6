import { takeReturned } from "./access.js";
import { mayCommit, mayExpand, mayLock } from "./limits.js";
import { placed, unmap } from "./mmap.js";
import { populate } from "./populate.js";
import type { Process } from "./process.js";
import { type Entry, isShared, type Vma } from "./space.js";
import { type Errno, pagesOf, type System } from "./system.js";
import { tableOf } from "./tables.js";

export interface Remap {
  address: bigint;
  oldLength: bigint;
  newLength: bigint;
  mayMove: boolean;
  /** MREMAP_FIXED. */
  to?: bigint;
}

export function mremap(system: System, process: Process, asked: Remap): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const { space, layout } = process;
  const { address, mayMove, to } = asked;
  if (to !== undefined && !mayMove) return "EINVAL";
  if (address % pageSize) return "EINVAL";
  const oldPages = Number(wrapped(system, asked.oldLength));
  const newPages = Number(wrapped(system, asked.newLength));
  if (newPages === 0) return "EINVAL";
  const from = Number(address / pageSize);
  if (!space.entries.has(from)) return "EFAULT";
  if (to !== undefined) return remapTo(system, process, from, oldPages, newPages, to);

  if (oldPages >= newPages) {
    if (oldPages === newPages) return address;
    const tail = { from: from + newPages, to: from + oldPages };
    if (BigInt(tail.to) * pageSize > layout.top) return "EINVAL";
    return unmap(system, process, tail) ? address : "ENOMEM";
  }
  const vma = space.find(from) as Vma;
  const refused = resizeErrno(system, process, vma, from, oldPages, newPages);
  if (refused) return refused;
  const grown = newPages - oldPages;
  if (oldPages === vma.to - from && isFree(system, process, vma.to, grown)) {
    if (isPromised(process, from) && !mayCommit(system, grown)) return "ENOMEM";
    extend(system, process, vma, from, vma.to, vma.to + grown, oldPages);
    if (vma.flags.has("locked")) populate(system, process, { from: vma.to, to: vma.to + grown }, true);
    return address;
  }
  if (!mayMove) return "ENOMEM";
  const place = placed(system, process, 0n, BigInt(newPages));
  if (typeof place !== "bigint") return place;
  return move(system, process, from, oldPages, newPages, Number(place / pageSize));
}

function remapTo(
  system: System,
  process: Process,
  from: number,
  oldPages: number,
  newPages: number,
  to: bigint,
): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const { space, layout } = process;
  if (to % pageSize) return "EINVAL";
  if (BigInt(newPages) * pageSize > layout.top || to > layout.top - BigInt(newPages) * pageSize)
    return "EINVAL";
  const target = Number(to / pageSize);
  if (from + oldPages > target && target + newPages > from) return "EINVAL";
  if (space.vmas().length + 2 >= system.maxMaps - 3) return "ENOMEM";
  if (!unmap(system, process, { from: target, to: target + newPages })) return "ENOMEM";
  if (oldPages > newPages && BigInt(from + oldPages) * pageSize > layout.top) return "EINVAL";
  if (oldPages > newPages && !unmap(system, process, { from: from + newPages, to: from + oldPages }))
    return "ENOMEM";
  if (!space.entries.has(from)) return "EFAULT";
  const kept = Math.min(oldPages, newPages);
  const vma = space.find(from) as Vma;
  const refused = resizeErrno(system, process, vma, from, kept, newPages);
  if (refused) return refused;
  if (to < layout.lowest) return "EPERM";
  return move(system, process, from, kept, newPages, target);
}

/** What forbids that pages of one VMA become more. */
function resizeErrno(
  system: System,
  process: Process,
  vma: Vma,
  from: number,
  oldPages: number,
  newPages: number,
): Errno | undefined {
  if (oldPages === 0 && !isShared(vma)) return "EINVAL";
  if (oldPages > vma.to - from) return "EFAULT";
  if (oldPages === newPages) return undefined;
  if (vma.flags.has("locked") && !mayLock(system, process, newPages - oldPages)) return "EAGAIN";
  return mayExpand(system, process, vma, newPages - oldPages) ? undefined : "ENOMEM";
}

function isFree(system: System, { space, layout }: Process, from: number, pages: number): boolean {
  const top = layout.top / BigInt(system.pageSize);
  return BigInt(from + pages) <= top && space.range(from, from + pages).length === 0;
}

/** Whether the kernel has promised the memory of this page's VMA. */
function isPromised({ space }: Process, page: number): boolean {
  return space.entries.get(page)?.isCharged === true;
}

/** New pages [to, end) behind `oldPages` of a mapping that begins at `from`. */
function extend(
  system: System,
  { space }: Process,
  vma: Vma,
  from: number,
  to: number,
  end: number,
  oldPages: number,
): void {
  const { protection, flags, file } = vma;
  const isCharged = space.entries.get(from)?.isCharged === true;
  for (let page = to; page < end; page++) {
    const index = vma.index + (from - vma.from) + oldPages + (page - to);
    const entry = system.memory.add(space, page, { protection, flags }, file, file ? index : 0);
    entry.isCharged ||= isCharged;
  }
}

/** Moves pages with what they hold; of old length 0 it is a second mapping of shared ones. */
function move(
  system: System,
  process: Process,
  from: number,
  oldPages: number,
  newPages: number,
  to: number,
): bigint | Errno {
  const { memory } = system;
  const { space } = process;
  const vma = space.find(from) as Vma;
  if (space.vmas().length >= system.maxMaps - 3) return "ENOMEM";
  const isCharged = isPromised(process, from);
  if (isCharged && !mayCommit(system, newPages - oldPages)) return "ENOMEM";
  const old = space.range(from, from + oldPages);
  const pinned = readyToMove(system, process, old, to - from);
  if (!pinned) return "ENOMEM";
  extend(system, process, vma, from, to + oldPages, to + newPages, oldPages);
  for (const entry of old) {
    const { page, isPresent, isCow } = entry;
    const moved = memory.add(space, to + entry.number - from, entry.attributes, entry.file, entry.index);
    moved.isCharged = entry.isCharged;
    if (page) {
      moved.page = page;
      moved.isPresent = isPresent;
      moved.isCow = isCow;
      page.mappings.add(moved);
      page.mappings.delete(entry);
      entry.page = undefined;
      entry.isPresent = false;
      memory.tables?.changed([entry]);
      memory.tables?.changed([moved]);
    }
    memory.remove(entry);
  }
  for (const number of pinned) memory.tables?.unpin(space, number);
  if (vma.flags.has("locked")) populate(system, process, { from: to + oldPages, to: to + newPages }, true);
  return BigInt(to) * BigInt(system.pageSize);
}

/** The tables where pages will be found are there, pinned: a page of each; undefined where there is no frame for one. */
function readyToMove(
  system: System,
  process: Process,
  old: readonly Entry[],
  by: number,
): number[] | undefined {
  const { tables } = system.memory;
  const pinned: number[] = [];
  for (const entry of old) {
    const number = entry.number + by;
    const last = pinned.at(-1);
    if (!tables || !entry.page || (last !== undefined && tableOf(number) === tableOf(last))) continue;
    const isPinned = tables.pin(process.space, number);
    const va = BigInt(number) * BigInt(system.pageSize);
    for (const kind of takeReturned(system.memory)) system.countFault(process, { kind, va, access: "load" });
    if (!isPinned) {
      for (const each of pinned) tables.unpin(process.space, each);
      return undefined;
    }
    pinned.push(number);
  }
  return pinned;
}

/** Rounded up to pages as 64 bits do. */
function wrapped(system: System, length: bigint): bigint {
  const pages = pagesOf(system, length);
  return pages * BigInt(system.pageSize) >= 1n << 64n ? 0n : pages;
}
