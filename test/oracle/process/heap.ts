// brk and sbrk, by exact bytes.

import { mayCommit, mayExpand } from "./limits.js";
import { charges } from "./memory.js";
import { unmap } from "./mmap.js";
import type { Process } from "./process.js";
import type { Attributes } from "./space.js";
import { gapEnd } from "./stack.js";
import { type Errno, pagesOf, type System } from "./system.js";

const HEAP: Attributes = { protection: "rw", flags: new Set(["maywrite"]) };

/** The heap's end after the call: the one asked for, or the old one. */
export function brk(system: System, process: Process, address: bigint): bigint {
  const { space, limits } = process;
  if (address < space.startBreak || address - space.startBreak > limits.data) return space.break;
  const [from, to] = [space.break, address].map((end) => Number(pagesOf(system, end))) as [number, number];
  const isDone =
    to < from ? shrink(system, process, to, from) : to === from || grow(system, process, from, to);
  if (isDone) space.break = address;
  return space.break;
}

/** The old end. */
export function sbrk(system: System, process: Process, increment: bigint): bigint | Errno {
  const old = process.space.break;
  if (increment === 0n) return old;
  const wanted = old + increment;
  if (wanted < 0n || wanted >= 1n << 64n) return "ENOMEM";
  return brk(system, process, wanted) < wanted ? "ENOMEM" : old;
}

function shrink(system: System, process: Process, from: number, to: number): boolean {
  return process.space.range(from, to).length > 0 && unmap(system, process, { from, to });
}

/** A page, and a stack's guard, stay free behind the heap. */
function grow(system: System, process: Process, from: number, to: number): boolean {
  const { space, layout } = process;
  const pages = to - from;
  if (BigInt(to) * BigInt(system.pageSize) > layout.top) return false;
  const next = space.find(from);
  if (next && to + 1 > gapEnd(next)) return false;
  if (!mayExpand(system, process, HEAP, pages) || space.vmas().length > system.maxMaps) return false;
  if (charges(HEAP) && !mayCommit(system, pages)) return false;
  for (let page = from; page < to; page++) system.memory.add(space, page, HEAP, undefined, 0);
  return true;
}
