import { KINDS } from "../config/model.js";
import { kindNumber } from "../engine/codes.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { reachOf, readProcesses, readSurvey } from "../engine/pages.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import type { Interleaved } from "../trace/interleave.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { Records } from "../trace/records.js";
import { eventsMet, summaryOf, type TraceSummary } from "../trace/summary.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import { RegionNames } from "./names.js";
import { type Region, regionsOf } from "./regions.js";

const MAX_REGIONS = 1000;

/** What is in a trace: the fields of `info --json`. */
export interface TraceInfo {
  pagewalk: string;
  schema: number;
  trace: TraceSummary;
  interrupted?: true;
  /** The lowest page's first byte and the highest page's last, hexadecimal; null where nothing was touched. */
  addresses: { lowest: string | null; highest: string | null; nonCanonical: number };
  /** Distinct pages touched, were all pages of that size. */
  footprint: { "4K": number; "2M": number; "1G": number };
  /** Those that the trace names, with their accesses where it says which are whose. */
  processes: { pid: number; records?: number }[];
  /** The lowest, at most 1000; and how many there are. */
  regions: Region[];
  regionsTotal: number;
  /** Counts of events by name. */
  events: Record<string, number>;
  timing: { seconds: number; recordsPerSecond: number };
}

/**
 * Reads a trace, or several in turn (`interleave`), and says what is in it, without a machine.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with what was found so far, as `replay` does
 */
export async function survey(
  trace: Trace | Interleaved,
  options: ReadOptions & { module?: CompiledCore } = {},
): Promise<TraceInfo> {
  const core = await Core.create(options.module);
  const names = new RegionNames(core);
  const reading = await readTrace(core, trace, options, (slice, feed) => {
    const { from, to } = slice;
    names.take(new Records(core, slice, feed.strings));
    if (core.exports.survey(from, to) === core.enums.Status.Ok) return true;
    throw new PagewalkError("E_MEMORY", "the trace touches more pages than 4 GiB can list; use --limit");
  });
  return concluded(reading, infoOf(core, reading, names));
}

function infoOf(core: Core, reading: Reading, names: RegionNames): TraceInfo {
  const counters = core.counters();
  const { Counter } = core.enums;
  const kinds = Object.fromEntries(
    KINDS.map((kind) => [kind, counters[Counter.InstructionRecords + kindNumber(core, kind)] ?? 0]),
  ) as TraceSummary["kinds"];
  const { interrupted, seconds } = reading;
  const pages = readSurvey(core);
  const processes = readProcesses(core);
  const { numbers } = pages;
  const { lowest, highest } = reachOf(numbers);
  const { regions, total } = regionsOf(pages, processes, MAX_REGIONS);
  let accesses = 0;
  pages.each((_, instructions, loads, stores) => {
    accesses += instructions + loads + stores;
  });
  const trace = summaryOf(reading, {
    kinds,
    accesses,
    pageCrossings: counters[Counter.PageCrossings] ?? 0,
    unplaced: counters[Counter.Unplaced] ?? 0,
  });
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace,
    ...(interrupted ? { interrupted: true as const } : {}),
    addresses: {
      lowest: lowest === undefined ? null : `0x${lowest.toString(16)}`,
      highest: highest === undefined ? null : `0x${highest.toString(16)}`,
      nonCanonical: counters[Counter.SegvFaults] ?? 0,
    },
    footprint: { "4K": numbers.length, "2M": distinct(numbers, 2 ** 9), "1G": distinct(numbers, 2 ** 18) },
    processes: [
      ...reading.processes.map((pid) => ({ pid })),
      ...processes.map(({ process, records }) => ({ pid: process, records })),
    ],
    regions: names.named(regions),
    regionsTotal: total,
    events: eventsMet(core),
    timing: { seconds, recordsPerSecond: seconds > 0 ? trace.records / seconds : 0 },
  });
}

/** How many larger pages, of so many 4K pages each, hold the pages. */
function distinct(numbers: Float64Array, size: number): number {
  let count = 0;
  let last = -1;
  for (const number of numbers) {
    const larger = Math.floor(number / size);
    if (larger !== last) count++;
    last = larger;
  }
  return count;
}
