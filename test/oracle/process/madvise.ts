import { change } from "./mmap.js";
import { populate } from "./populate.js";
import type { Process } from "./process.js";
import { type Attributes, isShared, type Vma, withFlag } from "./space.js";
import { type Errno, type Pages, pagesOf, type System, within } from "./system.js";

type Advise = (system: System, process: Process, part: Vma) => Errno | undefined;

const flagged =
  (to: (attributes: Attributes) => Attributes, refuses = (_: Vma) => false): Advise =>
  (system, process, part) => {
    if (refuses(part)) return "EINVAL";
    const entries = process.space.range(part.from, part.to);
    return change(system, process, entries, to) ? undefined : "EAGAIN";
  };

const ADVICE: Record<string, Advise> = {
  willneed: () => undefined,
  collapse: () => undefined,
  cold: unlocked,
  pageout: unlocked,
  normal: flagged((old) => withFlag(withFlag(old, "random", false), "sequential", false)),
  random: flagged((old) => withFlag(withFlag(old, "sequential", false), "random", true)),
  sequential: flagged((old) => withFlag(withFlag(old, "random", false), "sequential", true)),
  dontdump: flagged((old) => withFlag(old, "dontdump", true)),
  dodump: flagged((old) => withFlag(old, "dontdump", false)),
  mergeable: flagged((old) => (isShared(old) ? old : withFlag(old, "mergeable", true))),
  unmergeable: flagged((old) => withFlag(old, "mergeable", false)),
  dontfork: flagged((old) => withFlag(old, "dontfork", true)),
  dofork: flagged((old) => withFlag(old, "dontfork", false)),
  wipeonfork: flagged(
    (old) => withFlag(old, "wipeonfork", true),
    (vma) => vma.file !== undefined || isShared(vma),
  ),
  keeponfork: flagged((old) => withFlag(old, "wipeonfork", false)),
  hugepage: flagged((old) => withFlag(withFlag(old, "nohugepage", false), "hugepage", true)),
  nohugepage: flagged((old) => withFlag(withFlag(old, "hugepage", false), "nohugepage", true)),
  dontneed,
  free,
  remove,
};

export function madvise(
  system: System,
  process: Process,
  address: bigint,
  length: bigint,
  advice: string,
): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const advise = Object.hasOwn(ADVICE, advice) ? ADVICE[advice] : undefined;
  const access = advice === "populate_read" ? "load" : advice === "populate_write" ? "store" : undefined;
  if ((!advise && !access) || address % pageSize) return "EINVAL";
  const pages = pagesOf(system, length);
  if (address + pages * pageSize >= 1n << 64n) return "EINVAL";
  if (pages === 0n) return 0n;
  const range = { from: Number(address / pageSize), to: Number(address / pageSize + pages) };
  if (access) return populated(system, process, range, access) ?? 0n;
  let isWhole = true;
  let next = range.from;
  for (const vma of process.space.vmas().filter(({ from, to }) => to > range.from && from < range.to)) {
    const part = within(vma, range);
    isWhole &&= part.from === next;
    next = part.to;
    const refused = advise?.(system, process, part);
    if (refused) return refused;
  }
  return isWhole && next >= range.to ? 0n : "ENOMEM";
}

function unlocked(_: System, __: Process, part: Vma): Errno | undefined {
  return part.flags.has("locked") ? "EINVAL" : undefined;
}

/** Private pages are forgotten, those of files and of shared memory unmapped. */
function dontneed({ memory }: System, { space }: Process, part: Vma): Errno | undefined {
  if (part.flags.has("locked")) return "EINVAL";
  for (const entry of space.range(part.from, part.to)) memory.unlink(entry);
  return undefined;
}

/** Pages of this process alone become clean, so that they are dropped rather than written. */
function free({ memory }: System, { space }: Process, part: Vma): Errno | undefined {
  if (part.flags.has("locked") || part.file) return "EINVAL";
  for (const entry of space.range(part.from, part.to)) {
    const { page } = entry;
    if (!page) continue;
    if (!page.isResident) memory.unlink(entry);
    else if (page.mappings.size === 1) {
      page.isDirty = false;
      memory.pool.freeSlot(page);
    }
  }
  return undefined;
}

/** Punches a hole into the file. */
function remove({ memory }: System, { space }: Process, part: Vma): Errno | undefined {
  if (part.flags.has("locked") || !part.file) return "EINVAL";
  if (!isShared(part) || !part.flags.has("maywrite")) return "EACCES";
  for (const { file, index } of space.range(part.from, part.to)) {
    if (!file) continue;
    memory.dropCached(file, index);
    file.erase(index);
  }
  return undefined;
}

function populated(
  system: System,
  process: Process,
  range: Pages,
  access: "load" | "store",
): Errno | undefined {
  let next = range.from;
  for (const vma of process.space.vmas().filter(({ from, to }) => to > range.from && from < range.to)) {
    const part = within(vma, range);
    if (part.from !== next) return "ENOMEM";
    next = part.to;
    if (!vma.protection.includes(access === "store" ? "w" : "r")) return "EINVAL";
    const refused = populate(system, process, part, false, access);
    if (refused) return refused;
  }
  return next < range.to ? "ENOMEM" : undefined;
}
