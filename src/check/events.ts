import type { Kind } from "../config/model.js";
import type { Slice } from "../engine/machine.js";
import { EventCodec } from "../trace/eventcodec.js";
import type { EventFields, EventName, TraceEvent } from "../trace/events.js";
import type { Strings } from "../trace/strings.js";
import { AccessEvents } from "./accessevents.js";
import { Code } from "./code.js";
import { HeapEvents } from "./heapevents.js";
import { MapEvents } from "./mapevents.js";
import type { CheckedProcess } from "./process.js";
import { ProcessEvents } from "./processevents.js";
import type { Session } from "./session.js";
import { StackEvents } from "./stackevents.js";

type Handlers = { [E in EventName]?: (event: EventFields[E]) => void };

/** Checks batches of a trace: what is plain is the core's, the rest is done here. @internal */
export class EventChecker {
  readonly accesses: AccessEvents;
  readonly processes: ProcessEvents;
  readonly code: Code;
  /** Accesses whose address is not known, by kind: the core has not counted them. */
  readonly unplaced: Record<Kind, number> = { instruction: 0, load: 0, store: 0, modify: 0 };
  /** Lines that speak of faults and errors, which only a machine has. */
  passedOver = 0;
  private readonly session: Session;
  private readonly codec: EventCodec;
  /** What is done for each event; those that are not here change nothing that is checked. */
  private readonly handlers: Handlers;
  /** Where the event that is done stands in the trace. */
  private now = { line: 0, record: 0 };

  /** @param atExit is told of a process whose memory is about to go, while it is entered */
  constructor(session: Session, atExit: (process: CheckedProcess) => void) {
    this.session = session;
    this.codec = new EventCodec(session.checker.core);
    this.accesses = new AccessEvents(session);
    this.processes = new ProcessEvents(session, atExit);
    this.code = new Code(session);
    this.handlers = { ...this.memoryHandlers(), ...this.processHandlers() };
  }

  private memoryHandlers(): Handlers {
    const { session, accesses, code } = this;
    const heap = new HeapEvents(session);
    const stack = new StackEvents(session);
    const maps = new MapEvents(session);
    const passOver = () => {
      this.passedOver++;
    };
    return {
      access: (event) => {
        if (!accesses.access(event, this.now.line, this.now.record)) this.unplaced[event.kind]++;
      },
      malloc: (event) => heap.malloc(event),
      calloc: (event) => heap.calloc(event),
      realloc: (event) => heap.realloc(event),
      free: (event) => heap.free(event),
      "allocator unmap": ({ address, length }) => {
        const found = session.resolve(address);
        if (found) session.checker.releaseMemory(found.va, found.va + length);
      },
      "frame push": (event) => {
        stack.push(event);
      },
      "frame pop": () => stack.pop(),
      mmap: (event) => maps.mmap(event),
      munmap: (event) => maps.munmap(event),
      mremap: (event) => maps.mremap(event),
      mprotect: (event) => maps.mprotect(event),
      madvise: (event) => maps.madvise(event),
      mlock: () => maps.mlock(),
      file: (event) => maps.file(event),
      open: (event) => maps.file(event),
      close: (event) => maps.close(event),
      brk: (event) => maps.brk(event),
      sbrk: (event) => maps.sbrk(event),
      region: (event) => {
        maps.region(event);
        code.region(event);
      },
      root: ({ address }) => {
        session.knowsPointers = true;
        session.process.roots.push(address);
      },
      expect: (event) => accesses.expect(event, this.now.line, this.now.record),
      "expect-fault": passOver,
      "expect-errno": passOver,
    };
  }

  private processHandlers(): Handlers {
    const { session, processes, code } = this;
    return {
      switch: ({ process, thread }) => {
        processes.switchTo(process, thread);
        code.enter();
      },
      fork: ({ child }) => {
        processes.fork(child);
        code.fork(Number(child));
      },
      vfork: ({ child }) => processes.share(child),
      clone: ({ child }) => processes.share(child),
      exec: () => {
        processes.exec();
        code.exec(this.now.record);
      },
      exit: () => processes.exit(),
      limit: ({ resource, value }) => {
        if (resource === "stack") session.stackLimit = value;
      },
    };
  }

  /** @throws PagewalkError `E_MEMORY` */
  batch(slice: Slice, strings: Strings): void {
    const { checker, texts } = this.session;
    const { core } = checker;
    if (slice.rows > 0 && texts.bind(core, slice.rows, strings)) this.session.has("captured");
    for (let next = checker.batch(slice, slice.from); next; next = checker.batch(slice, next.at + 1)) {
      this.take(next.row, this.codec.read(next.row, strings), next.record);
    }
  }

  private take(row: Uint32Array, event: TraceEvent, record: number): void {
    const line = (row[this.codec.linePlace] ?? 0) >>> 1;
    this.session.at(this.placeOf(row, line), record);
    this.now = { line, record };
    const isRefused = "answer" in event && event.answer !== undefined && event.answer !== "ok";
    if (!isRefused) this.handlers[event.event]?.(event as never);
  }

  /** The number of a row's place, whose file `texts.bind` has numbered. */
  private placeOf(row: Uint32Array, line: number): bigint {
    const { EventRow } = this.session.checker.core.enums;
    const file = row[EventRow.File] ?? 0;
    return file === 0 ? BigInt(line) : (BigInt(file) << 32n) | BigInt(row[EventRow.Line] ?? 0);
  }
}
