import { mayLock } from "./limits.js";
import { change } from "./mmap.js";
import { populate } from "./populate.js";
import type { Process } from "./process.js";
import { withFlag } from "./space.js";
import { type Errno, type Pages, type System, within } from "./system.js";

export function mlock(system: System, process: Process, address: bigint, length: bigint): bigint | Errno {
  if (process.limits.memlock === 0n) return "EPERM";
  const range = outwards(system, address, length);
  if (!range) return "EINVAL";
  const { space } = process;
  const held = space.range(range.from, range.to).filter(({ attributes }) => attributes.flags.has("locked"));
  if (!mayLock(system, process, range.to - range.from - held.length)) return "ENOMEM";
  const refused = flag(system, process, range, true);
  if (refused) return refused;
  const missing = populate(system, process, range, false);
  if (missing) return missing === "EFAULT" ? "ENOMEM" : "EAGAIN";
  return 0n;
}

export function munlock(system: System, process: Process, address: bigint, length: bigint): bigint | Errno {
  const range = outwards(system, address, length);
  if (!range) return "EINVAL";
  return flag(system, process, range, false) ?? 0n;
}

/** All pages that the bytes touch; undefined beyond 64 bits. */
function outwards(system: System, address: bigint, length: bigint): Pages | undefined {
  const pageSize = BigInt(system.pageSize);
  const from = address / pageSize;
  // As Linux: a length that wraps around when it is rounded is what is left of it.
  const bytes = (length + (address % pageSize) + pageSize - 1n) % (1n << 64n);
  const to = from + bytes / pageSize;
  return to * pageSize >= 1n << 64n ? undefined : { from: Number(from), to: Number(to) };
}

/** VMA by VMA, up to the first hole. */
function flag(system: System, process: Process, range: Pages, isSet: boolean): Errno | undefined {
  const { space } = process;
  let next = range.from;
  for (const vma of space.vmas().filter(({ from, to }) => to > range.from && from < range.to)) {
    const part = within(vma, range);
    if (part.from !== next) return "ENOMEM";
    next = part.to;
    const entries = space.range(part.from, part.to);
    if (!change(system, process, entries, (old) => withFlag(old, "locked", isSet))) return "ENOMEM";
  }
  return next < range.to ? "ENOMEM" : undefined;
}
