// Processes: numbers, and the memories that they have or share: fork, clone, exit. A machine has an operating system from its first mapping, fork ... on, or
// from the start where frames are limited.

import { Result, result } from "../base/counters";
import { Shortage } from "../base/status";
import { spread } from "../mmu/address";
import { SIZE, everywhere, mixed } from "../mmu/attributes";
import { invalidateSpace } from "../mmu/flush";
import { eachLeaf } from "../mmu/leaves";
import { setResolver } from "../mmu/mmu";
import { TableKind, format, kind } from "../mmu/pagetable";
import { freeTables } from "../mmu/prune";
import { begin, begun, cloneTo, replaceSpace, space, switchTo, thread } from "../mmu/schedule";
import { Space, freeSpace, newSpace, spaces } from "../mmu/space";
import { forgetProcess, knownSpace, processCount, shareSpace, usersOf } from "../mmu/threads";
import { adoptFrame } from "../paging/frames";
import { addMapper, newPage, pageAt } from "../paging/page";
import { NO_PAGE, PageMap, newPageMap } from "../paging/pagemap";
import { forgetSpace } from "../paging/window";
import { Errno, failed } from "./errno";
import { resolve } from "./fault";
import { copyMemory, mayFork } from "./fork";
import { dropHeap } from "./heaps";
import { layOut } from "./layout";
import { countPages } from "./limits";
import { MAPPED, Memory, freeMemory, newMemory, pageShift } from "./memory";
import { dropPages } from "./pages";
import { knownToPolicy } from "./residency";
import { bear, openTallies, renameTally, resetTally, tallyOf } from "./tally";
import { removeVma, vmaFrom } from "./vma";

/** The machine has an operating system. */
export let managed: boolean = false;
let adopting: Memory = changetype<Memory>(0);

let forbidden: bool = false;

/** The machine does not translate: it cannot have an operating system. */
export function forbidManaging(): void {
  forbidden = true;
}

/** Whether the machine can have an operating system. */
export function canManage(): bool {
  return !forbidden && kind != TableKind.Inverted && !mixed;
}

/** Gives the machine an operating system: pages that are mapped become its. False when memory is used up, or (with tables that are no tree) pages are mapped already. */
export function manage(): bool {
  if (managed) return true;
  if (!canManage()) {
    result(Result.Shortage, Shortage.Manageable);
    return false;
  }
  const numbers = newPageMap();
  if (!numbers || !openTallies()) return false;
  ended = numbers;
  managed = true;
  setResolver(resolve);
  for (let at = spaces; at; at = changetype<Space>(at).next) {
    if (!adopt(changetype<Space>(at))) return false;
  }
  return tallyOf(thread.process) != 0;
}

/** The memory of a space, made if it has none; null when memory is used up. */
export function memoryOf(space: Space): Memory | null {
  if (space.memory) return changetype<Memory>(space.memory);
  const made = newMemory(space);
  if (!made || !knownToPolicy()) return null;
  space.memory = changetype<usize>(made);
  return made;
}

/** The memory of a process that nothing made: a stack, and a heap with nothing in it. Null when memory is used up. */
function laidOut(memory: Memory | null): Memory | null {
  if (memory && !memory.brkStart && !layOut(memory)) return null;
  return memory;
}

function adopt(space: Space): bool {
  const memory = memoryOf(space);
  if (!memory) return false;
  memory.users = max<u32>(1, usersOf(space));
  adopting = memory;
  return eachLeaf(space, everywhere & SIZE, adoptLeaf);
}

function adoptLeaf(va: u64, slot: usize): bool {
  const id = newPage(0, 0);
  if (!id) return false;
  const here = pageAt(id);
  here.frame = adoptFrame(format.physical(format.loadEntry(slot), everywhere & SIZE, 0));
  const page = spread(va) >> pageShift;
  if (!addMapper(here, changetype<usize>(adopting), page)) return false;
  adopting.resident++;
  return adopting.pages.put(page, id | MAPPED);
}

/** The memory of the process that runs, or null when memory is used up. */
export function running(): Memory | null {
  return laidOut(memoryOf(space));
}

/** Processes there may be. */
let maxProcesses: u32 = u32.MAX_VALUE;

export function setMaxProcesses(most: u32): void {
  maxProcesses = most;
}

/** Whether a process of a number can be made: 0, or an errno negated. */
function mayMake(process: u64): i64 {
  if (knownSpace(process)) return failed(Errno.EEXIST);
  return processCount() >= maxProcesses ? failed(Errno.EAGAIN) : 0;
}

/** fork(2): the child's number, or an errno negated. */
export function fork(child: u64): i64 {
  begin();
  const error = mayMake(child);
  if (error < 0) return error;
  const parent = running();
  if (!parent || !mayFork(parent)) return failed(Errno.ENOMEM);
  const its = newSpace();
  const made = its ? memoryOf(its) : null;
  if (!its || !made) return failed(Errno.ENOMEM);
  if (!copyMemory(parent, made) || !shareSpace(child, its)) {
    release(made);
    return failed(Errno.ENOMEM);
  }
  ended.remove(child);
  bear(thread.process, child);
  return <i64>child;
}

