import { KINDS, type Kind } from "../src/config/model.js";
import { kindNumber } from "../src/engine/codes.js";
import type { CompiledCore } from "../src/engine/core.js";
import { Core } from "../src/engine/core.js";
import { PagewalkError } from "../src/errors.js";
import { Cursor } from "../src/trace/cursor.js";
import { EventCodec } from "../src/trace/eventcodec.js";
import type { TraceEvent } from "../src/trace/events.js";
import { Records } from "../src/trace/records.js";
import { openTrace, type TraceOptions } from "../src/trace/trace.js";
import type { OracleRecord } from "./oracle/machine.js";

/** Reads bytes that arrive in pieces of a size: their records, and the error that ended them. */
export async function recordsOf(
  module: CompiledCore,
  bytes: Uint8Array,
  { format, piece }: { format?: string; piece: number },
): Promise<{ records: OracleRecord[]; error: PagewalkError | undefined }> {
  const core = await Core.create(module);
  const cursor = new Cursor(core, openTrace(piecesOf(bytes, piece), format === undefined ? {} : { format }));
  const records: OracleRecord[] = [];
  try {
    await cursor.open();
    for (let slice = await cursor.next(); slice; slice = await cursor.next()) {
      const addresses = core.u64(core.exports.addresses.value, slice.to);
      const infos = core.u32(core.exports.infos.value, slice.to);
      for (let i = slice.from; i < slice.to; i++) records.push(recordOf(core, addresses[i], infos[i]));
    }
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    return { records, error: thrown };
  }
  return { records, error: undefined };
}

export function recordOf(core: Core, va = 0n, info = 0): OracleRecord {
  const { Batch } = core.enums;
  const code = (info >> Batch.KindShift) & Batch.KindMask;
  const kind = KINDS.find((kind) => kindNumber(core, kind) === code) as Kind;
  return { va, size: (info >>> Batch.SizeShift) + 1, kind };
}

/** An access or an event of a trace. */
export type Entry = OracleRecord | TraceEvent;

/** Reads a trace to its end, or to the error that ended it. */
export async function entriesOf(
  core: Core,
  source: string | Uint8Array,
  options: TraceOptions & { piece?: number } = {},
): Promise<{
  format: string;
  entries: Entry[];
  other: Record<string, number>;
  skipped: number;
  error: PagewalkError | undefined;
}> {
  const { piece = 1000, ...wanted } = options;
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const cursor = new Cursor(core, openTrace(piecesOf(bytes, piece), wanted));
  const codec = new EventCodec(core);
  const entries: Entry[] = [];
  let error: PagewalkError | undefined;
  try {
    await cursor.open();
    for (let slice = await cursor.next(); slice; slice = await cursor.next()) {
      const records = new Records(core, slice, cursor.strings);
      for (let at = slice.from; at < slice.to; at++) {
        entries.push(records.event(at, codec) ?? recordAt(core, at));
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    error = thrown;
  }
  const { skipped, other } = cursor;
  cursor.close();
  return { format: cursor.head.format, entries, other: { ...other }, skipped, error };
}

async function* piecesOf(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array, undefined> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

function recordAt(core: Core, at: number): OracleRecord {
  const { addresses, infos } = core.exports;
  return recordOf(core, core.u64(addresses.value, at + 1)[at], core.u32(infos.value, at + 1)[at]);
}
