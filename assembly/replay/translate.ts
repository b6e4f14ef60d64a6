// One access by itself, for the host's `translate`: counted as any other.

import { Counter, count } from "../base/counters";
import { Status } from "../base/status";
import { findLeaf, isCanonical, physical } from "../mmu/pagetable";
import { lastServed, pageSize } from "../mmu/mmu";
import { lastMapped, lastReads } from "../mmu/walker";
import { logFault } from "./faults";
import { lookupNoted } from "./replay";

/** Slots of what `translate` found, 64 bits each. */
export enum Translation {
  PhysicalAddress,
  /** The TLB's place among those added, or all ones: a walk. */
  ServedBy,
  PteReads,
  /** 1: the page was mapped by this access. */
  MinorFault,
  /** 1: the address is not canonical, and nothing was looked up. */
  SegvFault,
  Length,
}

export const translation: usize = memory.data(<i32>Translation.Length * 8, 8);

function note(slot: Translation, value: u64): void {
  store<u64>(translation + ((<usize>slot) << 3), value);
}

export function translate(va: u64, access: u32): Status {
  memory.fill(translation, 0, <usize>Translation.Length * 8);
  if (!isCanonical(va)) {
    count(Counter.SegvFaults);
    logFault(0, va, access);
    note(Translation.SegvFault, 1);
    return Status.Ok;
  }
  if (!lookupNoted(va, access)) return Status.OutOfMemory;
  const walked = lastServed < 0;
  note(Translation.ServedBy, <u64>lastServed);
  note(Translation.PteReads, walked ? lastReads : 0);
  note(Translation.MinorFault, walked && lastMapped ? 1 : 0);
  note(Translation.PhysicalAddress, physical(load<u64>(findLeaf(va, pageSize)), pageSize, va));
  return Status.Ok;
}
