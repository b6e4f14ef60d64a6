// A whole machine of processes, naively: what docs say of mappings, paging and faults, in Maps, Sets and arrays.

import type { Address, EventFields, Overcommit, TraceEvent } from "../../../src/trace/events.js";
import { type Accessed, access, type Fault, peek } from "./access.js";
import { type Answers, type Before, holdAgainst } from "./answers.js";
import { checkSystem } from "./check.js";
import type { Command, Driver, FileStats, Outcome, ProcessStats, Stats } from "./command.js";
import { FileObject } from "./contents.js";
import { brk, sbrk } from "./heap.js";
import { exec, exit, fork, share, spawn } from "./lifecycle.js";
import { madvise } from "./madvise.js";
import { Memory } from "./memory.js";
import { mlock, munlock } from "./mlock.js";
import { mmap, munmap } from "./mmap.js";
import { mprotect } from "./mprotect.js";
import { mremap } from "./mremap.js";
import { Pool, type Replacement } from "./pool.js";
import { type Counts, LAYOUT, type Layout, noFaults, type Process } from "./process.js";
import type { Space, Vma } from "./space.js";

export const ERRNO = {
  EPERM: 1n,
  ENOENT: 2n,
  ESRCH: 3n,
  EBADF: 9n,
  EAGAIN: 11n,
  ENOMEM: 12n,
  EACCES: 13n,
  EFAULT: 14n,
  EEXIST: 17n,
  EINVAL: 22n,
} as const;
export type Errno = keyof typeof ERRNO;

/** Page numbers from `from` to before `to`. */
export interface Pages {
  from: number;
  to: number;
}

export interface SystemOptions {
  pageSize?: number;
  frames?: number | null;
  /** Pages of swap. */
  swap?: number | null;
  policy?: Replacement;
  /** Tables below the root take frames, of x86-64. */
  pagedTables?: boolean;
  layout?: Partial<Layout>;
}

type Segment = Omit<EventFields["segment"], "address"> & { address: bigint };

export class System implements Driver {
  readonly pageSize: number;
  readonly slots: number;
  readonly layout: Layout;
  readonly memory: Memory;
  readonly processes = new Map<bigint, Process>();
  readonly segments = new Map<string, Segment[]>();
  overcommit: { mode: Overcommit; ratio: number } = { mode: "always", ratio: 50 };
  maxMaps = 65530;
  outOfMemory = 0;
  readonly answers: Answers = { told: 0, differing: 0 };
  /** Called with the space and the number of the page of every lookup that gave one. */
  onPage: ((space: Space, page: bigint) => void) | undefined;
  private readonly names = new Map<string, bigint>();
  /** The faults of the call or access that runs. */
  private met: Fault[] = [];
  private readonly counts: Counts = noFaults();

  constructor({ pageSize = 4096, frames, swap, policy = "lru", pagedTables, layout }: SystemOptions = {}) {
    this.pageSize = pageSize;
    this.slots = swap ?? Number.POSITIVE_INFINITY;
    this.layout = { ...LAYOUT, ...layout };
    this.memory = new Memory(
      new Pool(frames ?? Number.POSITIVE_INFINITY, this.slots, policy),
      pageSize,
      pagedTables,
    );
  }

  get frames(): number {
    return this.memory.pool.frames;
  }

  apply({ process: pid, event }: Command): Outcome {
    const process = this.processes.get(pid) ?? spawn(this, pid);
    if (!process.isAlive) {
      holdAgainst(this, process, event, -ERRNO.ESRCH, this.before(process, event));
      return { result: -ERRNO.ESRCH, faults: [] };
    }
    this.met = [];
    if (event.event === "access") {
      // What lies at a name that no call gave is nowhere: such an access is not made.
      const { address } = event;
      const isPlaced = typeof address === "bigint" || this.names.has(address.base);
      return isPlaced ? this.access(process, event) : { result: 0n, faults: [] };
    }
    const before = this.before(process, event);
    const answer = this.call(process, event);
    const result = typeof answer === "bigint" ? answer : -ERRNO[answer];
    if (result >= 0n && "name" in event && event.name?.startsWith("$")) this.names.set(event.name, result);
    holdAgainst(this, process, event, result, before);
    return { result, faults: this.met };
  }

