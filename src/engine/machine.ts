import { ACCESSES, type Access, type Config, type ConfigInput } from "../config/model.js";
import { presetNamed, resolveConfig } from "../config/resolve.js";
import { PagewalkError, quote } from "../errors.js";
import type { Overcommit } from "../trace/events.js";
import { Strings } from "../trace/strings.js";
import { buildMachine } from "./build.js";
import { accessNumber } from "./codes.js";
import { type CompiledCore, Core } from "./core.js";
import { Expectations } from "./expectations.js";
import { Heaps } from "./heap/heaps.js";
import { outOfMemory } from "./memory.js";
import { Names } from "./names.js";
import type { MachineParts } from "./parts.js";
import { type FaultKind, faultKinds } from "./process/errors.js";
import type { MachineFile } from "./process/file.js";
import type { Process } from "./process/process.js";
import { type FileOptions, type ProgramSegment, System } from "./process/system.js";
import type { Whole } from "./process/values.js";
import { type MachineStats, readStats } from "./stats.js";

/** Records [from, to) of the core's columns. @internal */
export interface Slice {
  from: number;
  to: number;
  /** The number in the trace, from 1, of the record in column 0. */
  record: bigint;
  /** The core's `ordinals` hold how many accesses stood before each record, for some were left out or are events. */
  selected: boolean;
  /** Accesses among the records; the rest are events. */
  accesses: number;
  /** Rows of the table of events that the records may name; 0: all of them are plain accesses. */
  rows: number;
  /** What the rows' strings are, and whether addresses that nothing maps get pages (memory.unmapped `auto`). */
  strings?: Strings;
  onDemand?: boolean;
}

/** What one access came to. */
export interface Translation {
  /** The physical address, or null where the access faulted. */
  pa: bigint | null;
  /** The first virtual address of the page. */
  page: bigint;
  /** The name of the TLB that hit, `walk`, `prefetch`, or null where nothing was looked up: no canonical address, or a physical one. */
  servedBy: string | null;
  /** Page-table entries that the walk read; 0 for a TLB hit. */
  pteReads: number;
  /**
   * What `docs/model.md` calls it. After a minor, a major or a cow fault the access goes on; the others end it: it is refused, or
   * (`oom`) there was no frame for it.
   */
  fault: FaultKind | null;
}

/**
 * A simulated machine: TLBs, walk caches and a page table in one WebAssembly instance of its own. Machines
 * do not share state, and any number may run side by side.
 */
export class Machine {
  /** The whole configuration; `Machine.create(machine.config)` makes the same machine again. */
  readonly config: Config;
  /** The instance, for readers and replays of this package. @internal */
  readonly core: Core;
  /** Where its parts are. @internal */
  readonly parts: MachineParts;

  /** What its traces call things. @internal */
  readonly names: Names;
  /** What its traces expected. @internal */
  readonly expectations: Expectations;

  /** Of its processes; null where allocations are not acted upon. @internal */
  readonly heaps: Heaps | null;

  private readonly system: System;

  private constructor(core: Core, config: Config) {
    this.names = new Names(core);
    this.expectations = new Expectations(core, this.names);
    this.core = core;
    this.config = config;
    this.parts = buildMachine(core, config);
    this.heaps = config.heap ? new Heaps(this, config.heap) : null;
    this.system = new System(this);
    this.setUnmapped(true);
  }

  /**
   * @param input a preset or any part of a configuration, over the defaults (which have no TLBs);
   *   without it, the default preset
   * @param options.module a compiled core (`compileCore`), to share it between machines
   * @throws PagewalkError `E_CONFIG` with every problem of the configuration at once
   */
  static async create(
    input: ConfigInput = presetNamed(),
    options: { module?: CompiledCore } = {},
  ): Promise<Machine> {
    const config = resolveConfig(input);
    return new Machine(await Core.create(options.module), config);
  }

