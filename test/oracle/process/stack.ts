import { mayCommit, mayExpand, mayLock } from "./limits.js";
import type { Process } from "./process.js";
import type { Entry } from "./space.js";
import type { System } from "./system.js";

/** Pages that stay free below a stack. */
export const GUARD = 256;

/** Grows the stack above down to a page that was accessed. undefined: there is none, or it may not. */
export function growTo(system: System, process: Process, number: number): Entry | undefined {
  const { space, layout, limits } = process;
  const pageSize = BigInt(system.pageSize);
  const above = space.find(number);
  if (!above?.flags.has("growsdown")) return undefined;
  if (BigInt(number) * pageSize < layout.lowest) return undefined;
  const below = space.vmas().findLast(({ to }) => to <= number);
  const isNear = below && number - below.to < GUARD;
  if (isNear && !below.flags.has("growsdown") && below.protection !== "") return undefined;
  const pages = above.from - number;
  if (!mayExpand(system, process, above, pages)) return undefined;
  if (BigInt(above.to - number) * pageSize > limits.stack) return undefined;
  if (above.flags.has("locked") && !mayLock(system, process, pages)) return undefined;
  if (!mayCommit(system, pages)) return undefined;
  const { protection, flags, isCharged } = above;
  for (let page = number; page < above.from; page++) {
    system.memory.add(space, page, { protection, flags }, undefined, 0).isCharged = isCharged;
  }
  const lowest = space.entries.get(number);
  if (lowest) lowest.isApart = true;
  return lowest;
}

/** Where the space below a VMA ends that others may take. */
export function gapEnd({ from, flags }: { from: number; flags: ReadonlySet<string> }): number {
  return flags.has("growsdown") ? Math.max(0, from - GUARD) : from;
}
