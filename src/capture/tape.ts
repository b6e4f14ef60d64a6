import { Columns } from "../engine/columns.js";
import type { Core } from "../engine/core.js";
import { EventCodec } from "../trace/eventcodec.js";
import type { TraceEvent } from "../trace/events.js";
import { Records } from "../trace/records.js";
import { Strings } from "../trace/strings.js";
import type { TraceWriter } from "../trace/writer.js";

/** A thread of a process, or the whole process where threads are not told apart. */
export interface Runner {
  readonly process: number;
  readonly thread?: number;
  /** It is in the allocator. */
  allocating: boolean;
}

/** What is captured, on its way through the core's columns to the writer. */
export class Tape {
  readonly core: Core;
  readonly columns: Columns;
  readonly codec: EventCodec;
  readonly strings = new Strings();
  /** Written so far. */
  accesses = 0;
  events = 0;
  private readonly writer: TraceWriter;
  private running: Runner | undefined;
  /** Who ran last, of each process. */
  private readonly last = new Map<number, Runner>();

  constructor(core: Core, writer: TraceWriter) {
    this.core = core;
    this.columns = new Columns(core);
    this.codec = new EventCodec(core);
    this.writer = writer;
  }

  /** What is written from now on was done by this process, in the thread that ran last, if there was any. */
  async run(process: number): Promise<void> {
    await this.runs(this.last.get(process) ?? { process, allocating: false });
  }

  /** What is written from now on was done by it. Whoever is in the allocator leaves it meanwhile. */
  async runs(next: Runner): Promise<void> {
    const { running } = this;
    if (next === running) return;
    this.running = next;
    this.last.set(next.process, next);
    const { process, thread } = next;
    await this.write([
      ...(running?.allocating ? [{ event: "allocator leave" } as const] : []),
      { event: "switch", process: BigInt(process), ...(thread ? { thread: BigInt(thread) } : {}) },
      ...(next.allocating ? [{ event: "allocator enter" } as const] : []),
    ]);
  }

  /** Writes events by themselves. The columns must be free. */
  async write(events: readonly TraceEvent[]): Promise<void> {
    const { columns } = this;
    columns.begin();
    for (const event of events) {
      if (columns.isFull()) await this.flush();
      this.put(event);
    }
    await this.flush();
  }

  /** Puts an event into the columns. Its row. */
  put(event: TraceEvent): Uint32Array {
    const row = this.columns.event(this.codec.kindOf(event.event) ?? 0);
    this.codec.write(row, event, this.strings);
    return row;
  }

  /** Writes what was put into the columns, and begins anew. */
  async flush(): Promise<void> {
    const { records, events } = this.columns;
    await this.flushed(records, events);
    this.columns.begin();
  }

  /** Writes the first `records` of the columns, `events` of them with a row. */
  async flushed(records: number, events: number): Promise<void> {
    if (records === 0) return;
    const accesses = records - events;
    const slice = { from: 0, to: records, record: 1n, selected: false, accesses, rows: events };
    await this.writer.write(new Records(this.core, slice, this.strings));
    this.accesses += accesses;
    this.events += events;
  }
}