  /**
   * Translates one address as an access of its first byte would be: it is looked up, counted, and fills
   * what it misses.
   *
   * @param va an address of 64 bits
   * @throws PagewalkError `E_OPTION` for anything else, `E_MEMORY` when linear or physical memory is used up
   */
  translate(va: bigint, access: Access): Translation {
    if (typeof va !== "bigint" || va < 0n || va >= 1n << 64n) {
      throw new PagewalkError(
        "E_OPTION",
        `translate: ${String(va)} is no address; want a bigint from 0n to 2n ** 64n - 1n`,
      );
    }
    if (!ACCESSES.includes(access)) {
      throw new PagewalkError(
        "E_OPTION",
        `translate: no access ${quote(String(access))}; want ${ACCESSES.join(", ")}`,
      );
    }
    const { exports, enums } = this.core;
    const status = exports.translate(va, accessNumber(this.core, access));
    if (status !== enums.Status.Ok) throw outOfMemory(this.core, this.config);
    const found = this.core.u64(exports.translation.value, enums.Translation.Length);
    const at = (slot: number): bigint => found[slot] ?? 0n;
    const { Translation } = enums;
    const fault = faultKinds(this.core)[Number(at(Translation.Fault)) - 1] ?? null;
    if (at(Translation.NotCanonical)) {
      return { pa: null, page: smallestPage(va, this.parts), servedBy: null, pteReads: 0, fault };
    }
    const page = (va >> at(Translation.PageShift)) << at(Translation.PageShift);
    const server = Number(BigInt.asIntN(64, at(Translation.ServedBy)));
    const servedBy = this.parts.tlbs[server]?.name ?? SERVERS[-1 - server] ?? null;
    const isRefused = fault !== null && fault !== "minor" && fault !== "major" && fault !== "cow";
    const pa = isRefused ? null : at(Translation.PhysicalAddress);
    return { pa, page, servedBy, pteReads: Number(at(Translation.PteReads)), fault };
  }

  /**
   * @internal
   *
   * Replays a slice of the batch in the core's columns.
   *
   * @returns false where a fault ended it (`onFault: "stop"`)
   * @throws PagewalkError `E_MEMORY` when linear or physical memory is used up
   */
  replay(slice: Slice): boolean {
    const { from, to, record, selected, rows, strings, onDemand = true } = slice;
    const { exports, enums } = this.core;
    const { addresses, infos } = exports;
    const limits = rows > 0 && strings !== undefined && this.names.bind(rows, strings);
    this.setUnmapped(onDemand);
    if (limits && !exports.followLookups()) throw outOfMemory(this.core, this.config);
    const columns = [addresses.value + 8 * from, infos.value + 4 * from] as const;
    const first = selected ? record : record + BigInt(from);
    exports.openReplaying(...columns, to - from, first, selected);
    const { Status } = enums;
    const status = this.expectations.isPending ? this.goOn(slice, 0) : exports.resume(0);
    return this.isDone(status === Status.ForHost ? this.handOver(slice) : status);
  }

  /** @internal What an access of an address that nothing maps comes to, where the configuration leaves that to traces (`auto`). */
  setUnmapped(onDemand: boolean): void {
    const { Unmapped } = this.core.enums;
    const { unmapped } = this.config.memory;
    const auto = onDemand ? Unmapped.Demand : Unmapped.StrictOnceMapped;
    this.core.exports.setUnmapped({ auto, demand: Unmapped.Demand, strict: Unmapped.Strict }[unmapped]);
  }

  private isDone(status: number): boolean {
    const { Status } = this.core.enums;
    if (status === Status.OutOfMemory) throw outOfMemory(this.core, this.config);
    return status === Status.Ok;
  }

  /** Does what the core left to the host, and all that comes behind it. */
  private handOver(slice: Slice): number {
    const { exports, enums } = this.core;
    const { EventRow, Outcome, Result, Status } = enums;
    for (;;) {
      const results = this.core.results();
      const place = results[Result.Place] ?? 0;
      const number = this.core.u32(exports.addresses.value + 8 * (slice.from + place), 1)[0] ?? 0;
      const words = exports.events.value + 4 * number * EventRow.Words;
      const row = this.core.u32(words, EventRow.Words).slice();
      const outcome = this.take(row, slice, results[Result.StoppedAt] ?? 0);
      if (outcome === Outcome.OutOfMemory) return Status.OutOfMemory;
      if (outcome === Outcome.Faulted && this.config.onFault === "stop") return Status.Stopped;
      if (outcome === undefined) this.core.u32(words, EventRow.Words)[EventRow.Text] = 0;
      const status = this.goOn(slice, outcome === undefined ? place : place + 1);
      if (status !== Status.ForHost) return status;
    }
  }