  private before({ space }: Process, event: TraceEvent): Before {
    const address = "address" in event ? this.addressOf(event.address) : 0n;
    return { address, break: space.break, startBreak: space.startBreak };
  }

  addressOf(address: Address): bigint {
    if (typeof address === "bigint") return address;
    return BigInt.asUintN(64, (this.names.get(address.base) ?? 0n) + address.offset);
  }

  peek(pid: bigint, address: Address, size: number): string | undefined {
    const { space } = this.processes.get(pid) ?? spawn(this, pid);
    const bytes = peek(this.memory, space, this.addressOf(address), size);
    return bytes && Buffer.from(bytes).toString("hex");
  }

  vmas(pid: bigint): Vma[] {
    return this.processes.get(pid)?.space.vmas() ?? [];
  }

  countFault(process: Process, fault: Fault): void {
    const { kind } = fault;
    this.met.push(fault);
    if (kind === "oom") {
      this.outOfMemory++;
      return;
    }
    process.faults[kind]++;
    this.counts[kind]++;
  }

  stats(): Stats {
    const { pool, tables } = this.memory;
    return {
      faults: { ...this.counts },
      paging: {
        resident: pool.resident.size,
        pageIns: this.counts.major,
        pageOuts: pool.pageOuts,
        evictions: pool.evictions,
        refaults: { minor: pool.refaults - pool.diskRefaults, major: pool.diskRefaults },
        ...(tables ? { tables: tables.stats() } : {}),
      },
      swapped: pool.swap.size,
      outOfMemory: this.outOfMemory,
      calls: { ...this.answers },
      processes: [...this.processes.values()].map(processStats).sort((a, b) => a.pid - b.pid),
      files: [...this.memory.files.values()].map(fileStats),
    };
  }

  /** @throws Error where the state is none that can be */
  check(): void {
    checkSystem(this);
  }

  private access(process: Process, { kind, address, size, bytes }: EventFields["access"]): Outcome {
    const va = this.addressOf(address);
    const contents = bytes === undefined ? undefined : new Uint8Array(Buffer.from(bytes, "hex"));
    const steps = (
      { load: ["load"], store: ["store"], modify: ["load", "store"], instruction: ["fetch"] } as const
    )[kind];
    this.met = [];
    const outcome: Outcome = { result: 0n, faults: this.met };
    for (const step of steps) {
      const done: Accessed = access(this, process, step, va, size, contents);
      for (const fault of done.faults) this.countFault(process, fault);
      if (step !== "store") outcome.bytes = Buffer.from(done.bytes).toString("hex");
      if (done.isDone) continue;
      return { ...outcome, result: done.faults.at(-1)?.kind === "oom" ? -ERRNO.ENOMEM : -ERRNO.EFAULT };
    }
    return outcome;
  }

  private call(process: Process, event: TraceEvent): bigint | Errno {
    const at = (address: Address) => this.addressOf(address);
    switch (event.event) {
      case "mmap":
        return mmap(this, process, { ...event, address: at(event.address) });
      case "munmap":
        return munmap(this, process, at(event.address), event.length);
      case "mprotect":
        return mprotect(this, process, at(event.address), event.length, event.protection);
      case "mremap":
        return mremap(this, process, { ...event, address: at(event.address) });
      case "madvise":
        return madvise(this, process, at(event.address), event.length, event.advice);
      case "mlock":
        return mlock(this, process, at(event.address), event.length);
      case "munlock":
        return munlock(this, process, at(event.address), event.length);
      case "brk":
        return brk(this, process, at(event.address));
      case "sbrk":
        return sbrk(this, process, event.increment);
      case "fork":
        return fork(this, process, event.child);
      case "vfork":
      case "clone":
        return share(this, process, event.child);
      case "exec":
        return exec(this, process, event.file);
      case "exit":
        return exit(this, process);
      case "frames":
        if (event.frames === 0n) return "EINVAL";
        return this.memory.pool.resize(Number(event.frames)) ? 0n : "ENOMEM";
      case "limit":
        if (event.resource === "maps") this.maxMaps = Number(event.value);
        else process.limits[event.resource] = event.value;
        return 0n;
      case "overcommit":
        this.overcommit = { mode: event.mode, ratio: Number(event.ratio ?? 50n) };
        return 0n;
      default:
        return this.fileCall(event);
    }
  }

