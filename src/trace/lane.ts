import { kindsByNumber } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { Cursor } from "./cursor.js";
import { getLong, setLong } from "./eventparts.js";
import type { TracePart } from "./feed.js";
import { Processes } from "./processes.js";
import { Records } from "./records.js";
import type { Stream } from "./stream.js";
import type { Trace } from "./trace.js";

/** Who runs. Thread 0 is none. */
interface Runner {
  process: bigint;
  thread: bigint;
}

/** The process that runs in a trace before it names one. */
const UNNAMED: Runner = { process: 1n, thread: 0n };

/** One of several traces that are read in turn, in a core of its own. @internal */
export class Lane {
  readonly cursor: Cursor;
  /** Accesses that it gave, by the core's number for their kind. */
  readonly kinds = [0, 0, 0, 0];
  private readonly core: Core;
  private readonly name: string;
  private readonly processes: Processes;
  /** The thread of process 1 that it is, where all traces are threads of one. */
  private readonly thread: number | undefined;
  /** The process and thread that run in it, by its own numbers, once it has begun. */
  private own: Runner | undefined;
  private row: Uint32Array | undefined;
  private records: Records | undefined;
  private at = 0;
  private failure: PagewalkError | undefined;
  private truncated = false;

  /** @param place the trace's among `count`, from 1 */
  constructor(core: Core, trace: Trace, place: number, count: number, asThread: boolean) {
    const { MaxProcesses } = core.enums.Survey;
    this.core = core;
    this.name = trace.name;
    this.cursor = new Cursor(core, trace);
    this.processes = new Processes(trace.name, place, count, asThread, MaxProcesses);
    this.thread = asThread ? place : undefined;
  }

  /** Whether records are at hand. */
  get isLoaded(): boolean {
    return this.records !== undefined && this.at < this.records.to;
  }

  /** Gets further records. False at the end of the trace. @throws PagewalkError `E_TRACE` where it breaks off */
  async load(): Promise<boolean> {
    try {
      if (this.failure) throw this.failure;
      const slice = await this.cursor.next();
      this.records = slice && new Records(this.core, slice, this.cursor.strings);
      this.at = slice?.from ?? 0;
      return slice !== undefined;
    } catch (thrown) {
      this.truncated = thrown instanceof PagewalkError && thrown.code !== "E_ABORTED";
      throw thrown;
    }
  }

  /** Whether the record at hand says itself who runs. */
  get isSwitch(): boolean {
    return this.kindAt(this.at) === this.core.enums.EventKind.Switch;
  }

  /** The row of a `switch` to who runs in it, by the numbers that the machine knows. */
  get switchRow(): Uint32Array {
    this.row ??= this.makeRow();
    return this.row;
  }

  /**
   * Moves records into the stream, as far as it has room, up to so many accesses; the first of a turn behind `switchRow`,
   * unless that `isSwitch`. The accesses moved.
   */
  move(stream: Stream, most: number): number {
    const { records } = this;
    if (!records) return 0;
    const { addresses, infos, to } = records;
    let moved = 0;
    while (this.at < to && moved < most) {
      const run = this.run(Math.min(to - this.at, most - moved, stream.room));
      if (run > 0) {
        const end = this.at + run;
        stream.accesses(addresses, infos, this.at, end);
        this.at = end;
        moved += run;
      } else if (stream.hasRoomForEvent) {
        if (this.event(stream, records)) moved++;
      } else break;
    }
    return moved;
  }

  /** What it gave. */
  part(): TracePart {
    const { cursor, thread } = this;
    const { filtered, skipped, other, notes, head } = cursor;
    const names = kindsByNumber(this.core);
    const kinds = Object.fromEntries(names.map((kind, i) => [kind, this.kinds[i] ?? 0]));
    const number = (named: bigint) => (named > Number.MAX_SAFE_INTEGER ? String(named) : Number(named));
    return {
      ...head,
      processes: this.processes.all.map(({ pid, named }) => ({ pid, named: number(named) })),
      ...(thread === undefined ? {} : { thread }),
      records: this.kinds.reduce((sum, count) => sum + count),
      kinds: kinds as TracePart["kinds"],
      filtered,
      skipped,
      truncated: this.truncated,
      other: { ...other },
      notes: [...notes],
    };
  }

  /** Accesses without an event among them from the record at hand on, at most so many. */
  private run(most: number): number {
    const { records } = this;
    if (!records || records.arePlain) return most;
    const { Event } = this.core.enums.Batch;
    let end = this.at;
    while (end < this.at + most && !((records.infos[end] ?? 0) & Event)) end++;
    return end - this.at;
  }

  /** The kind of the event at `at`; -1 of an access. */
  private kindAt(at: number): number {
    const row = this.records?.rowAt(at) ?? -1;
    return row < 0 ? -1 : (this.records?.rows[row + this.core.enums.EventRow.Kind] ?? 0);
  }

  /** Moves the event at hand. Whether it was an access. Where it cannot be, the trace ends here. */
  private event(stream: Stream, records: Records): boolean {
    const { EventKind, EventRow } = this.core.enums;
    const row = records.row(this.at) ?? new Uint32Array(0);
    try {
      this.renumber(row);
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError)) throw thrown;
      this.failure = thrown;
      this.at = records.to;
      return false;
    }
    stream.event(row, records.strings);
    this.at++;
    return row[EventRow.Kind] === EventKind.Access;
  }

  /** Puts the machine's numbers for processes into an event's row. */
  private renumber(row: Uint32Array): void {
    const { EventKind, EventRow } = this.core.enums;
    const kind = row[EventRow.Kind] ?? 0;
    if (kind === EventKind.Switch) {
      const to = { process: getLong(row, EventRow.A), thread: getLong(row, EventRow.B) };
      if (this.thread !== undefined) this.checkSame(to);
      const { process, thread } = this.known(to);
      this.own = to;
      this.row = undefined;
      setLong(row, EventRow.A, process);
      setLong(row, EventRow.B, thread);
      return;
    }
    const { Fork, Vfork, Clone } = EventKind;
    if (kind !== Fork && kind !== Vfork && kind !== Clone) return;
    setLong(row, EventRow.A, BigInt(this.processes.numberOf(getLong(row, EventRow.A))));
  }

  /** A trace that is a thread runs nobody but who ran in it first. */
  private checkSame({ process, thread }: Runner): void {
    const { own, name } = this;
    if (!own || (own.process === process && own.thread === thread)) return;
    const to = `process ${process}${thread > 0n ? `, thread ${thread}` : ""}`;
    const want = "want traces that do not switch, or traces as processes";
    throw new PagewalkError("E_TRACE", `${name}: switches to ${to}, but is to be one thread; ${want}`, {
      file: name,
    });
  }

  private makeRow(): Uint32Array {
    const { EventKind, EventRow } = this.core.enums;
    this.own ??= UNNAMED;
    const { process, thread } = this.known(this.own);
    const row = new Uint32Array(EventRow.Words);
    row[EventRow.Kind] = EventKind.Switch;
    setLong(row, EventRow.A, process);
    setLong(row, EventRow.B, thread);
    return row;
  }

  private known({ process, thread }: Runner): Runner {
    const number = BigInt(this.processes.numberOf(process));
    return this.thread === undefined
      ? { process: number, thread }
      : { process: number, thread: BigInt(this.thread) };
  }
}
