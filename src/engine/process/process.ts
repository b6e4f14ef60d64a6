import { PagewalkError, quote } from "../../errors.js";
import { LIMITS, type Limit, MAP_FLAGS, type MapFlag, UNLIMITED } from "../../trace/events.js";
import { kindNumber } from "../codes.js";
import { outOfMemory } from "../memory.js";
import { allocate, allocateZeroed, reallocate, release } from "./allocate.js";
import { AccessFault, type Fault, type FaultingAccess } from "./errors.js";
import type { MachineFile } from "./file.js";
import { type MemoryRegion, type RegionUsage, readMaps, readUsage } from "./maps.js";
import type { System } from "./system.js";
import { addressOf, bytesOf, nameOf, protectionOf, type Whole, wholeOf } from "./values.js";

export interface MmapOptions {
  /** Where it is wanted; with `fixed` among the flags, where it has to be. Without it, anywhere. */
  address?: bigint;
  /** Some of `rwx`: `rw` at first. Nothing: no access. */
  protection?: string;
  /** Private, unless `shared` is among them. */
  flags?: readonly MapFlag[];
  /** The file that is mapped, and from where on, in bytes; without it, anonymous memory. */
  file?: MachineFile | string;
  offset?: Whole;
}

/** What madvise(2) takes, in small letters. */
export type Advice =
  | "normal"
  | "random"
  | "sequential"
  | "willneed"
  | "dontneed"
  | "dontneed_locked"
  | "free"
  | "remove"
  | "cold"
  | "pageout"
  | "collapse"
  | "populate_read"
  | "populate_write"
  | "dontfork"
  | "dofork"
  | "wipeonfork"
  | "keeponfork"
  | "hugepage"
  | "nohugepage"
  | "dontdump"
  | "dodump"
  | "mergeable"
  | "unmergeable";

const ACCESSES: readonly FaultingAccess[] = ["load", "store", "fetch"];
/** The most bytes of an access whose faults are told: what an instruction may touch. */
const MOST_TOLD = 64;

/**
 * A process of a machine: an address space, and who makes calls and accesses in it. Calls are Linux 6.12's (`docs/processes.md`); addresses are
 * bigints, lengths are bytes. A call that fails throws a `SyscallError`, an access that ends in a fault an `AccessFault`; of a process that
 * has ended everything but `pid` and `entry` throws `ESRCH`.
 */
export class Process {
  /** Its number. */
  readonly pid: number;
  private readonly system: System;

  /** @internal */
  constructor(system: System, pid: number) {
    this.system = system;
    this.pid = pid;
  }

  /** Where its program begins, as `machine.program` said, or with the first part of it that may be executed; a child has its parent's. Undefined of no program. */
  get entry(): bigint | undefined {
    const { core } = this.system.machine;
    const entry = BigInt.asUintN(64, core.exports.entryOf(BigInt(this.pid)));
    return entry === 0n ? undefined : entry;
  }

  /** Maps `length` bytes, rounded up to pages: where. @throws SyscallError */
  mmap(length: Whole, options: MmapOptions = {}): bigint {
    const { address = 0n, protection = "rw", flags = [], file, offset = 0 } = options;
    if (!Array.isArray(flags)) {
      throw new PagewalkError("E_OPTION", `mmap: flags: ${quote(String(flags))}; want an array of them`);
    }
    const unknown = flags.find((flag) => !MAP_FLAGS.includes(flag));
    if (unknown !== undefined) {
      throw new PagewalkError("E_OPTION", `mmap: no flag ${String(unknown)}; want ${MAP_FLAGS.join(", ")}`);
    }
    return this.system.call(this, {
      event: "mmap",
      address: addressOf("mmap", address),
      length: wholeOf("mmap: length", length),
      protection: protectionOf("mmap", protection),
      flags: [...flags],
      ...(file === undefined ? {} : { file: nameOf("mmap: file", String(file)) }),
      offset: wholeOf("mmap: offset", offset),
    });
  }

  munmap(address: bigint, length: Whole): void {
    this.system.call(this, { event: "munmap", ...range("munmap", address, length) });
  }

  mprotect(address: bigint, length: Whole, protection: string): void {
    const given = protectionOf("mprotect", protection);
    this.system.call(this, {
      event: "mprotect",
      ...range("mprotect", address, length),
      protection: given,
    });
  }

