import { PagewalkError, quote } from "../../errors.js";
import { EventCodec } from "../../trace/eventcodec.js";
import { OVERCOMMIT, type Overcommit, type TraceEvent } from "../../trace/events.js";
import { Strings } from "../../trace/strings.js";
import { Columns } from "../columns.js";
import type { Machine } from "../machine.js";
import { outOfMemory } from "../memory.js";
import { SyscallError } from "./errors.js";
import { type FileMode, MachineFile, modeOf } from "./file.js";
import { Process } from "./process.js";
import { addressOf, bytesOf, nameOf, protectionOf, type Whole, wholeOf } from "./values.js";

export interface FileOptions {
  /** The bytes that it begins with, no more than its size. */
  contents?: Uint8Array;
  /** How it is open for those who map it: `rw` at first. */
  mode?: FileMode;
}

/** A part of a program that `exec` maps, privately: of a file from `offset` on, or anonymous. */
export interface ProgramSegment {
  address: bigint;
  /** Bytes. */
  length: Whole;
  /** Some of `rwx`. */
  protection: string;
  file?: string | MachineFile;
  /** Bytes; 0 at first. */
  offset?: Whole;
}

/**
 * @internal
 *
 * A machine's operating system, call by call: each is the row of an event, which the core acts upon as it does upon a trace's.
 */
