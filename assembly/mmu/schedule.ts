// What runs where: switches between threads, and the ids that address spaces carry in TLBs.

import { allocate } from "../base/arena";
import { Counter, count } from "../base/counters";
import { AddressMap, SIZE, everywhere } from "./attributes";
import { cpu, cpuAt, cpus, selectCpu } from "./cpu";
import { flushAll, flushTag } from "./flush";
import { Flag } from "./format";
import { GLOBAL_TAG, ONE_TAG, Space, Thread, globalSpace, openSpaces } from "./space";
import { entryKey } from "./tlb";
import { rename, shareSpace, spaceOf, threadOf } from "./threads";

/** Address-space ids; 0: none, all spaces carry one tag. */
let ids: u32 = 0;
/** Whose id each is: a Space a tag, or 0. */
let owners: usize = 0;
let idsGiven: u32 = 0;
let switches: u64 = 0;

/** The thread and the address space that run. */
export let thread: Thread = changetype<Thread>(0);
export let space: Space = changetype<Space>(0);
/** The entry of page 0 of the running space, outside regions. */
export let everyKey: u64 = 0;
/** Accesses are a program's; else its kernel's. */
export let userMode: bool = true;

/** Readies process 1. False when memory is used up. */
export function openSchedule(ids_: u32, userMode_: bool, map: AddressMap): bool {
  ids = ids_;
  userMode = userMode_;
  owners = allocate((<u64>ids + 1) << 2, 4);
  return owners != 0 && openSpaces(map) && switchTo(1, 0);
}

export function setMode(user: bool): void {
  userMode = user;
}

/** The process that runs gets another space, and runs in it. False when memory is used up. */
export function replaceSpace(with_: Space): bool {
  begin();
  if (!shareSpace(thread.process, with_)) return false;
  const bit = (<u64>1) << (<u64>cpu.number);
  const old = space;
  old.loaded &= ~bit;
  if (!ids) {
    flushAll(cpu);
    old.held &= ~bit;
  }
  thread.space = with_;
  space = with_;
  hold(bit);
  enterNow();
  return true;
}

/** The process of a number will share the memory of the one that runs. False when memory is used up. */
export function cloneTo(process: u64): bool {
  begin();
  return shareSpace(process, space);
}

/** Something was done by the thread that runs. */
export let begun: bool = false;

/** The thread that runs does something. Until then, a machine's first thread takes whatever name it is given. */
export function begin(): void {
  begun = true;
}

/** Runs a thread of a process, on its core. False when memory is used up. */
export function switchTo(process: u64, number: u64): bool {
  if (!begun && changetype<usize>(thread)) return rename(thread, process, number);
  const next = threadOf(process, number, cpus);
  const its = spaceOf(process);
  if (!next || !its) return false;
  next.space = its;
  if (next == thread && its == space) return true;
  thread = next;
  space = its;
  selectCpu(next.core);
  const loaded = changetype<Thread | null>(cpu.thread);
  if (loaded != next) enter(loaded, next);
  enterNow();
  return true;
}

function enterNow(): void {
  space.entered = ++switches;
  everyKey = entryKey(0, everywhere & SIZE, space.tag);
}

/** Loads a thread on the core that runs, in place of another. */
function enter(before: Thread | null, next: Thread): void {
  const bit = (<u64>1) << (<u64>cpu.number);
  cpu.thread = changetype<usize>(next);
  if (before) {
    count(Counter.ContextSwitches);
    const old = before.space;
    if (old != space) {
      old.loaded &= ~bit;
      if (!ids) {
        flushAll(cpu);
        old.held &= ~bit;
      }
    }
  }
  hold(bit);
}

/** The space that runs is loaded on the core of a bit. */
function hold(bit: u64): void {
  space.loaded |= bit;
  if (!ids) space.tag = <u32>ONE_TAG;
  else if (!space.tag) takeId();
  space.held |= bit;
}

/** Gives the space that runs an id: a new one, or that of the space which was entered longest ago and is loaded nowhere. */
function takeId(): void {
  if (idsGiven < ids) {
    own(++idsGiven);
    return;
  }
  // There are as many ids as cores at least, so that one of their owners is loaded nowhere.
  let oldest = ownerOfTag(1);
  for (let tag: u32 = 2; tag <= ids; tag++) {
    const owner = ownerOfTag(tag);
    if (!owner.loaded && (oldest.loaded || owner.entered < oldest.entered)) oldest = owner;
  }
  count(Counter.Recycled);
  const tag = oldest.tag;
  for (let number: u32 = 0; number < cpus; number++) flushTag(cpuAt(number), tag);
  oldest.tag = 0;
  oldest.held = 0;
  own(tag);
}

function ownerOfTag(tag: u32): Space {
  return changetype<Space>(load<usize>(owners + ((<usize>tag) << 2)));
}

function own(tag: u32): void {
  space.tag = tag;
  store<usize>(owners + ((<usize>tag) << 2), changetype<usize>(space));
}

/** What entries of a page of the running space carry. */
export function tagOf(attributes: u32): u64 {
  return attributes & <u32>Flag.Global ? GLOBAL_TAG : <u64>space.tag;
}

/** Whose tables map a page. */
export function ownerOf(attributes: u32): Space {
  return attributes & <u32>Flag.Global ? globalSpace : space;
}