  /** Changes a mapping's length, and its place where it may: where it is now. `to`: there, whatever is there. */
  mremap(
    address: bigint,
    oldLength: Whole,
    newLength: Whole,
    { mayMove = false, to }: { mayMove?: boolean; to?: bigint } = {},
  ): bigint {
    return this.system.call(this, {
      event: "mremap",
      address: addressOf("mremap", address),
      oldLength: wholeOf("mremap: old length", oldLength),
      newLength: wholeOf("mremap: new length", newLength),
      mayMove,
      ...(to === undefined ? {} : { to: addressOf("mremap: to", to) }),
    });
  }

  madvise(address: bigint, length: Whole, advice: Advice): void {
    this.system.call(this, { event: "madvise", ...range("madvise", address, length), advice });
  }

  mlock(address: bigint, length: Whole): void {
    this.system.call(this, { event: "mlock", ...range("mlock", address, length) });
  }

  munlock(address: bigint, length: Whole): void {
    this.system.call(this, { event: "munlock", ...range("munlock", address, length) });
  }

  /** Moves the end of the heap: where it is now. Without an address it stays. @throws SyscallError `ENOMEM` where it cannot be moved so far */
  brk(address = 0n): bigint {
    return this.system.call(this, { event: "brk", address: addressOf("brk", address) });
  }

  /** Moves the end of the heap by so many bytes, also back: where it was. */
  sbrk(increment: number | bigint): bigint {
    const by =
      typeof increment === "bigint" || Number.isSafeInteger(increment) ? BigInt(increment) : undefined;
    if (by === undefined || BigInt.asIntN(64, by) !== by) {
      throw new PagewalkError("E_OPTION", `sbrk: ${String(increment)} is no whole number of 64 bits`);
    }
    return this.system.call(this, { event: "sbrk", increment: by });
  }

  /** Bounds what it may have, in bytes: as setrlimit(2); `maps`: mappings, of every process. null: not bounded. */
  limit(resource: Limit, value: Whole | null): void {
    if (!LIMITS.includes(resource)) {
      const want = LIMITS.join(", ");
      throw new PagewalkError("E_OPTION", `limit: no resource ${String(resource)}; want ${want}`);
    }
    const most = value === null ? UNLIMITED : wholeOf("limit", value);
    this.system.call(this, { event: "limit", resource, value: most });
  }

  /** A child with a copy of all that is mapped, made as either stores. `pid`: its number; without it the next that no process had. */
  fork(pid?: number): Process {
    return this.child("fork", pid);
  }

  /** A child that has the same memory until it calls `exec` or `exit`; its parent may go on. */
  vfork(pid?: number): Process {
    return this.child("vfork", pid);
  }

  /** A process that shares this one's memory. */
  clone(pid?: number): Process {
    return this.child("clone", pid);
  }

  /** Another program, of `machine.program`, in place of all that is mapped. @throws SyscallError `ENOENT` where it, or a file of it, is not there */
  exec(program: string): void {
    this.system.checkProgram(program);
    this.system.call(this, { event: "exec", file: program });
  }

  /** Ends: what it maps is let go of. */
  exit(): void {
    this.system.call(this, { event: "exit" });
    this.system.forget(this);
  }

  /**
   * A block of the process's heap, of the policy that the machine's configuration names: its allocator is one of the process's own, whose headers are in the
   * process's memory and whose heap grows by its calls.
   *
   * @param alignment a power of two, where it is more than the policy's
   * @throws SyscallError `ENOMEM`; AccessFault where a word of the allocator's cannot be reached
   */
  malloc(size: Whole, alignment?: Whole): bigint {
    this.system.run(this, "malloc");
    return allocate(this.system, this.pid, size, alignment);
  }

  /** The same for `count` times `size` bytes, zeroed. */
  calloc(count: Whole, size: Whole): bigint {
    this.system.run(this, "calloc");
    return allocateZeroed(this.system, this.pid, count, size);
  }

  /** Makes a block larger or smaller, where it is or elsewhere: where it is then. Of 0n it is `malloc`, to 0 bytes `free`, which gives 0n. @throws as `malloc` and `free` */
  realloc(address: bigint, size: Whole): bigint {
    this.system.run(this, "realloc");
    return reallocate(this.system, this.pid, address, size);
  }