/** clone(2) and vfork(2): a process that shares the memory. Its number, or an errno negated. */
export function share(child: u64): i64 {
  const error = mayMake(child);
  if (error < 0) return error;
  const memory = running();
  if (!memory || !cloneTo(child)) return failed(Errno.ENOMEM);
  memory.users++;
  ended.remove(child);
  bear(thread.process, child);
  return <i64>child;
}

/** The process that runs has ended: it can do nothing. */
export let gone: bool = false;
/** The numbers of processes that ended, and were not given again. */
let ended: PageMap = changetype<PageMap>(0);

/** Whether the process of a number ended, and no other got its number since. */
export function hasEnded(process: u64): bool {
  return ended.get(process) != 0;
}

/** exit(2): the process that runs lets go of everything. False when memory is used up. */
export function exit(): bool {
  begin();
  const memory = running();
  if (!memory || !leaveMemory(memory)) return false;
  gone = true;
  return ended.put(thread.process, 1);
}

/** Another thread runs; a process that exited, and did nothing since, is forgotten. False when memory is used up. */
export function switchProcess(process: u64, number: u64): bool {
  const before = thread.process;
  const itsThread = thread.number;
  const its = space;
  if (!switchTo(process, number)) return false;
  if (!managed || space == its) return true;
  const memory = changetype<Memory | null>(its.memory);
  if (gone && memory && memory.users == 1 && !memory.vmaCount && !memory.pages.count) {
    forgetProcess(before, itsThread);
    release(memory);
  }
  gone = hasEnded(process);
  // What ended has neither stack nor heap.
  const now = gone ? memoryOf(space) : running();
  return tallyOf(process) != 0 && now != null;
}

/** The process that runs gets an empty memory of its own; others that shared its old one keep that. False when memory is used up. */
export function leaveMemory(memory: Memory): bool {
  if (memory.users == 1) {
    empty(memory);
    return true;
  }
  const its = newSpace();
  const made = its ? memoryOf(its) : null;
  if (!its || !made || !replaceSpace(its)) return false;
  memory.users--;
  return true;
}

/** Drops all that a memory maps: pages, mappings, tables. What comes there later are other pages. */
export function empty(memory: Memory): void {
  invalidateSpace(memory.space);
  forgetSpace(memory.space.number);
  const held = memory.space.held;
  memory.space.held = 0;
  while (true) {
    const vma = vmaFrom(memory, 0);
    if (!vma) break;
    dropPages(memory, vma, vma.first, vma.end);
    countPages(memory, vma, -(<i64>vma.pages()));
    removeVma(memory, vma);
  }
  dropPages(memory, null, 0, NO_PAGE);
  freeTables(memory.space);
  memory.space.held = held;
  memory.brk = 0;
  memory.brkStart = 0;
  memory.entry = 0;
  memory.heapTold = false;
  dropHeap(memory);
  memory.lockFuture = false;
}

/** A memory that no process has any more. */
function release(memory: Memory): void {
  empty(memory);
  memory.space.memory = 0;
  freeSpace(memory.space);
  freeMemory(memory);
}

/** The memory of a process, or null where nothing is known of it. */
export function memoryOfProcess(process: u64): Memory | null {
  const its = knownSpace(process);
  return its ? changetype<Memory | null>(its.memory) : null;
}

/** What is known of a number. */
export enum Life {
  /** No process had it. */
  None,
  Alive,
  Ended,
}

/** Whether a process of a number lives. The one that a machine begins with does from the first thing on that it does. */
export function lifeOf(process: u64): Life {
  if (!managed || isUntouched()) return Life.None;
  if (ended.get(process)) return Life.Ended;
  return knownSpace(process) ? Life.Alive : Life.None;
}

/** Nothing ran yet but the process that a machine begins with, and that did nothing. */
function isUntouched(): bool {
  if (begun) return false;
  const memory = running();
  return !memory || (memory.vmaCount == 1 && !memory.pages.count && memory.brk == memory.brkStart);
}

/** Makes room for a process that no other makes: 0, or an errno negated. It is there when it runs; `begin` then says that it is. */
export function admit(process: u64): i64 {
  const life = lifeOf(process);
  if (life == Life.Alive) return failed(Errno.EEXIST);
  if (isUntouched()) return renameTally(thread.process, process) ? 0 : failed(Errno.ENOMEM);
  if (life == Life.None && processCount() >= maxProcesses) return failed(Errno.EAGAIN);
  begin();
  return life != Life.Ended || revive(process) ? 0 : failed(Errno.ENOMEM);
}

/** Of a process that ended nothing is left: its number is another's now. False when memory is used up. */
function revive(process: u64): bool {
  ended.remove(process);
  resetTally(process);
  const memory = memoryOfProcess(process);
  if (memory) empty(memory);
  if (thread.process != process) return true;
  gone = false;
  return running() != null;
}
