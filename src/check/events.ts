import type { Kind } from "../config/model.js";
import type { Slice } from "../engine/machine.js";
import { EventCodec } from "../trace/eventcodec.js";
import type { TraceEvent } from "../trace/events.js";
import { Records } from "../trace/records.js";
import type { Strings } from "../trace/strings.js";
import { AccessEvents } from "./accessevents.js";
import { HeapEvents } from "./heapevents.js";
import { MapEvents } from "./mapevents.js";
import type { CheckedProcess } from "./process.js";
import { ProcessEvents } from "./processevents.js";
import type { Session } from "./session.js";
import { StackEvents } from "./stackevents.js";

/** Checks batches of a trace: what is plain is the core's, the rest is done here. */
export class EventChecker {
  readonly accesses: AccessEvents;
  readonly processes: ProcessEvents;
  /** Accesses whose address is not known, by kind: the core has not counted them. */
  readonly unplaced: Record<Kind, number> = { instruction: 0, load: 0, store: 0, modify: 0 };
  /** Lines that speak of faults and errors, which only a machine has. */
  passedOver = 0;
  private readonly session: Session;
  private readonly codec: EventCodec;
  private readonly heap: HeapEvents;
  private readonly stack: StackEvents;
  private readonly maps: MapEvents;

  /** @param atExit is told of a process whose memory is about to go, while it is entered */
  constructor(session: Session, atExit: (process: CheckedProcess) => void) {
    this.session = session;
    this.codec = new EventCodec(session.checker.core);
    this.accesses = new AccessEvents(session);
    this.heap = new HeapEvents(session);
    this.stack = new StackEvents(session);
    this.maps = new MapEvents(session);
    this.processes = new ProcessEvents(session, atExit);
  }

  /** @throws PagewalkError `E_MEMORY` */
  batch(slice: Slice, strings: Strings): void {
    const { checker, texts } = this.session;
    const { core } = checker;
    if (slice.rows > 0 && texts.bind(core, slice.rows, strings)) this.session.has("captured");
    const { Result } = core.enums;
    for (let at = checker.batch(slice, slice.from); at !== undefined; at = checker.batch(slice, at + 1)) {
      const record = core.results()[Result.StoppedAt] ?? 0;
      const row = new Records(core, slice, strings).row(at)?.slice();
      if (row) this.take(row, this.codec.read(row, strings), record);
    }
  }

  private take(row: Uint32Array, event: TraceEvent, record: number): void {
    const line = (row[this.codec.linePlace] ?? 0) >>> 1;
    this.session.at(this.placeOf(row, line), record);
    switch (event.event) {
      case "access":
        if (!this.accesses.access(event, line, record)) this.unplaced[event.kind]++;
        break;
      case "malloc":
        return this.heap.malloc(event);
      case "calloc":
        return this.heap.calloc(event);
      case "realloc":
        return this.heap.realloc(event);
      case "free":
        return this.heap.free(event);
      case "frame push":
        return this.stack.push(event);
      case "frame pop":
        return this.stack.pop();
      case "expect":
        return this.accesses.expect(event, line, record);
      case "root":
        this.session.knowsPointers = true;
        this.session.process.roots.push(event.address);
        break;
      case "expect-fault":
      case "expect-errno":
        this.passedOver++;
        break;
      default:
        this.takeOther(event);
    }
  }

  /** What changes processes and their memory. */
  private takeOther(event: TraceEvent): void {
    if ("answer" in event && event.answer !== undefined && event.answer !== "ok") return;
    switch (event.event) {
      case "mmap":
        return this.maps.mmap(event);
      case "munmap":
        return this.maps.munmap(event);
      case "mremap":
        return this.maps.mremap(event);
      case "brk":
        return this.maps.brk(event);
      case "sbrk":
        return this.maps.sbrk(event);
      case "region":
        return this.maps.region(event);
      case "limit":
        if (event.resource === "stack") this.session.stackLimit = event.value;
        break;
      case "switch":
        return this.processes.switchTo(event.process, event.thread);
      case "fork":
        return this.processes.fork(event.child);
      case "vfork":
      case "clone":
        return this.processes.share(event.child);
      case "exec":
        return this.processes.exec();
      case "exit":
        return this.processes.exit();
    }
  }

  /** The number of a row's place, whose file `texts.bind` has numbered. */
  private placeOf(row: Uint32Array, line: number): bigint {
    const { EventRow } = this.session.checker.core.enums;
    const file = row[EventRow.File] ?? 0;
    return file === 0 ? BigInt(line) : (BigInt(file) << 32n) | BigInt(row[EventRow.Line] ?? 0);
  }
}
