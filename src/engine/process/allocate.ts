// malloc and its like for programs that run on a machine.

import { PagewalkError } from "../../errors.js";
import type { Heaps } from "../heap/heaps.js";
import type { Op } from "../heap/processheap.js";
import { AccessFault, SyscallError } from "./errors.js";
import type { System } from "./system.js";
import { addressOf, type Whole, wholeOf } from "./values.js";

/** What does not fit in 32 bits: no heap has so much. */
const TOO_LARGE = 0xffffffffn;

/** A block of the running process: where. @throws SyscallError `ENOMEM`, `EINVAL` for an alignment that is no power of two; AccessFault */
export function allocate(system: System, pid: number, size: Whole, alignment?: Whole): bigint {
  const bytes = clamp(wholeOf("malloc: size", size));
  if (alignment === undefined) return perform(system, pid, "malloc", bytes);
  const unit = wholeOf("malloc: alignment", alignment);
  if (unit === 0n || (unit & (unit - 1n)) !== 0n) {
    throw new SyscallError("malloc", "EINVAL", system.machine.core.enums.Errno.EINVAL, `process ${pid}`);
  }
  return perform(
    system,
    pid,
    "aligned",
    unit > TOO_LARGE ? Number(TOO_LARGE) : bytes,
    Number(unit & TOO_LARGE),
  );
}

export function allocateZeroed(system: System, pid: number, count: Whole, size: Whole): bigint {
  const [a, b] = [wholeOf("calloc: count", count), wholeOf("calloc: size", size)];
  return perform(system, pid, "calloc", clamp(a), clamp(b));
}

export function reallocate(system: System, pid: number, address: bigint, size: Whole): bigint {
  const bytes = clamp(wholeOf("realloc: size", size));
  if (address === 0n) return perform(system, pid, "malloc", bytes);
  return perform(system, pid, "realloc", payloadOf(system, "realloc", address), bytes);
}

export function release(system: System, pid: number, address: bigint): void {
  if (address !== 0n) perform(system, pid, "free", payloadOf(system, "free", address));
}

function clamp(size: bigint): number {
  return Number(size < TOO_LARGE ? size : TOO_LARGE);
}

function heapsOf({ machine }: System, call: string): Heaps {
  if (machine.heaps) return machine.heaps;
  throw new PagewalkError("E_OPTION", `${call}: the machine has no heaps (heap is null); want a policy`);
}

function payloadOf(system: System, call: string, address: bigint): number {
  const payload = heapsOf(system, call).payloadAt(addressOf(call, address));
  if (payload !== 0) return payload;
  const shown = `0x${address.toString(16)}`;
  throw new PagewalkError(
    "E_OPTION",
    `${call}: ${shown} is no block of the process; want an address that it was given and that is not freed`,
  );
}

/** Where the block is then; 0: it is freed. */
function perform(system: System, pid: number, op: Op, a: number, b = 0): bigint {
  const heaps = heapsOf(system, op);
  const { core, expectations } = system.machine;
  core.exports.watch(true);
  const address = heaps.perform(op, a, b);
  const fault = expectations.faults().at(-1);
  core.exports.watch(false);
  if (heaps.hasFaulted && fault) throw new AccessFault(fault, pid);
  if (address === null) {
    const call = op === "aligned" ? "malloc" : op;
    throw new SyscallError(call, "ENOMEM", core.enums.Errno.ENOMEM, `process ${pid}`);
  }
  return address;
}
