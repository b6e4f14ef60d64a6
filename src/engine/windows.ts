import type { Config } from "../config/model.js";
import type { Core } from "./core.js";
import type { Slice } from "./machine.js";
import { outOfMemory } from "./memory.js";

/** Pages of all address spaces by what they are. `allocated` is `cached` and `uncached` together. */
export interface PageStates {
  /** Part of a mapping, or touched outside of all. */
  allocated: number;
  /** Those of them that a page table maps to a frame, and the others. */
  cached: number;
  uncached: number;
  /** Other pages that programs may map. Only where the machine has an operating system. */
  unallocated?: number;
}

/** Pages that are looked up from now on are noted. @throws PagewalkError `E_MEMORY` @internal */
export function beginWindow(core: Core, config: Config): void {
  if (!core.exports.beginWindow()) throw outOfMemory(core, config);
}

/** Different pages that were looked up since `beginWindow`. @internal */
export function workingSetOf({ exports }: Core): number {
  return exports.workingSet.value >>> 0;
}

/** Frames there are now; null: no limit. @internal */
export function frameLimitOf({ exports }: Core): number | null {
  const frames = exports.frameLimit.value >>> 0;
  return frames === 2 ** 32 - 1 ? null : frames;
}

/** `resident`: pages mapped, where the machine has no operating system. @internal */
export function pageStatesOf(core: Core, resident: number): PageStates {
  const { exports, enums } = core;
  if (!exports.managed.value) return { allocated: resident, cached: resident, uncached: 0 };
  exports.countStates();
  const counts = core.numbers(exports.pageStates.value, enums.PageState.Length);
  const at = (state: number) => counts[state] ?? 0;
  const allocated = at(enums.PageState.Allocated);
  const cached = at(enums.PageState.Cached);
  return { allocated, cached, uncached: allocated - cached, unallocated: at(enums.PageState.Unallocated) };
}

/** Where the first so many accesses of a slice from a column on end: before the next access, or at the slice's end; and how many they are. @internal */
export function accessesFrom(
  core: Core,
  slice: Slice,
  from: number,
  most: number,
): { end: number; accesses: number } {
  const { to, rows } = slice;
  if (rows === 0) {
    const accesses = Math.min(to - from, most);
    return { end: from + accesses, accesses };
  }
  const { exports, enums } = core;
  const { Batch, EventKind, EventRow } = enums;
  const infos = core.u32(exports.infos.value, to);
  const addresses = core.u32(exports.addresses.value, 2 * to);
  const events = core.u32(exports.events.value, rows * EventRow.Words);
  const isAccess = (at: number) =>
    ((infos[at] ?? 0) & Batch.Event) === 0 ||
    events[(addresses[2 * at] ?? 0) * EventRow.Words] === EventKind.Access;
  let accesses = 0;
  let end = from;
  for (; end < to; end++) {
    if (!isAccess(end)) continue;
    if (accesses === most) break;
    accesses++;
  }
  return { end, accesses };
}
