import type { MapFlag, Protection } from "../../../src/trace/events.js";
import { FileObject } from "./contents.js";
import { mayCommit, mayExpand, mayLock } from "./limits.js";
import { charges } from "./memory.js";
import { populate } from "./populate.js";
import type { Process } from "./process.js";
import { type Attributes, type Entry, type Flag, keyOf, type Vma } from "./space.js";
import { gapEnd } from "./stack.js";
import { type Errno, type Pages, pagesOf, type System } from "./system.js";

export interface Mapping {
  address: bigint;
  length: bigint;
  protection: readonly Protection[];
  flags: readonly MapFlag[];
  file?: string;
  offset?: bigint;
}

export function mmap(system: System, process: Process, asked: Mapping): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const { space, layout } = process;
  const is = (flag: MapFlag) => asked.flags.includes(flag);
  const offset = asked.offset ?? 0n;
  if (offset % pageSize) return "EINVAL";
  const file = is("anon") ? undefined : system.memory.files.get(asked.file ?? "");
  if (!is("anon") && !file?.mode) return "EBADF";
  if (asked.length === 0n) return "EINVAL";
  const length = pagesOf(system, asked.length);
  if (length * pageSize >= 1n << 64n) return "ENOMEM";
  if (space.vmas().length > system.maxMaps) return "ENOMEM";

  const isFixed = is("fixed") || is("noreplace");
  const address = isFixed ? asked.address : placed(system, process, asked.address, length);
  if (typeof address !== "bigint") return address;
  if (length * pageSize > layout.top || address > layout.top - length * pageSize) return "ENOMEM";
  if (address % pageSize) return "EINVAL";
  if (address < layout.lowest) return "EPERM";
  const range: Pages = { from: Number(address / pageSize), to: Number(address / pageSize + length) };
  const replaced = space.range(range.from, range.to);
  if (is("noreplace") && replaced.length > 0) return "EEXIST";

  if (is("locked") && process.limits.memlock === 0n) return "EPERM";
  if (is("locked") && !mayLock(system, process, Number(length))) return "EAGAIN";
  const refused = sharingErrno(asked, file);
  if (refused) return refused;
  const attributes = attributesOf(system, asked, file);
  if (!mayExpand(system, process, attributes, Number(length) - replaced.length)) return "ENOMEM";
  if (splitsTooMany(system, process, range)) return "ENOMEM";
  const returned = replaced.filter((entry) => entry.isCharged).length;
  const isObject = is("anon") && is("shared");
  const isCharged = isObject ? !noReserve(system, asked) : charges(attributes);
  const promised = isObject ? Number(length) : Number(length) - returned;
  if (isCharged && promised > 0 && !mayCommit(system, promised)) return "ENOMEM";

  for (const entry of replaced) system.memory.remove(entry);
  const object = isObject ? new FileObject(undefined, Number(length * pageSize), system.pageSize) : file;
  if (isObject && object) object.isCharged = isCharged;
  for (let page = range.from; page < range.to; page++) {
    const index = Number(offset / pageSize) + page - range.from;
    system.memory.add(space, page, attributes, object, object === file ? index : page - range.from);
  }
  if (is("populate") || is("locked")) populate(system, process, range, true);
  return address;
}

/** What the ways of sharing and of opening the file forbid. */
function sharingErrno(asked: Mapping, file: FileObject | undefined): Errno | undefined {
  const isShared = asked.flags.includes("shared");
  if (asked.flags.includes("neither")) return "EINVAL";
  if (file && isShared && asked.protection.includes("write") && file.mode === "ro") return "EACCES";
  if (file?.mode === "wo") return "EACCES";
  if ((file || isShared) && asked.flags.includes("growsdown")) return "EINVAL";
  return undefined;
}

function noReserve(system: System, { flags }: Mapping): boolean {
  return flags.includes("noreserve") && system.overcommit.mode !== "never";
}

function attributesOf(system: System, asked: Mapping, file: FileObject | undefined): Attributes {
  const flags = new Set<Flag>();
  for (const flag of ["shared", "growsdown", "locked"] as const) {
    if (asked.flags.includes(flag)) flags.add(flag);
  }
  if (noReserve(system, asked)) flags.add("noreserve");
  if (!(file && flags.has("shared") && file.mode === "ro")) flags.add("maywrite");
  return { protection: protectionOf(asked.protection), flags };
}

export function protectionOf(protection: readonly Protection[]): string {
  return (["read", "write", "execute"] as const)
    .map((name, i) => (protection.includes(name) ? "rwx"[i] : ""))
    .join("");
}