  /** Frees a block; 0n is none. @throws PagewalkError `E_OPTION` for what is no block, or freed */
  free(address: bigint): void {
    this.system.run(this, "free");
    release(this.system, this.pid, address);
  }

  /** The bytes at an address, by a load. @param size from 1 byte to 1 MiB @throws AccessFault */
  load(address: bigint, size: number): Uint8Array {
    return this.carry("load", address, size, new Uint8Array(0));
  }

  /** The same by an instruction's fetch. */
  fetch(address: bigint, size: number): Uint8Array {
    return this.carry("fetch", address, size, new Uint8Array(0));
  }

  /** Stores bytes, from 1 to 1 MiB. @throws AccessFault; the bytes before the address of the fault were stored */
  store(address: bigint, bytes: Uint8Array): void {
    this.carry("store", address, bytesOf("store", bytes).length, bytes);
  }

  /**
   * An access that carries no bytes (a store changes none), and the faults that it had, in their order: none where its pages were there. The
   * last one may have ended it; nothing is thrown.
   *
   * @param size from 1 to 64 bytes
   */
  access(access: FaultingAccess, address: bigint, size = 1): Fault[] {
    if (!ACCESSES.includes(access)) {
      const want = ACCESSES.join(", ");
      throw new PagewalkError("E_OPTION", `access: no kind ${quote(String(access))}; want ${want}`);
    }
    checkSize(access, size, MOST_TOLD);
    this.system.run(this, access);
    const { core, expectations } = this.system.machine;
    core.exports.watch(true);
    this.system.touch(this.kindOf(access), addressOf(access, address), size);
    const faults = expectations.faults();
    core.exports.watch(false);
    return faults;
  }

  /** The bytes at an address without an access: nothing is counted, and no page moves. Fewer where something before the end cannot be read. */
  peek(address: bigint, size: number): Uint8Array {
    const { core, expectations } = this.system.machine;
    checkSize("peek", size, core.enums.Batch.MaxSize);
    this.system.run(this, "peek");
    return expectations.peek(addressOf("peek", address), size);
  }

  /** What it has mapped, by address, as /proc/PID/maps tells it; `printMaps` writes it so. */
  maps(): MemoryRegion[] {
    this.system.run(this, "maps");
    const { core, names } = this.system.machine;
    return readMaps(core, names, BigInt(this.pid));
  }

  /** The same with where the pages are, as /proc/PID/smaps; `printSmaps` writes it so. Each call goes through all pages that are mapped. */
  smaps(): RegionUsage[] {
    this.system.run(this, "smaps");
    const { core, names } = this.system.machine;
    return readUsage(core, names, BigInt(this.pid));
  }

  private child(event: "fork" | "vfork" | "clone", pid?: number): Process {
    const number = this.system.pidFor(pid);
    this.system.call(this, { event, child: BigInt(number) });
    return this.system.adopt(number);
  }

  private kindOf(access: FaultingAccess): number {
    return kindNumber(this.system.machine.core, access === "fetch" ? "instruction" : access);
  }

  private carry(access: FaultingAccess, address: bigint, size: number, bytes: Uint8Array): Uint8Array {
    const { core, config, expectations } = this.system.machine;
    const { exports, enums } = core;
    checkSize(access, size, enums.Batch.MaxSize);
    this.system.run(this, access);
    exports.watch(true);
    const va = addressOf(access, address);
    const { outcome, read } = expectations.carry(va, this.kindOf(access), size, bytes, 0);
    const fault = expectations.faults().at(-1);
    exports.watch(false);
    if (outcome === enums.Outcome.OutOfMemory) throw outOfMemory(core, config);
    if (outcome === enums.Outcome.Faulted && fault) throw new AccessFault(fault, this.pid);
    return read;
  }
}

function range(what: string, address: bigint, length: Whole): { address: bigint; length: bigint } {
  return { address: addressOf(what, address), length: wholeOf(`${what}: length`, length) };
}

function checkSize(what: string, size: number, most: number): void {
  if (Number.isSafeInteger(size) && size >= 1 && size <= most) return;
  throw new PagewalkError("E_OPTION", `${what}: ${String(size)} bytes; want from 1 to ${most}`);
}
