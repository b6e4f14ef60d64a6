// The list of faults that a replay reports: the first CAPACITY of them, in order.
//
//   | record u64 | va u64 | process u64 | access u32, kind u32 | region u32, mapping u32 |   an entry

import { Counter, count } from "../base/counters";
import { Fault } from "../base/fault";
import { managed } from "../process/process";
import { Region, findRegion, region } from "../process/regions";
import { tally } from "../process/tally";
import { WatchedFault, noteFault } from "../process/watch";
import { space, thread } from "../mmu/schedule";

export enum FaultList {
  Capacity = 100,
  /** u64 words of an entry. */
  Words = 5,
}

export const faults: usize = memory.data(<i32>FaultList.Capacity * <i32>FaultList.Words * 8, 8);
export let faultsListed: u32 = 0;

function counterOf(kind: Fault): Counter {
  if (kind == Fault.Segv) return Counter.SegvFaults;
  if (kind == Fault.Bus) return Counter.BusFaults;
  return kind == Fault.OutOfFrames ? Counter.OutOfFrames : Counter.ProtectionFaults;
}

/** What an entry says of the mapping that its address lies in. */
export enum Mapped {
  /** There is none: the entry's region is the number of a configured one, from 1; 0: none. */
  No,
  /** Of a file: its region is the number of the file's name. */
  File,
  /** Anonymous: its region is the mapping's `Role`. */
  Anonymous,
}

/** Counts a fault, and lists it. */
export function logFault(kind: Fault, record: u64, va: u64, access: u32): void {
  count(counterOf(kind));
  noteFault(<WatchedFault>(<u32>WatchedFault.Segv + kind), va, access);
  if (managed) tally(thread.process, <WatchedFault>(<u32>WatchedFault.Segv + kind));
  if (faultsListed == FaultList.Capacity) return;
  const at = faults + <usize>faultsListed * FaultList.Words * 8;
  store<u64>(at, record);
  store<u64>(at + 8, va);
  store<u64>(at + 16, thread.process);
  store<u32>(at + 24, access);
  store<u32>(at + 28, kind);
  store<u64>(at + 32, space.map.regionOf(va));
  if (managed && findRegion(thread.process, va) && slotOf(Region.Start) <= va) noteMapping(at + 32);
  faultsListed++;
}

function slotOf(slot: Region): u64 {
  return load<u64>(region + ((<usize>slot) << 3));
}

function noteMapping(at: usize): void {
  const file = <u32>slotOf(Region.File);
  store<u32>(at, file ? file : <u32>slotOf(Region.Role));
  store<u32>(at + 4, file ? Mapped.File : Mapped.Anonymous);
}