/** The highest place below an end. Where that comes too near to a stack above it, the search goes on below the stack's guard. */
function highest(vmas: readonly Vma[], lowest: number, below: number, length: number): number | undefined {
  for (let limit = below; ; ) {
    const ends = [limit, ...vmas.map(({ from }) => from)].filter((end) => end <= limit);
    const isEmpty = (from: number) => !vmas.some((vma) => vma.from < from + length && from < vma.to);
    const starts = ends.map((end) => end - length).filter((from) => from >= lowest && isEmpty(from));
    if (starts.length === 0) return undefined;
    const from = Math.max(...starts);
    const above = vmas.find((vma) => vma.from >= from + length);
    if (!above || from + length <= gapEnd(above)) return from;
    limit = gapEnd(above);
  }
}

/** A hint, rounded down, where it is free; else the highest place below the base; else the lowest above. */
export function placed(system: System, process: Process, hint: bigint, pages: bigint): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const { layout, space } = process;
  const length = Number(pages);
  if (pages * pageSize > layout.top) return "ENOMEM";
  const vmas = space.vmas();
  // Only the mapping right above keeps its guard.
  const isFree = (from: number) => {
    const above = vmas.find((vma) => vma.to > from);
    return !above || from + length <= gapEnd(above);
  };
  const [lowest, base, top] = [layout.lowest, layout.mmapBase, layout.top].map((at) => Number(at / pageSize));
  let wanted = Number(hint / pageSize);
  if (wanted > 0) {
    wanted = Math.max(wanted, lowest as number);
    if (wanted + length <= (top as number) && isFree(wanted)) return BigInt(wanted) * pageSize;
  }
  const from = highest(vmas, lowest as number, base as number, length);
  if (from !== undefined) return BigInt(from) * pageSize;
  const above = vmas.map(({ to }) => to).filter((from) => from + length <= (top as number) && isFree(from));
  return above.length > 0 ? BigInt(Math.min(...above)) * pageSize : "ENOMEM";
}

export function munmap(system: System, process: Process, address: bigint, length: bigint): bigint | Errno {
  const range = userRange(system, process, address, length);
  if (!range) return "EINVAL";
  return unmap(system, process, range) ? 0n : "ENOMEM";
}

/** undefined: unaligned, empty, or beyond the user's half. */
function userRange(system: System, process: Process, address: bigint, length: bigint): Pages | undefined {
  const pageSize = BigInt(system.pageSize);
  const pages = pagesOf(system, length);
  const { top } = process.layout;
  if (address % pageSize || address > top || length > top - address || pages === 0n) return undefined;
  return { from: Number(address / pageSize), to: Number(address / pageSize + pages) };
}

/** False where it would take one VMA too many. */
export function unmap(system: System, process: Process, range: Pages): boolean {
  if (splitsTooMany(system, process, range)) return false;
  for (const entry of process.space.range(range.from, range.to)) system.memory.remove(entry);
  return true;
}

/** Whether the range lies in the midst of one VMA, and there is no room for another. */
function splitsTooMany(system: System, { space }: Process, { from, to }: Pages): boolean {
  const vmas = space.vmas();
  return vmas.length >= system.maxMaps && vmas.some((vma) => vma.from < from && to < vma.to);
}

/** Gives entries other attributes; false, and nothing done, where that would make too many VMAs. */
export function change(
  system: System,
  { space }: Process,
  entries: readonly Entry[],
  to: (attributes: Attributes) => Attributes,
): boolean {
  const before = entries.map(({ attributes, isCharged }) => ({ attributes, isCharged }));
  const count = space.vmas().length;
  const apart = space.all().filter(({ isApart }) => isApart);
  for (const entry of entries) {
    const { number, attributes: old } = entry;
    const now = to(old);
    entry.attributes = now;
    entry.isCharged ||= charges(now);
    if (now.protection === old.protection && keyOf(now.flags) === keyOf(old.flags)) continue;
    space.join(number);
    space.join(number + 1);
  }
  const after = space.vmas().length;
  const isTooMany = after > count && after > system.maxMaps;
  for (const [i, entry] of entries.entries()) {
    const old = before[i] as { attributes: Attributes; isCharged: boolean };
    const now = entry.attributes;
    Object.assign(entry, old);
    if (!isTooMany) system.memory.setAttributes(entry, now);
  }
  if (isTooMany) for (const entry of apart) entry.isApart = true;
  return !isTooMany;
}