export class System {
  readonly machine: Machine;
  private readonly columns: Columns;
  private readonly codec: EventCodec;
  private readonly known = new Map<number, Process>();
  private readonly programs = new Set<string>();
  /** The highest number that was given without being asked for. */
  private lastGiven = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.columns = new Columns(machine.core);
    this.codec = new EventCodec(machine.core);
  }

  /** The machine has an operating system from now on, whose policy sees every lookup. @throws PagewalkError `E_OPTION` while it reads a trace */
  open(): void {
    const { core, config } = this.machine;
    if (core.busy) throw new PagewalkError("E_OPTION", "the machine is reading a trace");
    if (!core.exports.manage() || !core.exports.followLookups()) throw outOfMemory(core, config);
  }

  spawn(pid?: number): Process {
    this.open();
    const { exports } = this.machine.core;
    const number = this.pidFor(pid);
    const error = Number(exports.admit(BigInt(number)));
    if (error < 0) throw this.failed("spawn", -error, `process ${number}`);
    this.act({ event: "switch", process: BigInt(number) });
    exports.begin();
    return this.adopt(number);
  }

  /** A number that was asked for, or the next that no process had. */
  pidFor(pid?: number): number {
    if (pid !== undefined) return pidOf(pid);
    const { exports, enums } = this.machine.core;
    do this.lastGiven++;
    while (exports.lifeOf(BigInt(this.lastGiven)) !== enums.Life.None);
    return this.lastGiven;
  }

  /** The one object of a process that was just made. */
  adopt(pid: number): Process {
    const made = new Process(this, pid);
    this.known.set(pid, made);
    return made;
  }

  process(pid: number): Process | undefined {
    if (!this.lives(pid)) return undefined;
    return this.known.get(pid) ?? this.adopt(pid);
  }

  processes(): Process[] {
    const { core } = this.machine;
    const pids = Array.from({ length: core.exports.tallyCount() }, (_, place) => {
      core.exports.describe(place);
      return Number(core.u64(core.exports.described.value, 1)[core.enums.Process.Number] ?? 0n);
    });
    return pids.sort((a, b) => a - b).flatMap((pid) => this.process(pid) ?? []);
  }

  file(name: string, size: Whole, { contents, mode = "rw" }: FileOptions): MachineFile {
    const bytes = wholeOf(`file ${quote(nameOf("file", name))}: size`, size);
    if (contents) bytesOf(`file ${quote(name)}: contents`, contents);
    if (contents && BigInt(contents.length) > bytes) {
      throw new PagewalkError(
        "E_OPTION",
        `file ${quote(name)}: ${contents.length} bytes of contents are more than its size, ${bytes}`,
      );
    }
    this.callMachine({ event: "file", name: nameOf("file", name), size: bytes, ...modeOf(mode) });
    const file = new MachineFile(this, name);
    if (contents) file.fill(contents);
    return file;
  }

  program(name: string, segments: readonly ProgramSegment[], entry?: bigint): void {
    if (this.programs.has(nameOf("program", name))) throw this.failed("program", this.errno("EEXIST"), name);
    const begins = entry === undefined ? {} : { entry: addressOf(`program ${quote(name)}: entry`, entry) };
    if (segments.length === 0 && entry !== undefined) {
      throw new PagewalkError("E_OPTION", `program ${quote(name)}: there are no segments for an entry`);
    }
    for (const [i, segment] of segments.entries()) {
      const { address, length, protection, file, offset = 0 } = segment;
      const what = `program ${quote(name)}: segment`;
      this.callMachine({
        event: "segment",
        program: name,
        address: addressOf(what, address),
        length: wholeOf(what, length),
        protection: protectionOf(what, protection),
        ...(file === undefined ? {} : { file: String(file) }),
        offset: wholeOf(what, offset),
        ...(i === 0 ? begins : {}),
      });
    }
    this.programs.add(name);
  }

  /** @throws SyscallError `ENOENT` for a program that nothing was said of */
  checkProgram(program: string): void {
    if (!this.programs.has(nameOf("exec", program)))
      throw this.failed("exec", this.errno("ENOENT"), quote(program));
  }

  frames(frames: Whole): void {
    this.callMachine({ event: "frames", frames: wholeOf("frames", frames) });
  }

  overcommit(mode: Overcommit, ratio?: Whole): void {
    if (!OVERCOMMIT.includes(mode)) {
      const want = OVERCOMMIT.join(", ");
      throw new PagewalkError("E_OPTION", `overcommit: no mode ${quote(String(mode))}; want ${want}`);
    }
    const percent = ratio === undefined ? {} : { ratio: wholeOf("overcommit", ratio) };
    this.callMachine({ event: "overcommit", mode, ...percent });
  }

  /** A call of a process. What it answers. @throws SyscallError */
  call(process: Process, event: TraceEvent): bigint {
    this.run(process, event.event);
    return this.answer(event, `process ${process.pid}`);
  }

  /** A call that is of no process: any that lives makes it, or the machine's first before it is one. @throws SyscallError `ESRCH` where all have ended */
  callMachine(event: TraceEvent): void {
    this.open();
    const { exports, enums } = this.machine.core;
    if (exports.lifeOf(exports.runningProcess()) === enums.Life.Ended) {
      const [living] = this.processes();
      if (!living) throw this.failed(event.event, this.errno("ESRCH"), "no process lives");
      this.run(living, event.event);
    }
    this.answer(event, "name" in event ? quote(event.name ?? "") : "the machine");
  }

  /** Lets a process run. @throws SyscallError `ESRCH` for one that has ended */
  run(process: Process, call: string): void {
    this.open();
    const { exports } = this.machine.core;
    if (this.process(process.pid) !== process) {
      throw this.failed(call, this.errno("ESRCH"), `process ${process.pid}`);
    }
    const pid = BigInt(process.pid);
    if (exports.runningProcess() !== pid) this.act({ event: "switch", process: pid });
    else this.machine.setUnmapped(false);
  }

  /** What is said of a process that ended no longer holds of one that gets its number. */
  forget(process: Process): void {
    this.known.delete(process.pid);
  }

  private lives(pid: number): boolean {
    const { exports, enums } = this.machine.core;
    return Number.isSafeInteger(pid) && pid > 0 && exports.lifeOf(BigInt(pid)) === enums.Life.Alive;
  }

  private answer(event: TraceEvent, where: string): bigint {
    const { exports } = this.machine.core;
    exports.forgetResult();
    this.act(event);
    const errno = exports.lastErrno.value;
    if (errno) throw this.failed(event.event, errno, where);
    return BigInt.asUintN(64, exports.lastResult.value);
  }

  /** An access of `size` bytes, which are not said. */
  touch(kind: number, address: bigint, size: number): void {
    this.columns.begin();
    this.columns.access(kind, address, size);
    this.replay(1, new Strings());
  }

  /** The row of one event, acted upon. */
  private act(event: TraceEvent): void {
    const strings = new Strings();
    this.columns.begin();
    this.codec.write(this.columns.event(this.codec.kindOf(event.event) ?? 0), event, strings);
    this.replay(0, strings);
  }

  private replay(accesses: number, strings: Strings): void {
    const rows = 1 - accesses;
    // Record 0 is none: what the host does stands in no trace.
    const slice = { from: 0, to: 1, record: 0n, selected: false, accesses, rows, strings, onDemand: false };
    this.machine.replay(slice);
  }

  /** Linux's number of an error. */
  private errno(name: "EEXIST" | "ENOENT" | "ESRCH"): number {
    return this.machine.core.enums.Errno[name];
  }

  private failed(call: string, errno: number, where: string): SyscallError {
    const found = Object.entries(this.machine.core.enums.Errno).find(([, value]) => value === errno);
    return new SyscallError(call, found?.[0] ?? String(errno), errno, where);
  }
}

function pidOf(pid: number): number {
  if (Number.isSafeInteger(pid) && pid > 0) return pid;
  throw new PagewalkError(
    "E_OPTION",
    `${quote(String(pid))} is no process's number; want a whole one above 0`,
  );
}
