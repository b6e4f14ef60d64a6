import { KINDS, type Kind } from "../src/config/model.js";
import { kindNumber } from "../src/engine/codes.js";
import type { CompiledCore } from "../src/engine/core.js";
import { Core } from "../src/engine/core.js";
import { PagewalkError } from "../src/errors.js";
import { Cursor } from "../src/trace/cursor.js";
import { openTrace } from "../src/trace/trace.js";
import type { OracleRecord } from "./oracle/machine.js";

/** Reads bytes that arrive in pieces of a size: their records, and the error that ended them. */
export async function recordsOf(
  module: CompiledCore,
  bytes: Uint8Array,
  { format, piece }: { format?: string; piece: number },
): Promise<{ records: OracleRecord[]; error: PagewalkError | undefined }> {
  const core = await Core.create(module);
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  })();
  const cursor = new Cursor(core, openTrace(pieces, format === undefined ? {} : { format }));
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
