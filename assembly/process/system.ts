// The machine's operating system, as the host sets it up and asks about it.

import { everyShift } from "../mmu/attributes";
import { openFrames } from "../paging/frames";
import { openSwap } from "../paging/swap";
import { setOnDemand } from "./fault";
import { openMemories } from "./memory";
import { openNames } from "./names";
import { manage, setMaxProcesses } from "./process";
import { openResidency } from "./residency";

/**
 * Readies the operating system, after the machine's parts. `top` is the first address above what programs may map; `ram` and `swap` in
 * pages (all ones: without bound, `swap` 0: as much as is asked for); `now`: it is there from the start, not from the first call on.
 * False when memory is used up.
 */
export function openSystem(
  narrow: bool,
  top: u64,
  lowest: u64,
  ram: u64,
  swap: u32,
  contents: bool,
  onDemand: bool,
  maxMaps: u32,
  maxProcesses: u32,
  now: bool,
): bool {
  openMemories(<u32>everyShift, top >> everyShift, lowest >> everyShift, maxMaps, ram, swap);
  openResidency(contents);
  setOnDemand(onDemand);
  setMaxProcesses(maxProcesses);
  if (!openFrames(<u32>everyShift, narrow) || !openSwap(swap) || !openNames()) return false;
  return !now || manage();
}
