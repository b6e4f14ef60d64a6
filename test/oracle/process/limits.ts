// What may be mapped, locked and promised.

import { UNLIMITED } from "../../../src/trace/events.js";
import type { FileObject } from "./contents.js";
import type { Process } from "./process.js";
import { type Attributes, isData, type Space } from "./space.js";
import type { System } from "./system.js";

/** RLIMIT_AS and RLIMIT_DATA, for so many pages more. */
export function mayExpand(system: System, process: Process, attributes: Attributes, pages: number): boolean {
  const { space, limits } = process;
  const bytes = (count: number) => BigInt(count) * BigInt(system.pageSize);
  const cut = (limit: bigint) => limit - (limit % BigInt(system.pageSize));
  if (limits.as !== UNLIMITED && bytes(space.entries.size + pages) > cut(limits.as)) return false;
  if (!isData(attributes) || limits.data === UNLIMITED) return true;
  return bytes(space.count((entry) => isData(entry.attributes)) + pages) <= cut(limits.data);
}

/** RLIMIT_MEMLOCK, for so many pages more. */
export function mayLock(system: System, process: Process, pages: number): boolean {
  const { memlock } = process.limits;
  if (memlock === UNLIMITED) return true;
  const locked = process.space.count(({ attributes }) => attributes.flags.has("locked"));
  return BigInt(locked + pages) <= memlock / BigInt(system.pageSize);
}

/** The overcommit policy, for so many pages more, and others besides. */
export function mayCommit(system: System, pages: number, others = 0): boolean {
  const { mode, ratio } = system.overcommit;
  if (mode === "always") return true;
  const { frames, slots } = system;
  if (mode === "heuristic") return pages <= frames + slots;
  return committed(system) + others + pages <= Math.floor((frames * ratio) / 100) + slots;
}

/** Pages promised, to all. */
export function committed(system: System): number {
  const spaces = new Set<Space>();
  const objects = new Set<FileObject>();
  for (const { space, isAlive } of system.processes.values()) if (isAlive) spaces.add(space);
  let pages = 0;
  for (const space of spaces) {
    for (const { isCharged, file } of space.entries.values()) {
      if (isCharged) pages++;
      if (file?.isCharged) objects.add(file);
    }
  }
  for (const object of objects) pages += object.length;
  return pages;
}
