import type { CompiledCore } from "../src/engine/core.js";
import { Core } from "../src/engine/core.js";
import { PagewalkError } from "../src/errors.js";
import { Cursor } from "../src/trace/cursor.js";
import { EventCodec } from "../src/trace/eventcodec.js";
import { openTrace, type TraceOptions, type TraceSource } from "../src/trace/trace.js";
import type { OracleRecord } from "./oracle/machine.js";
import { recordOf } from "./records.js";

/** A switch to a process, in a thread where that is known. */
export interface Switch {
  process: bigint;
  thread?: bigint;
}

export type Entry = OracleRecord | Switch;

export interface Read {
  entries: Entry[];
  other: Record<string, number>;
  skipped: number;
  error: PagewalkError | undefined;
}

/** Bytes that arrive in pieces of a size. */
export async function* inPieces(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** Reads a trace to its end: its accesses and switches in order, and what the reader says of the rest. */
export async function entriesOf(
  module: CompiledCore,
  source: TraceSource,
  options: TraceOptions = {},
): Promise<Read> {
  const core = await Core.create(module);
  const codec = new EventCodec(core);
  const cursor = new Cursor(core, openTrace(source, options));
  const entries: Entry[] = [];
  const done = (error: PagewalkError | undefined): Read => {
    const { other, skipped } = cursor;
    cursor.close();
    return { entries, other: { ...other }, skipped, error };
  };
  try {
    await cursor.open();
    for (let slice = await cursor.next(); slice; slice = await cursor.next()) {
      for (let i = slice.from; i < slice.to; i++) entries.push(entryOf(core, codec, i, cursor));
    }
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    return done(thrown);
  }
  return done(undefined);
}

function entryOf(core: Core, codec: EventCodec, i: number, { strings }: Cursor): Entry {
  const { addresses, infos, events, EVENT_ADDRESS } = core.exports;
  const { Batch, EventRow } = core.enums;
  const va = core.u64(addresses.value, i + 1)[i] ?? 0n;
  const info = core.u32(infos.value, i + 1)[i] ?? 0;
  if (!(info & Batch.Event)) return recordOf(core, va, info);
  const at = Number(va - BigInt.asUintN(64, EVENT_ADDRESS.value)) * EventRow.Words * 4;
  const event = codec.read(core.u32(events.value + at, EventRow.Words), strings);
  if (event.event !== "switch") throw new Error(`an event ${event.event}`);
  const { process, thread } = event;
  return thread === undefined ? { process } : { process, thread };
}
