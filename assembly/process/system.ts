// The machine's operating system, as the host sets it up and asks about it.

import { everyShift } from "../mmu/attributes";
import { openFrames } from "../paging/frames";
import { Replacement } from "../paging/policies";
import { openReplacer } from "../paging/replacer";
import { openSwap } from "../paging/swap";
import { openMemories } from "./memory";
import { openNames } from "./names";
import { manage, running, setMaxProcesses } from "./process";

/**
 * Readies the operating system, after the machine's parts. `top` is the first address above what programs may map; `ram` and `swap` in
 * pages (all ones: without bound); `now`: it is there from the start, not from the first call on;
 * `frames` 0: no limit, all ones: none but the policy's.
 * False when memory is used up.
 */
export function openSystem(
  narrow: bool,
  top: u64,
  lowest: u64,
  ram: u64,
  swap: u32,
  maxMaps: u32,
  maxProcesses: u32,
  now: bool,
  frames: u32,
  policy: Replacement,
  parameter: u64,
  seed: u64,
): bool {
  openMemories(<u32>everyShift, top >> everyShift, lowest >> everyShift, maxMaps, ram, swap);
  setMaxProcesses(maxProcesses);
  if (frames && !openReplacer(policy, frames, parameter, seed)) return false;
  if (!openFrames(<u32>everyShift, narrow) || !openSwap(swap) || !openNames()) return false;
  return !(now || frames) || (manage() && running() != null);
}
