import type { Protection } from "../../../src/trace/events.js";
import { mayCommit, mayExpand } from "./limits.js";
import { charges } from "./memory.js";
import { change, protectionOf } from "./mmap.js";
import { populate } from "./populate.js";
import type { Process } from "./process.js";
import { isShared, isWritable } from "./space.js";
import { type Errno, pagesOf, type System, within } from "./system.js";

/** Changes VMA by VMA, up to the first hole or refusal. */
export function mprotect(
  system: System,
  process: Process,
  address: bigint,
  length: bigint,
  asked: readonly Protection[],
): bigint | Errno {
  const pageSize = BigInt(system.pageSize);
  const { space } = process;
  if (address % pageSize) return "EINVAL";
  if (length === 0n) return 0n;
  const pages = pagesOf(system, length);
  if (pages * pageSize >= 1n << 64n || address + pages * pageSize >= 1n << 64n) return "ENOMEM";
  const range = { from: Number(address / pageSize), to: Number(address / pageSize + pages) };
  const protection = protectionOf(asked);
  let next = range.from;
  for (const vma of space.vmas().filter(({ from, to }) => to > range.from && from < range.to)) {
    const part = within(vma, range);
    if (part.from !== next) return "ENOMEM";
    next = part.to;
    const after = { ...vma, protection };
    if (isWritable(after) && !vma.flags.has("maywrite")) return "EACCES";
    if (vma.protection === protection) continue;
    const entries = space.range(part.from, part.to);
    const count = part.to - part.from;
    const isRefused = isWritable(after) && !mayExpand(system, process, after, count);
    if (isRefused && mayExpand(system, process, vma, count)) return "ENOMEM";
    const uncharged = charges(after) ? entries.filter((entry) => !entry.isCharged).length : 0;
    if (uncharged && !mayCommit(system, uncharged)) return "ENOMEM";
    const isUntouched = space.range(vma.from, vma.to).every(({ page }) => page === undefined);
    const wasUnwritten = vma.flags.has("locked") && !isWritable(vma) && !isShared(vma);
    if (!change(system, process, entries, (attributes) => ({ ...attributes, protection }))) return "ENOMEM";
    if (!isWritable(after) && !vma.file && isUntouched) for (const entry of entries) entry.isCharged = false;
    if (wasUnwritten && isWritable(after)) populate(system, process, part, true);
  }
  return next < range.to ? "ENOMEM" : 0n;
}
