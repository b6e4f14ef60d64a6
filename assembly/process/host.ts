// What the host asks of the operating system, by numbers.

import { peek, readFile, writeFile } from "./data";
import { addressNamed, fileNamed, isBound, isFile } from "./names";
import { thread } from "../mmu/schedule";
import { pageAt } from "../paging/page";
import { NO_PAGE } from "../paging/pagemap";
import { ID, MAPPED, pageShift } from "./memory";
import { memoryOfProcess, running } from "./process";
import { tallyAt } from "./tally";

/** Puts bytes of the running process into the buffer, without an access: how many there are before what is not mapped. */
export function peekBytes(va: u64, bytes: u32): u32 {
  const memory = running();
  return memory ? peek(memory, va, bytes) : 0;
}

/** Slots of what `describe` found of a process. */
export enum Process {
  Number,
  Minor,
  Major,
  Cow,
  Segv,
  Protection,
  Bus,
  OutOfFrames,
  /** Pages that are mapped to frames, and those of them that others map too. */
  Resident,
  Shared,
  /** Bytes mapped. */
  Mapped,
  Length,
}

export const described: usize = memory.data(<i32>Process.Length * 8, 8);

function setDescribed(slot: Process, value: u64): void {
  store<u64>(described + ((<usize>slot) << 3), value);
}

/** Describes the process of a place among those that have a tally, in `described`. */
export function describe(place: u32): void {
  const tally = tallyAt(place);
  memory.fill(described, 0, <usize>Process.Length * 8);
  memory.copy(described, tally, 64);
  const its = memoryOfProcess(load<u64>(tally));
  if (!its) return;
  setDescribed(Process.Mapped, its.mapped << pageShift);
  setDescribed(Process.Resident, its.resident);
  let shared: u64 = 0;
  for (
    let page = its.pages.next(0, NO_PAGE - 1);
    page != NO_PAGE;
    page = its.pages.next(page + 1, NO_PAGE - 1)
  ) {
    const entry = its.pages.get(page);
    if (!(entry & MAPPED)) continue;
    const here = pageAt(entry & ID);
    if (here.refs > u32(here.file != 0) + 1) shared++;
  }
  setDescribed(Process.Shared, shared);
}

/** What a name stands for; 0 where it stands for nothing. */
export function addressOfName(name: u32): u64 {
  return isBound(name) ? addressNamed(name) : 0;
}

/** Gives the file of a name the buffer's first bytes, from its beginning. False when memory is used up. */
export function fillFile(name: u32, bytes: u32): bool {
  const file = fileNamed(name);
  return file != null && writeFile(file, 0, bytes);
}

/** Puts bytes of the file of a name into the buffer (`readFile`): how many there are. */
export function readNamed(name: u32, offset: u64, bytes: u32, disk: bool): u32 {
  if (!isFile(name)) return 0;
  const file = fileNamed(name);
  return file ? readFile(file, offset, bytes, disk) : 0;
}

/** Bytes of the file of a name; 0 where there is none. */
export function sizeOfFile(name: u32): u64 {
  if (!isFile(name)) return 0;
  const file = fileNamed(name);
  return file ? file.size : 0;
}

/** The number of the process that runs. */
export function runningProcess(): u64 {
  return thread.process;
}
