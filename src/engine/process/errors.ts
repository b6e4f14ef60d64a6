import { PagewalkError } from "../../errors.js";
import type { Core } from "../core.js";

/** The accesses that a fault may be of, as scenarios call them. */
export type FaultingAccess = "load" | "store" | "fetch";

/**
 * What a fault is: a first touch; a page that is read from its file or from swap; a copy on write; no mapping at the address; a mapping
 * that forbids the access; past the end of the mapping's file; no frame, or no room in swap. The last four end the access.
 */
export type FaultKind = "minor" | "major" | "cow" | "segv" | "protection" | "bus" | "oom";

/** The kinds by the core's numbers. @internal */
export function faultKinds({ enums: { WatchedFault } }: Core): Record<number, FaultKind> {
  return {
    [WatchedFault.Minor]: "minor",
    [WatchedFault.Major]: "major",
    [WatchedFault.Cow]: "cow",
    [WatchedFault.Segv]: "segv",
    [WatchedFault.Protection]: "protection",
    [WatchedFault.Bus]: "bus",
    [WatchedFault.OutOfFrames]: "oom",
  };
}

/** One fault of an access. */
export interface Fault {
  kind: FaultKind;
  /** The first byte of the access that lies in the page. */
  address: bigint;
  access: FaultingAccess;
}

/** A call of a process or of its machine failed, as Linux 6.12 would fail it; nothing has changed but what `docs/processes-model.md` says. */
export class SyscallError extends PagewalkError {
  override readonly name = "SyscallError";
  /** The call: `mmap`, `fork`. */
  readonly call: string;
  /** Linux's name of the error, `ENOMEM`, and its number, 12. */
  readonly errno: string;
  readonly number: number;

  constructor(call: string, errno: string, number: number, where: string) {
    super("E_SYSCALL", `${call}: ${errno} (${number}), ${where}`);
    this.call = call;
    this.errno = errno;
    this.number = number;
  }
}

/** An access of a process ended in a fault; it was made for the pages before it. */
export class AccessFault extends PagewalkError implements Fault {
  override readonly name = "AccessFault";
  readonly kind: "segv" | "protection" | "bus" | "oom";
  readonly address: bigint;
  readonly access: FaultingAccess;
  /** The process that made it. */
  readonly pid: number;

  constructor({ kind, address, access }: Fault, pid: number) {
    super("E_FAULT", `${kind} at 0x${address.toString(16)}, a ${access} of process ${pid}`);
    this.kind = kind as AccessFault["kind"];
    this.address = address;
    this.access = access;
    this.pid = pid;
  }
}
