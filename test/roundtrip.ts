import { KINDS, type Kind } from "../src/config/model.js";
import { type CompiledCore, Core } from "../src/engine/core.js";
import { PagewalkError } from "../src/errors.js";
import type { TraceEvent } from "../src/trace/events.js";
import { Output } from "../src/trace/output.js";
import { Records } from "../src/trace/records.js";
import type { Sink } from "../src/trace/sink.js";
import { wrapped } from "../src/trace/sinks/wrappers.js";
import { openTrace, type TraceOptions } from "../src/trace/trace.js";
import { outputNamed, type Wrapper } from "../src/trace/writers/index.js";

/** A plain access. */
export interface PlainAccess {
  kind: Kind;
  address: bigint;
  size: number;
}

/** What a trace is made of, in order. */
export type Entry = PlainAccess | TraceEvent;

export function isEvent(entry: Entry): entry is TraceEvent {
  return "event" in entry;
}

export interface WriteOptions {
  wrapper?: Wrapper;
  /** Entries that are handed to the writer at once. */
  batch?: number;
  /** Whether the start can be written over, as in a file; a pipe's cannot. */
  patched?: boolean;
}

/** Entries in a format, as `convert` writes it. */
export async function writeEntries(
  module: CompiledCore,
  entries: readonly Entry[],
  format: string,
  { wrapper, batch = 8192, patched = true }: WriteOptions = {},
): Promise<Uint8Array> {
  const core = await Core.create(module);
  const { sink, bytes } = memorySink(patched && !wrapper);
  const target = wrapper ? wrapped(sink, wrapper) : sink;
  const writer = outputNamed(format).open(core, target, { command: "test", source: "entries" });
  const output = new Output(core);
  await writer.begin();
  for (let from = 0; from < entries.length; from += batch) {
    output.begin();
    for (const entry of entries.slice(from, from + batch)) {
      if (isEvent(entry)) output.event(entry);
      else output.access(entry.kind, entry.address, entry.size);
    }
    const { records, events } = output;
    const slice = { from: 0, to: records, record: 1n, selected: false, accesses: 0, rows: events };
    await writer.write(new Records(core, { ...slice, accesses: records - events }, output.strings));
  }
  await writer.end();
  await target.end();
  return bytes();
}

function memorySink(patched: boolean): { sink: Sink; bytes: () => Uint8Array } {
  const parts: Uint8Array[] = [];
  let start = new Uint8Array(0);
  const sink: Sink = {
    async write(bytes) {
      parts.push(bytes.slice());
    },
    async end() {},
  };
  if (patched) {
    sink.patch = async (bytes) => {
      start = bytes.slice();
    };
  }
  const bytes = () => {
    const whole = Buffer.concat(parts);
    whole.set(start);
    return new Uint8Array(whole);
  };
  return { sink, bytes };
}

export interface ReadOptions extends TraceOptions {
  /** Bytes of a piece, in which they arrive. */
  piece?: number;
}

export interface ReadEntries {
  entries: Entry[];
  error: PagewalkError | undefined;
  skipped: number;
  filtered: number;
}

/** The entries of a trace, and the error that ended it. */
export async function readEntries(
  module: CompiledCore,
  bytes: Uint8Array,
  { piece = 1 << 16, ...options }: ReadOptions = {},
): Promise<ReadEntries> {
  const trace = openTrace(pieces(bytes, piece), { ...options, module });
  const entries: Entry[] = [];
  let error: PagewalkError | undefined;
  try {
    for await (const { addresses, sizes, kinds, events } of trace) {
      let event = 0;
      for (let at = 0; at <= addresses.length; at++) {
        for (; events[event]?.before === at; event++) entries.push(events[event]?.event as TraceEvent);
        if (at === addresses.length) break;
        const kind = KINDS[kinds[at] ?? 0] as Kind;
        entries.push({ kind, address: addresses[at] ?? 0n, size: sizes[at] ?? 0 });
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    error = thrown;
  }
  const { skipped = 0, filtered = 0 } = trace.info ?? {};
  return { entries, error, skipped, filtered };
}

async function* pieces(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}
