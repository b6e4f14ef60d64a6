import type { Core } from "../engine/core.js";
import { EventCodec } from "./eventcodec.js";
import { Strings } from "./strings.js";

/** Events of an allocator whose blocks go by their addresses. */
export type AllocationEvent = "malloc" | "calloc" | "realloc" | "free";

/** The kind and flags of rows of such events, which are alike in all of them: what else is in them are numbers. */
export function allocationRows(core: Core): Record<AllocationEvent, { kind: number; flags: number }> {
  const codec = new EventCodec(core);
  const { EventRow } = core.enums;
  const strings = new Strings();
  const id = "0x1";
  const samples = [
    { event: "malloc", id, size: 1n },
    { event: "calloc", id, count: 1n, size: 1n },
    { event: "realloc", id, newId: id, size: 1n },
    { event: "free", id },
  ] as const;
  const rows = samples.map((event) => {
    const row = new Uint32Array(EventRow.Words);
    codec.write(row, event, strings);
    return [event.event, { kind: codec.kindOf(event.event) ?? 0, flags: row[EventRow.Flags] ?? 0 }];
  });
  return Object.fromEntries(rows);
}
