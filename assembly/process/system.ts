// The machine's operating system, as the host sets it up and asks about it.

import { everyShift } from "../mmu/attributes";
import { openFrames } from "../paging/frames";
import { Replacement } from "../paging/policies";
import { openReplacer, replacing } from "../paging/replacer";
import { openSwap } from "../paging/swap";
import { Errno, failed } from "./errno";
import { setStackPages } from "./layout";
import { openMemories, setRam } from "./memory";
import { openNames } from "./names";
import { enlistAll, openResidency, shrinkTo } from "./residency";
import { returned } from "./fault";
import { openPages } from "./pages";
import { openTables } from "./tables";
import { canManage, manage, running, setMaxProcesses } from "./process";

let policy: Replacement = Replacement.Lru;
let parameter: u64 = 0;
let seed: u64 = 0;

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
  stackPages: u32,
  now: bool,
  frames: u32,
  policy_: Replacement,
  parameter_: u64,
  seed_: u64,
  pagedTables: bool,
): bool {
  openMemories(<u32>everyShift, top >> everyShift, lowest >> everyShift, maxMaps, ram, swap);
  setMaxProcesses(maxProcesses);
  setStackPages(stackPages);
  policy = policy_;
  parameter = parameter_;
  seed = seed_;
  if (!openResidency() || !openFrames(<u32>everyShift, narrow) || !openSwap(swap) || !openNames())
    return false;
  if (!openPages() || (pagedTables && !openTables(returned))) return false;
  if (frames && !limit(frames)) return false;
  return !now || managedNow();
}

function managedNow(): bool {
  return manage() && running() != null;
}

/** The frames are limited from now on (all ones: not, but by the policy itself). False when memory is used up. */
function limit(frames: u32): bool {
  return managedNow() && openReplacer(policy, frames, parameter, seed) && enlistAll();
}

/** The policy sees every lookup from now on, so that frames can be limited later. False when memory is used up. */
export function follow(): bool {
  return replacing || !canManage() || limit(u32.MAX_VALUE);
}

/** `frames N` of a trace: 0, or an errno negated. */
export function limitFrames(frames: u64): i64 {
  if (!frames) return failed(Errno.EINVAL);
  if (!follow() || !replacing) return failed(Errno.ENOMEM);
  setRam(frames);
  return shrinkTo(<u32>min<u64>(frames, u32.MAX_VALUE)) ? 0 : failed(Errno.ENOMEM);
}
