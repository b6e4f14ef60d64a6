import { kindsByNumber } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import { type Part, Parts } from "./eventparts.js";
import { type EventName, LIMITS, MAP_FLAGS, OVERCOMMIT, PROTECTIONS, type TraceEvent } from "./events.js";
import type { Strings } from "./strings.js";

/** The accesses that `expect-fault` may name. */
const EXPECTED = ["", "load", "store", "fetch"] as const;

interface Layout {
  /** The core's number for the event. */
  kind: number;
  parts: Part[];
}

/** Packs events into rows of the core's table, and back. */
export class EventCodec {
  private readonly core: Core;
  private readonly layouts: Record<EventName, Layout>;
  private readonly names: EventName[] = [];

  constructor(core: Core) {
    this.core = core;
    this.layouts = layoutsOf(core);
    for (const [name, { kind }] of Object.entries(this.layouts)) this.names[kind] = name as EventName;
  }

  /** The word of a row that holds the line, twice. */
  get linePlace(): number {
    return this.core.enums.EventRow.Line2;
  }

  /** The core's number for an event; undefined for a name that is none. */
  kindOf(event: EventName): number | undefined {
    return Object.hasOwn(this.layouts, event) ? this.layouts[event].kind : undefined;
  }

  nameOf(kind: number): EventName {
    return this.names[kind] ?? "access";
  }

  /** Fills a row of zeros, its kind set. */
  write(row: Uint32Array, event: TraceEvent, strings: Strings): void {
    const { EventRow } = this.core.enums;
    for (const { field, write } of this.layouts[event.event].parts) {
      const value = (event as unknown as Record<string, unknown>)[field];
      if (value !== undefined) write(row, value as never, strings);
    }
    if (!event.at) return;
    row[EventRow.File] = strings.numberOf(event.at.file);
    row[EventRow.Line] = event.at.line;
  }

  read(row: Uint32Array, strings: Strings): TraceEvent {
    const { EventRow } = this.core.enums;
    const name = this.nameOf(row[EventRow.Kind] ?? 0);
    const event: Record<string, unknown> = { event: name };
    for (const { field, read } of this.layouts[name].parts) {
      const value = read(row, strings);
      if (value !== undefined) event[field] = value;
    }
    const file = row[EventRow.File] ?? 0;
    if (file) event["at"] = { file: strings.text(file), line: row[EventRow.Line] ?? 0 };
    return event as unknown as TraceEvent;
  }
}

/** What lies where in each event's row. */
function layoutsOf(core: Core): Record<EventName, Layout> {
  const { EventKind, EventRow } = core.enums;
  const p = new Parts(EventRow);
  const address = p.address("address");
  const protection = p.choices("protection", PROTECTIONS, 0);
  const answer = p.answer("answer");
  const layout = (kind: number, ...parts: Part[]): Layout => ({ kind, parts });
  return {
    access: layout(
      EventKind.Access,
      p.choice("kind", kindsByNumber(core)),
      address,
      p.long("size", "B"),
      p.optionalText("bytes", "Text"),
    ),
    mmap: layout(
      EventKind.Mmap,
      address,
      p.long("length", "B"),
      protection,
      p.choices("flags", MAP_FLAGS, 8),
      p.optionalText("file", "Name"),
      p.optionalLong("offset", "C"),
      p.optionalText("name", "Text"),
      answer,
    ),
    munmap: layout(EventKind.Munmap, address, p.long("length", "B"), answer),
    mprotect: layout(EventKind.Mprotect, address, p.long("length", "B"), protection, answer),
    mremap: layout(
      EventKind.Mremap,
      address,
      p.long("oldLength", "B"),
      p.long("newLength", "C"),
      p.flag("mayMove"),
      p.optionalLong("to", "D"),
      p.optionalText("name", "Text"),
      answer,
    ),
    madvise: layout(EventKind.Madvise, address, p.long("length", "B"), p.text("advice", "Name"), answer),
    brk: layout(EventKind.Brk, address, p.optionalText("name", "Text"), answer),
    fork: layout(EventKind.Fork, p.long("child", "A"), answer),
    vfork: layout(EventKind.Vfork, p.long("child", "A"), answer),
    clone: layout(EventKind.Clone, p.long("child", "A"), answer),
    exec: layout(EventKind.Exec, p.text("file", "Name"), answer),
    exit: layout(EventKind.Exit),
    switch: layout(EventKind.Switch, p.long("process", "A"), p.optionalLong("thread", "B")),
    file: layout(
      EventKind.File,
      p.text("name", "Name"),
      p.long("size", "A"),
      p.flag("readOnly"),
      p.optionalFlag("writeOnly", 1),
      p.optionalText("contents", "Text"),
    ),
    truncate: layout(EventKind.Truncate, p.text("name", "Name"), p.long("size", "A")),
    frames: layout(EventKind.Frames, p.long("frames", "A")),
    user: layout(EventKind.User),
    kernel: layout(EventKind.Kernel),
    malloc: layout(
      EventKind.Malloc,
      p.id("id", "A", "Base", 0),
      p.long("size", "B"),
      p.optionalLong("alignment", "C"),
    ),
    calloc: layout(EventKind.Calloc, p.id("id", "A", "Base", 0), p.long("count", "B"), p.long("size", "C")),
    realloc: layout(
      EventKind.Realloc,
      p.id("id", "A", "Base", 0),
      p.id("newId", "B", "Text", 1),
      p.long("size", "C"),
    ),
    free: layout(EventKind.Free, p.id("id", "A", "Base", 0), p.optionalSigned("offset", "B")),
    "allocator enter": layout(EventKind.AllocatorEnter),
    "allocator leave": layout(EventKind.AllocatorLeave),
    "allocator unmap": layout(EventKind.AllocatorUnmap, address, p.long("length", "B")),
    "frame push": layout(EventKind.FramePush, p.long("size", "A"), p.text("name", "Name")),
    "frame pop": layout(EventKind.FramePop),
    root: layout(EventKind.Root, address),
    expect: layout(EventKind.Expect, address, p.text("bytes", "Text")),
    "expect-fault": layout(
      EventKind.ExpectFault,
      p.text("kind", "Name"),
      address,
      p.choice("access", EXPECTED),
    ),
    "expect-errno": layout(EventKind.ExpectErrno, p.text("errno", "Name")),
    region: layout(
      EventKind.Region,
      address,
      p.long("length", "B"),
      protection,
      p.text("name", "Name"),
      p.optionalLong("offset", "C"),
    ),
    pagesize: layout(EventKind.PageSize, address, p.long("length", "B"), p.pageSize("size")),
    mlock: layout(EventKind.Mlock, address, p.long("length", "B")),
    munlock: layout(EventKind.Munlock, address, p.long("length", "B")),
    limit: layout(EventKind.Limit, p.choice("resource", LIMITS), p.long("value", "A")),
    overcommit: layout(EventKind.Overcommit, p.choice("mode", OVERCOMMIT), p.optionalLong("ratio", "A")),
    sbrk: layout(EventKind.Sbrk, p.signed("increment", "A"), p.optionalText("name", "Text")),
    open: layout(EventKind.Open, p.text("name", "Name"), p.flag("readOnly"), p.optionalFlag("writeOnly", 1)),
    close: layout(EventKind.Close, p.text("name", "Name")),
    segment: layout(
      EventKind.Segment,
      p.text("program", "Name"),
      address,
      p.long("length", "B"),
      protection,
      p.optionalText("file", "Text"),
      p.optionalLong("offset", "C"),
      p.optionalLong("entry", "D"),
    ),
  };
}
