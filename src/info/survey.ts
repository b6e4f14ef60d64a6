import { KINDS } from "../config/model.js";
import { kindNumber } from "../engine/codes.js";
import { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import type { TraceHead } from "../trace/cursor.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import { type Page, type Region, regionsOf } from "./regions.js";

/** What is in a trace: the fields of `info --json`. */
export interface TraceInfo {
  pagewalk: string;
  schema: number;
  trace: TraceHead & {
    records: number;
    kinds: { instruction: number; load: number; store: number; modify: number };
    accesses: number;
    pageCrossings: number;
    filtered: number;
    skipped: number;
    truncated: boolean;
  };
  interrupted?: true;
  /** The lowest page's first byte and the highest page's last, hexadecimal; null where nothing was touched. */
  addresses: { lowest: string | null; highest: string | null; nonCanonical: number };
  /** Distinct pages touched, were all pages of that size. */
  footprint: { "4K": number; "2M": number; "1G": number };
  processes: { pid: number }[];
  regions: Region[];
  /** Counts of events by name; this format has none. */
  events: Record<string, number>;
  timing: { seconds: number; recordsPerSecond: number };
}

/**
 * Reads a trace and says what is in it, without a machine.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with what was found so far, as `replay` does
 */
export async function survey(
  trace: Trace,
  options: ReadOptions & { module?: WebAssembly.Module } = {},
): Promise<TraceInfo> {
  const core = await Core.create(options.module);
  const reading = await readTrace(core, trace, options, ({ from, to }) => {
    if (core.exports.survey(from, to) === core.enums.Status.Ok) return true;
    throw new PagewalkError("E_MEMORY", "the trace touches more pages than 4 GiB can list; use --limit");
  });
  return concluded(reading, infoOf(core, reading));
}

function infoOf(core: Core, reading: Reading): TraceInfo {
  const counters = core.counters();
  const { Counter } = core.enums;
  const kinds = Object.fromEntries(
    KINDS.map((kind) => [kind, counters[Counter.InstructionRecords + kindNumber(core, kind)] ?? 0]),
  ) as TraceInfo["trace"]["kinds"];
  const records = kinds.instruction + kinds.load + kinds.store + kinds.modify;
  const { head, filtered, skipped, truncated, interrupted, seconds } = reading;
  const pages = readPages(core);
  const first = pages[0]?.number;
  const last = pages.at(-1)?.number;
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace: {
      ...head,
      records,
      kinds,
      accesses: pages.reduce((sum, page) => sum + page.instructions + page.loads + page.stores, 0),
      pageCrossings: counters[Counter.PageCrossings] ?? 0,
      filtered,
      skipped,
      truncated,
    },
    ...(interrupted ? { interrupted: true as const } : {}),
    addresses: {
      lowest: first === undefined ? null : `0x${(first << 12n).toString(16)}`,
      highest: last === undefined ? null : `0x${((last << 12n) + 4095n).toString(16)}`,
      nonCanonical: counters[Counter.SegvFaults] ?? 0,
    },
    footprint: { "4K": pages.length, "2M": distinct(pages, 9n), "1G": distinct(pages, 18n) },
    processes: reading.processes.map((pid) => ({ pid })),
    regions: regionsOf(pages),
    events: {},
    timing: { seconds, recordsPerSecond: seconds > 0 ? records / seconds : 0 },
  });
}

/** The surveyed pages, in the order of their addresses. */
function readPages(core: Core): Page[] {
  const { surveyTable, surveyCapacity } = core.exports;
  const words = core.u64(surveyTable.value, surveyCapacity.value * core.enums.Survey.Words);
  const pages: Page[] = [];
  for (let at = 0; at < words.length; at += core.enums.Survey.Words) {
    const name = words[at] ?? 0n;
    if (name === 0n) continue;
    const [instructions, loads, stores] = [words[at + 1], words[at + 2], words[at + 3]].map(Number);
    pages.push({
      number: name - 1n,
      instructions: instructions ?? 0,
      loads: loads ?? 0,
      stores: stores ?? 0,
    });
  }
  return pages.sort((a, b) => (a.number < b.number ? -1 : 1));
}

function distinct(pages: readonly Page[], bits: bigint): number {
  return pages.reduce((count, page, i) => {
    const before = pages[i - 1];
    return before && before.number >> bits === page.number >> bits ? count : count + 1;
  }, 0);
}