  /** Does the event of a row. What its accesses came to (`Outcome`); undefined: it is a plain access after all. */
  private take(row: Uint32Array, slice: Slice, record: number): number | undefined {
    const { strings = new Strings(), onDemand } = slice;
    const { EventKind, EventRow } = this.core.enums;
    const kind = row[EventRow.Kind] ?? 0;
    const { heaps, expectations } = this;
    if (!heaps || kind < EventKind.Malloc || kind > EventKind.Free) {
      return expectations.take(row, strings, record);
    }
    const outcome = heaps.take(row, strings, record, !onDemand);
    if (expectations.isPending) expectations.end(record);
    return outcome;
  }

  /** Goes on with the record at a place; one that something is expected of is watched. */
  private goOn(slice: Slice, place: number): number {
    const { from, to } = slice;
    const { exports, enums } = this.core;
    const { expectations } = this;
    if (!expectations.isPending) return exports.resume(place);
    if (place >= to - from) return enums.Status.Ok;
    expectations.begin();
    const status = exports.step(place);
    if (status === enums.Status.ForHost) return status;
    if (status === enums.Status.Ok && this.isSwitch(from + place)) return this.goOn(slice, place + 1);
    expectations.end(this.core.results()[enums.Result.StoppedAt] ?? 0);
    return status === enums.Status.Ok ? exports.resume(place + 1) : status;
  }

  /** Whether the record in a column is a switch: it stands before the line that names the process. */
  private isSwitch(column: number): boolean {
    const { exports, enums } = this.core;
    const { Batch, EventKind, EventRow } = enums;
    const info = this.core.u32(exports.infos.value + 4 * column, 1)[0] ?? 0;
    if ((info & Batch.Event) === 0) return false;
    const number = this.core.u32(exports.addresses.value + 8 * column, 1)[0] ?? 0;
    return this.core.u32(exports.events.value + 4 * number * EventRow.Words, 1)[0] === EventKind.Switch;
  }

  /**
   * A new process, with a stack, an empty heap, and nothing else mapped. It is no other's child.
   *
   * @param options.pid its number, a whole one above 0; without it the next that no process had
   * @throws SyscallError `EEXIST` for the number of a process that lives, `EAGAIN` beyond `memory.maxProcesses`
   * @throws PagewalkError `E_CONFIG` on a machine that cannot have processes (of several page sizes, or an inverted table)
   */
  spawn(options: { pid?: number } = {}): Process {
    return this.system.spawn(options.pid);
  }

  /** The process of a number, whoever made it; undefined where none lives. */
  process(pid: number): Process | undefined {
    return this.system.process(pid);
  }

  /** Those that live, by number. */
  processes(): Process[] {
    return this.system.processes();
  }

  /**
   * Makes a file, of zeros but for `contents`. Nothing of it is in memory yet.
   *
   * @param size bytes
   * @throws SyscallError `EEXIST` where there is one of that name
   */
  file(name: string, size: Whole, options: FileOptions = {}): MachineFile {
    return this.system.file(name, size, options);
  }

  /**
   * Says what `exec` of a program maps, later segments over earlier ones, and where the program begins.
   *
   * @param options.entry what `process.entry` is after `exec`
   * @throws SyscallError `EEXIST` where there is one of that name, `EINVAL` for an address or offset within a page
   */
  program(name: string, segments: readonly ProgramSegment[], options: { entry?: bigint } = {}): void {
    this.system.program(name, segments, options.entry);
  }

  /** No more than so many pages are in frames from now on: others leave, by `memory.policy`. @throws SyscallError `ENOMEM` where they cannot, `EINVAL` for 0 */
  frames(frames: Whole): void {
    this.system.frames(frames);
  }

  /** How much memory may be promised, as Linux's vm.overcommit_memory; `ratio`: percent of the frames, under `never` (50). */
  overcommit(mode: Overcommit, ratio?: Whole): void {
    this.system.overcommit(mode, ratio);
  }

  /** Every count since the machine was made, frozen; the same fields as the JSON of `run`. */
  stats(): MachineStats {
    return readStats(this.core, this.config, this.parts, this.names, this.heaps?.report());
  }
}

/** What serves a translation where no TLB does, by its number in the core from -1 down. */
const SERVERS = ["walk", "prefetch", null] as const;

/** The page of an address that has none. */
function smallestPage(va: bigint, { shape }: MachineParts): bigint {
  const shift = BigInt(shape.pageBits);
  return (va >> shift) << shift;
}
