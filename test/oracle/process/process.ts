import type { Limit } from "../../../src/trace/events.js";
import { UNLIMITED } from "../../../src/trace/events.js";
import type { FaultKind } from "./access.js";
import { Space } from "./space.js";

/** Where things stand in an address space; addresses are of Linux on x86-64 without randomisation. */
export interface Layout {
  /** The end of the user's half. */
  top: bigint;
  /** Below this nothing is mapped from above. */
  mmapBase: bigint;
  /** vm.mmap_min_addr. */
  lowest: bigint;
  /** The end of the stack, and its length at first. */
  stackTop: bigint;
  stackSize: bigint;
  /** Where the heap begins in a process whose program says nothing. */
  heap: bigint;
}

export const LAYOUT: Layout = {
  top: 0x7ffffffff000n,
  mmapBase: 0x7ffff7fff000n,
  lowest: 0x10000n,
  stackTop: 0x7ffffffff000n,
  stackSize: 0x21000n,
  heap: 0x555555559000n,
};

export type Counts = Record<Exclude<FaultKind, "oom">, number>;
export const noFaults = (): Counts => ({ minor: 0, major: 0, cow: 0, protection: 0, segv: 0, bus: 0 });

export class Process {
  readonly pid: bigint;
  readonly layout: Layout;
  space = new Space();
  isAlive = true;
  limits: Record<Exclude<Limit, "maps">, bigint> = {
    as: UNLIMITED,
    data: UNLIMITED,
    stack: 8n << 20n,
    memlock: UNLIMITED,
  };
  readonly faults = noFaults();

  constructor(pid: bigint, layout: Layout) {
    this.pid = pid;
    this.layout = layout;
  }
}