  private fileCall(event: TraceEvent): bigint | Errno {
    const { files } = this.memory;
    switch (event.event) {
      case "file": {
        if (files.has(event.name)) return "EEXIST";
        const file = new FileObject(event.name, Number(event.size), this.pageSize);
        file.mode = modeOf(event);
        const contents = Buffer.from(event.contents ?? "", "hex");
        for (let index = 0; index < file.length; index++) {
          file.write(index, contents.subarray(index * this.pageSize, (index + 1) * this.pageSize));
        }
        files.set(event.name, file);
        return 0n;
      }
      case "open":
      case "close": {
        const file = files.get(event.name);
        if (!file) return "ENOENT";
        if (event.event === "close" && !file.mode) return "EBADF";
        file.mode = event.event === "open" ? modeOf(event) : undefined;
        return 0n;
      }
      case "truncate": {
        const file = files.get(event.name);
        if (!file) return "ENOENT";
        file.resize(Number(event.size));
        const beyond = [...file.pages.keys()].filter((page) => page >= file.length);
        for (const index of beyond.sort((a, b) => a - b)) {
          this.memory.dropCached(file, index);
        }
        return 0n;
      }
      case "segment": {
        const address = this.addressOf(event.address);
        if (address % BigInt(this.pageSize) || (event.offset ?? 0n) % BigInt(this.pageSize)) return "EINVAL";
        this.segments.set(event.program, [
          ...(this.segments.get(event.program) ?? []),
          { ...event, address },
        ]);
        return 0n;
      }
      default:
        return 0n;
    }
  }
}

function modeOf({ readOnly, writeOnly }: { readOnly: boolean; writeOnly?: boolean }): "rw" | "ro" | "wo" {
  if (writeOnly) return "wo";
  return readOnly ? "ro" : "rw";
}

function processStats({ pid, space, isAlive, faults }: Process): ProcessStats {
  const present = isAlive ? space.all().filter((entry) => entry.isPresent) : [];
  const isShared = (page: { mappings: Set<unknown> } | undefined) => (page?.mappings.size ?? 0) > 1;
  return {
    pid: Number(pid),
    ended: !isAlive,
    entry: isAlive && space.entry ? `0x${space.entry.toString(16)}` : null,
    mapped: isAlive ? space.entries.size : 0,
    resident: present.length,
    shared: present.filter(({ page }) => isShared(page)).length,
    faults: { ...faults },
  };
}

function fileStats({ name = "", size, pages }: FileObject): FileStats {
  const resident = [...pages.values()].filter(({ isResident }) => isResident);
  const shared = resident.filter(({ mappings }) => mappings.size > 1);
  return { name, bytes: size, resident: resident.length, shared: shared.length };
}

/** Pages that so many bytes fill, the last of them perhaps in part. */
export function pagesOf(system: { pageSize: number }, length: bigint): bigint {
  const pageSize = BigInt(system.pageSize);
  return (length + pageSize - 1n) / pageSize;
}

/** The part of a VMA that lies in a range; empty where none does. */
export function within(vma: Vma, { from, to }: Pages): Vma {
  const start = Math.min(Math.max(vma.from, from), vma.to);
  return {
    ...vma,
    from: start,
    to: Math.max(start, Math.min(vma.to, to)),
    index: vma.index + start - vma.from,
  };
}
