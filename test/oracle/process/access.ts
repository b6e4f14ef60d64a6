// Accesses: byte ranges, page by page, with what stands in their way.

import type { Page } from "./contents.js";
import type { Memory } from "./memory.js";
import type { Process } from "./process.js";
import type { Entry, Space } from "./space.js";
import { growTo } from "./stack.js";
import type { System } from "./system.js";

export type AccessKind = "load" | "store" | "fetch";
export type FaultKind = "minor" | "major" | "cow" | "protection" | "segv" | "bus" | "oom";

export interface Fault {
  kind: FaultKind;
  /** The first byte wanted of the page. */
  va: bigint;
  access: AccessKind;
}

export interface Accessed {
  faults: Fault[];
  /** Of loads: the bytes read, up to where the access ended. */
  bytes: number[];
  isDone: boolean;
}

const ENDS: readonly (FaultKind | undefined)[] = ["protection", "segv", "bus", "oom"];

/** One access, page by page, until a fault ends it. `contents`: what a store writes, if that is said. */
export function access(
  system: System,
  process: Process,
  kind: AccessKind,
  va: bigint,
  size: bigint,
  contents?: Uint8Array,
): Accessed {
  const pageSize = BigInt(system.pageSize);
  const done: Accessed = { faults: [], bytes: [], isDone: true };
  for (let at = va; at < va + size; ) {
    const end = (at / pageSize + 1n) * pageSize;
    const next = end < va + size ? end : va + size;
    const fault = lookup(system, process, kind, at);
    for (const back of takeReturned(system.memory)) done.faults.push({ kind: back, va: at, access: kind });
    if (fault) done.faults.push({ kind: fault, va: at, access: kind });
    if (ENDS.includes(fault)) return { ...done, isDone: false };
    system.onPage?.(process.space, at / pageSize);
    const entry = process.space.entries.get(Number(at / pageSize)) as Entry;
    const bytes = entry.page?.bytes?.subarray(
      Number(at % pageSize),
      Number(at % pageSize) + Number(next - at),
    );
    if (kind !== "store") done.bytes.push(...(bytes as Uint8Array));
    else if (contents) bytes?.set(contents.subarray(Number(at - va), Number(next - va)));
    at = next;
  }
  return done;
}

function lookup(system: System, process: Process, kind: AccessKind, va: bigint): FaultKind | undefined {
  const { memory } = system;
  const { space } = process;
  const { top } = process.layout;
  if (va >= top) return "segv";
  const number = Number(va / BigInt(memory.pageSize));
  const entry = space.entries.get(number) ?? growTo(system, process, number);
  if (!entry) return "segv";
  if (!permits(entry.attributes.protection, kind)) return "protection";
  if (memory.isPastEnd(entry)) return "bus";
  return memory.resolve(entry, kind === "store");
}

/** A major fault for each table that came back for the last one. */
export function takeReturned({ tables }: Memory): "major"[] {
  const returned = Array.from({ length: tables?.returned ?? 0 }, () => "major" as const);
  if (tables) tables.returned = 0;
  return returned;
}

/** On x86 what may be written or executed may also be read. */
function permits(protection: string, kind: AccessKind): boolean {
  if (kind === "load") return protection !== "";
  return protection.includes(kind === "store" ? "w" : "x");
}

/** What a load would read, with no effect; undefined where it could not. */
export function peek(memory: Memory, space: Space, va: bigint, size: number): number[] | undefined {
  const bytes: number[] = [];
  for (let at = va; at < va + BigInt(size); at++) {
    const entry = space.entries.get(Number(at / BigInt(memory.pageSize)));
    if (!entry || entry.attributes.protection === "" || memory.isPastEnd(entry)) return undefined;
    bytes.push(contentOf(memory, entry)?.[Number(at % BigInt(memory.pageSize))] ?? 0);
  }
  return bytes;
}

function contentOf(memory: Memory, { page, file, index }: Entry): Uint8Array | undefined {
  const found: Page | undefined = page ?? file?.pages.get(index);
  if (found) return found.bytes ?? (found.slot === undefined ? undefined : memory.pool.swap.get(found.slot));
  return file?.read(index);
}
