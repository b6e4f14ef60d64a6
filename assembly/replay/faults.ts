// The list of faults that a replay reports: the first CAPACITY of them, in order.
//
//   | record u64 | va u64 | process u64 | access u32, kind u32 | region u64 |   an entry

import { Counter, count } from "../base/counters";
import { space, thread } from "../mmu/schedule";

/** Faults that end an access. */
export enum Fault {
  Segv,
  Protection,
}

export enum FaultList {
  Capacity = 100,
  /** u64 words of an entry. */
  Words = 5,
}

export const faults: usize = memory.data(<i32>FaultList.Capacity * <i32>FaultList.Words * 8, 8);
export let faultsListed: u32 = 0;

/** Counts a fault, and lists it. `region` of an entry is the number of the configured one, from 1; 0: none. */
export function logFault(kind: Fault, record: u64, va: u64, access: u32): void {
  count(kind == Fault.Segv ? Counter.SegvFaults : Counter.ProtectionFaults);
  if (faultsListed == FaultList.Capacity) return;
  const at = faults + <usize>faultsListed * FaultList.Words * 8;
  store<u64>(at, record);
  store<u64>(at + 8, va);
  store<u64>(at + 16, thread.process);
  store<u32>(at + 24, access);
  store<u32>(at + 28, kind);
  store<u64>(at + 32, space.map.regionOf(va));
  faultsListed++;
}
