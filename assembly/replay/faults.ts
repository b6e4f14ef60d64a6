// The list of faults that a replay reports: the first CAPACITY of them, in order.
//
//   | record u64 | va u64 | access u64 |   an entry

import { Access } from "../mmu/tlb";

export enum FaultList {
  Capacity = 100,
  /** u64 words of an entry: record, va, access. */
  Words = 3,
}

export const faults: usize = memory.data(<i32>FaultList.Capacity * <i32>FaultList.Words * 8, 8);
export let faultsListed: u32 = 0;

export function logFault(record: u64, va: u64, access: Access): void {
  if (faultsListed == FaultList.Capacity) return;
  const at = faults + <usize>faultsListed * FaultList.Words * 8;
  store<u64>(at, record);
  store<u64>(at + 8, va);
  store<u64>(at + 16, access);
  faultsListed++;
}
