// What a process has mapped, as /proc/PID/maps and smaps tell it (Linux 6.12, fs/proc/task_mmu.c).

import type { Core } from "../core.js";
import type { Names } from "../names.js";

/** A mapping of a process. */
export interface MemoryRegion {
  /** Its first byte, and the one behind its last. */
  start: bigint;
  end: bigint;
  /** Some of `rwx`. */
  protection: string;
  /** Stores are seen by all who map the same. */
  shared: boolean;
  /** Where in its file it begins, in bytes. */
  offset: bigint;
  /** The file that it maps; null of anonymous memory. */
  file: string | null;
  /** As Linux names it: the file, `[heap]`, `[stack]`, `/dev/zero (deleted)` of shared anonymous memory; else nothing. */
  name: string;
  /** As VmFlags of smaps has them: `rd wr ex sh mr mw me ms gd lo sr rr dc ac nr wf dd hg nh mg`. */
  flags: string[];
}

/**
 * The same, and where its pages are, in bytes. `cached`, `uncached` and `unallocated` together are all of it: pages in frames, whoever
 * brought them there; pages in no frame whose contents are in swap or in a file; and pages that have no contents anywhere.
 */
export interface RegionUsage extends MemoryRegion {
  size: number;
  /** Pages that this process has mapped to frames: `shared` ones, that others have mapped too, and `private` ones. */
  rss: number;
  sharedClean: number;
  sharedDirty: number;
  privateClean: number;
  privateDirty: number;
  /** Each of these pages divided by those who have it mapped, rounded down. */
  pss: number;
  cached: number;
  uncached: number;
  unallocated: number;
  /** The part of `uncached` that is in swap. */
  swap: number;
}

/** The mappings of a process, by address. @internal */
export function readMaps(core: Core, names: Names, pid: bigint): MemoryRegion[] {
  return eachRegion(core, (va) => core.exports.findRegion(pid, va)).map((at) => regionOf(core, names, at));
}

/** @internal */
export function readUsage(core: Core, names: Names, pid: bigint): RegionUsage[] {
  const { Region } = core.enums;
  const page = 1 << Number(core.exports.pageShift.value);
  return eachRegion(core, (va) => core.exports.measureRegion(pid, va)).map((at) => {
    const region = regionOf(core, names, at);
    const size = Number(region.end - region.start);
    const bytes = (slot: number) => page * Number(at(slot));
    const rss = bytes(Region.Resident);
    const sharedDirty = bytes(Region.SharedDirty);
    const sharedClean = bytes(Region.Shared) - sharedDirty;
    const privateDirty = bytes(Region.Dirty) - sharedDirty;
    const cached = bytes(Region.Cached);
    const swap = bytes(Region.InSwap);
    const uncached = swap + bytes(Region.InFile);
    return {
      ...region,
      size,
      rss,
      sharedClean,
      sharedDirty,
      privateClean: rss - sharedClean - sharedDirty - privateDirty,
      privateDirty,
      pss: Number(at(Region.Proportional)),
      cached,
      uncached,
      unallocated: size - cached - uncached,
      swap,
    };
  });
}

type Slots = (slot: number) => bigint;

function eachRegion(core: Core, find: (va: bigint) => unknown): Slots[] {
  const { exports, enums } = core;
  const found: Slots[] = [];
  let va = 0n;
  while (find(va)) {
    const slots = core.u64(exports.region.value, enums.Region.Length).slice();
    const at = (slot: number) => slots[slot] ?? 0n;
    found.push(at);
    va = at(enums.Region.End);
  }
  return found;
}

function regionOf(core: Core, names: Names, at: Slots): MemoryRegion {
  const { Region, VmaFlag } = core.enums;
  const file = Number(at(Region.File));
  const flags = Number(at(Region.Flags));
  const protection = Number(at(Region.Protection));
  return {
    start: at(Region.Start),
    end: at(Region.End),
    protection: ["r", "w", "x"].filter((_, bit) => protection & (1 << bit)).join(""),
    shared: (flags & VmaFlag.Shared) !== 0,
    offset: at(Region.Offset),
    file: file === 0 ? null : names.text(file),
    name: file === 0 ? nameOfRole(core, Number(at(Region.Role))) : names.text(file),
    flags: flagsOf(core, protection, flags, file !== 0),
  };
}

/** As Linux names memory without a file; nothing where it does not. @internal */
export function nameOfRole({ enums: { Role } }: Core, role: number): string {
  const names: Record<number, string> = {
    [Role.Heap]: "[heap]",
    [Role.Stack]: "[stack]",
    [Role.Shared]: "/dev/zero (deleted)",
  };
  return names[role] ?? "";
}

/** In Linux's order. What is shared and may never be written is a shared mapping (`ms`) that does not share (`sh`). */
function flagsOf(core: Core, protection: number, flags: number, hasFile: boolean): string[] {
  const { VmaFlag } = core.enums;
  const has = (flag: number) => (flags & flag) !== 0;
  const isShared = has(VmaFlag.Shared);
  const all: [string, boolean][] = [
    ["rd", (protection & 1) !== 0],
    ["wr", (protection & 2) !== 0],
    ["ex", (protection & 4) !== 0],
    ["sh", isShared && (!hasFile || has(VmaFlag.MayWrite))],
    ["mr", has(VmaFlag.MayRead)],
    ["mw", has(VmaFlag.MayWrite)],
    ["me", has(VmaFlag.MayExecute)],
    ["ms", isShared],
    ["gd", has(VmaFlag.GrowsDown)],
    ["lo", has(VmaFlag.Locked)],
    ["sr", has(VmaFlag.SequentialReads)],
    ["rr", has(VmaFlag.RandomReads)],
    ["dc", has(VmaFlag.DontFork)],
    ["ac", has(VmaFlag.Accounted)],
    ["nr", has(VmaFlag.NoReserve)],
    ["wf", has(VmaFlag.WipeOnFork)],
    ["dd", has(VmaFlag.DontDump)],
    ["hg", has(VmaFlag.HugePage)],
    ["nh", has(VmaFlag.NoHugePage)],
    ["mg", has(VmaFlag.Mergeable)],
  ];
  return all.flatMap(([name, is]) => (is ? [name] : []));
}
