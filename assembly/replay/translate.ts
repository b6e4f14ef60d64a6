// One access by itself, for the host's `translate` and `explain`: counted as any other.

import { isCanonical } from "../mmu/address";
import { Counter } from "../base/counters";
import { Fault } from "../base/fault";
import { Status } from "../base/status";
import { Outcome, fault, lastAttributes, lastServed } from "../mmu/mmu";
import { SIZE } from "../mmu/attributes";
import { format } from "../mmu/pagetable";
import { setPc } from "../mmu/prefetch/ahead";
import { begin } from "../mmu/schedule";
import { Access } from "../mmu/tlb";
import { lastMapped, lastReads } from "../mmu/walk";
import { PageFault, forgetPageFault, lastPageFault } from "../process/fault";
import { WatchedFault } from "../process/watch";
import { logFault } from "./faults";
import { accessPhysical, dataAddress, isPhysical, lookupNoted } from "./replay";

/** Slots of what `translate` found, 64 bits each. */
export enum Translation {
  PhysicalAddress,
  /** The TLB's place among those added; as i64, -1: a walk, -2: the prefetch buffer, -3: the address is physical. */
  ServedBy,
  PteReads,
  /** log2 of the page's bytes. */
  PageShift,
  /** The fault, `WatchedFault` + 1; 0: none. */
  Fault,
  /** 1: the address is not canonical, and nothing was looked up. */
  NotCanonical,
  Length,
}

export const translation: usize = memory.data(<i32>Translation.Length * 8, 8);

function note(slot: Translation, value: u64): void {
  store<u64>(translation + ((<usize>slot) << 3), value);
}

function noteFault(fault: Fault): void {
  note(Translation.Fault, <u64>WatchedFault.Segv + fault + 1);
}

/** One access. An instruction is the one that later accesses are of. */
export function translate(va: u64, access: u32): Status {
  const status = translated(va, access);
  if (access == Access.Instruction) setPc(va);
  return status;
}

function translated(va: u64, access: u32): Status {
  begin();
  memory.fill(translation, 0, <usize>Translation.Length * 8);
  if (isPhysical()) return passed(va, access);
  if (!isCanonical(va)) {
    logFault(Fault.Segv, 0, va, access);
    noteFault(Fault.Segv);
    note(Translation.NotCanonical, 1);
    return Status.Ok;
  }
  forgetPageFault();
  const outcome = lookupNoted(va, 0, access, 0);
  if (outcome == Outcome.OutOfMemory) return Status.OutOfMemory;
  const walked = lastServed == -1;
  note(Translation.ServedBy, <u64>lastServed);
  note(Translation.PteReads, walked ? lastReads : 0);
  note(Translation.PageShift, format.sizeShift(lastAttributes & SIZE));
  if (outcome == Outcome.Faulted) {
    noteFault(fault);
    return Status.Ok;
  }
  // A machine without an operating system maps a page as it is walked for.
  const page: u32 = walked && lastMapped ? PageFault.Minor : lastPageFault;
  note(Translation.Fault, page);
  note(Translation.PhysicalAddress, dataAddress(va));
  return Status.Ok;
}

/** An access whose address is physical. */
function passed(pa: u64, access: u32): Status {
  const outcome = accessPhysical(pa, 0, access, 0);
  note(Translation.ServedBy, <u64>-3);
  note(Translation.PageShift, format.pageBits);
  note(Translation.PhysicalAddress, pa);
  if (outcome == Outcome.Faulted) noteFault(Fault.Bus);
  return outcome == Outcome.OutOfMemory ? Status.OutOfMemory : Status.Ok;
}
