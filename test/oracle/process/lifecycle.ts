// How processes begin, become other programs, and end.

import { takeReturned } from "./access.js";
import { mayCommit } from "./limits.js";
import { protectionOf } from "./mmap.js";
import { Process } from "./process.js";
import { type Flag, isShared, Space, withFlag } from "./space.js";
import { type Errno, pagesOf, type System } from "./system.js";
import { tableOf } from "./tables.js";

/** A process with a stack and an empty heap, as of a program that says nothing of itself. */
export function spawn(system: System, pid: bigint): Process {
  const process = new Process(pid, system.layout);
  furnish(system, process, process.layout.heap);
  system.processes.set(pid, process);
  return process;
}

/** The child has the same pages; private ones are copied by whoever stores first. */
export function fork(system: System, parent: Process, pid: bigint): bigint | Errno {
  if (system.processes.get(pid)?.isAlive) return "EEXIST";
  const entries = parent.space.all().filter(({ attributes }) => !attributes.flags.has("dontfork"));
  let promised = 0;
  for (const { from, to, flags, isCharged } of parent.space.vmas()) {
    if (!isCharged || flags.has("dontfork")) continue;
    if (!mayCommit(system, to - from, promised)) return "ENOMEM";
    promised += to - from;
  }
  const before = system.processes.get(pid);
  const child = born(system, parent, pid);
  const { space } = child;
  const { tables } = system.memory;
  let pinned: number | undefined;
  space.break = parent.space.break;
  space.startBreak = parent.space.startBreak;
  space.entry = parent.space.entry;
  for (const entry of entries) {
    const attributes = withFlag(entry.attributes, "locked", false);
    const copy = system.memory.add(space, entry.number, attributes, entry.file, entry.index);
    copy.isCharged = entry.isCharged;
    if (!entry.page || attributes.flags.has("wipeonfork")) continue;
    if (tables && (pinned === undefined || tableOf(entry.number) !== tableOf(pinned))) {
      if (pinned !== undefined) tables.unpin(space, pinned);
      pinned = tables.pin(space, entry.number) ? entry.number : undefined;
      const va = BigInt(entry.number) * BigInt(system.pageSize);
      for (const kind of takeReturned(system.memory)) system.countFault(parent, { kind, va, access: "load" });
      if (pinned === undefined) {
        for (const made of space.all()) system.memory.remove(made);
        if (before) system.processes.set(pid, before);
        else system.processes.delete(pid);
        return "ENOMEM";
      }
    }
    if (!entry.page) continue;
    if (!entry.page.file && !isShared(attributes)) entry.isCow = copy.isCow = true;
    system.memory.link(copy, entry.page, entry.isPresent);
  }
  if (pinned !== undefined) tables?.unpin(space, pinned);
  for (const { from } of parent.space.vmas()) {
    const first = space.entries.get(from);
    if (first) first.isApart = true;
  }
  return pid;
}

/** The child lives in its parent's space. */
export function share(system: System, parent: Process, pid: bigint): bigint | Errno {
  if (system.processes.get(pid)?.isAlive) return "EEXIST";
  const child = born(system, parent, pid);
  child.space = parent.space;
  child.space.users++;
  return pid;
}

function born(system: System, parent: Process, pid: bigint): Process {
  const child = new Process(pid, parent.layout);
  child.limits = { ...parent.limits };
  system.processes.set(pid, child);
  return child;
}

/** Another program: nothing of the old space stays, and nothing is loaded. */
export function exec(system: System, process: Process, program: string): bigint | Errno {
  const segments = system.segments.get(program) ?? [];
  const { memory } = system;
  if (segments.some(({ file }) => file !== undefined && !memory.files.has(file))) return "ENOENT";
  leave(system, process);
  process.space = new Space();
  const { space } = process;
  const pageSize = BigInt(system.pageSize);
  let heap = 0n;
  const text = segments.find(({ protection }) => protection.includes("execute"));
  space.entry = segments.find(({ entry }) => entry)?.entry ?? text?.address ?? 0n;
  for (const { address, length, protection, file, offset = 0n } of segments) {
    const attributes = { protection: protectionOf(protection), flags: new Set<Flag>(["maywrite"]) };
    const first = Number(address / pageSize);
    const end = first + Number(pagesOf(system, length));
    for (let page = first; page < end; page++) {
      const old = space.entries.get(page);
      if (old) memory.remove(old);
      const index = Number(offset / pageSize) + page - first;
      memory.add(space, page, attributes, file === undefined ? undefined : memory.files.get(file), index);
    }
    const isOwn = file === undefined || file === program;
    if (isOwn && BigInt(end) * pageSize > heap) heap = BigInt(end) * pageSize;
  }
  furnish(system, process, heap || process.layout.heap);
  return 0n;
}

export function exit(system: System, process: Process): bigint {
  leave(system, process);
  process.isAlive = false;
  return 0n;
}

/** The last one out frees everything. */
function leave(system: System, { space }: Process): void {
  space.users--;
  if (space.users === 0) for (const entry of space.all()) system.memory.remove(entry);
}

function furnish(system: System, { space, layout, limits }: Process, heap: bigint): void {
  space.startBreak = heap;
  space.break = heap;
  const pageSize = BigInt(system.pageSize);
  const flags = new Set<Flag>(["maywrite", "growsdown"]);
  const end = Number(layout.stackTop / pageSize);
  const most = layout.stackSize < limits.stack ? layout.stackSize : limits.stack;
  for (let page = end - Math.max(1, Number(most / pageSize)); page < end; page++) {
    system.memory.add(space, page, { protection: "rw", flags }, undefined, 0);
  }
}
