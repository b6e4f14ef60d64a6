import type { Kind } from "../config/model.js";
import type { Core } from "../engine/core.js";
import { EventCodec } from "./eventcodec.js";
import type { TraceHead, TracePart } from "./feed.js";
import type { Reading } from "./read.js";

/** What a reading met, as the core counted it. */
export interface TraceCounts {
  kinds: Record<Kind, number>;
  /** Lookups, and those of them for the second and further pages of an access. */
  accesses: number;
  pageCrossings: number;
  /** Accesses, of those in `kinds`, of an address that only an allocation or a mapping gives: not made. */
  unplaced: number;
}

/** `trace` of every result. */
export interface TraceSummary extends TraceHead, TraceCounts {
  records: number;
  /** Records read and left out, by `skip`, `kinds` or `sample`. */
  filtered: number;
  /** Bad records passed over. */
  skipped: number;
  /** The trace ended before its end, or was given up at something broken. */
  truncated: boolean;
  /** Counts, by name, of what is neither access nor event. */
  other: Record<string, number>;
  /** What to know of a trace of this format. */
  notes: string[];
  /** Of several traces in turn: the accesses of a turn, and what each gave. The rest is of all together. */
  interleave?: number;
  traces?: TracePart[];
}

/** @internal */
export function summaryOf(reading: Reading, counts: TraceCounts): TraceSummary {
  const { kinds, accesses, pageCrossings, unplaced } = counts;
  const { head, filtered, skipped, truncated, other, notes, several } = reading;
  const records = kinds.instruction + kinds.load + kinds.store + kinds.modify;
  return {
    ...head,
    records,
    kinds,
    accesses,
    pageCrossings,
    filtered,
    skipped,
    truncated,
    unplaced,
    other: { ...other },
    notes: [...notes],
    ...(several ? { interleave: several.every, traces: several.parts(records) } : {}),
  };
}

/**
 * The events that a core met since `before`, by name. (An access that says more than an address and a size is none of
 * them: it counts by its kind.) @internal
 */
export function eventsMet(core: Core, before: readonly number[] = []): Record<string, number> {
  const codec = new EventCodec(core);
  const counts = core
    .eventCounts()
    .map((count, kind) => [codec.nameOf(kind), count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([name, count]) => count > 0 && name !== "access"));
}
