import { KINDS } from "../config/model.js";
import { Checker, type RawFinding } from "../engine/checker.js";
import { kindNumber } from "../engine/codes.js";
import { type CompiledCore, Core } from "../engine/core.js";
import type { FailedExpectation } from "../engine/expectations.js";
import { deepFreeze } from "../freeze.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { eventsMet, summaryOf, type TraceSummary } from "../trace/summary.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import type { CodePlace } from "./code.js";
import { EventChecker } from "./events.js";
import { type Finding, findingsOf } from "./findings.js";
import { LeakSearch, type Leaks, type LiveBlock } from "./leaks.js";
import { type CheckConfig, checkerOptions, type LeakCheck, leakCheckOf } from "./options.js";
import { Session } from "./session.js";
import { type Suppressed, Suppressions } from "./suppressions.js";
import { Texts } from "./texts.js";

export interface CheckOptions extends CheckConfig, ReadOptions {
  /** Whether, and how, blocks that were never freed are told of (`full`). */
  leakCheck?: LeakCheck;
  /** Sites of reachable blocks, too. */
  showReachable?: boolean;
  /** Each block that was never freed, in `blocks` of the result. */
  listBlocks?: boolean;
  /** The text of a suppressions file: findings that are counted, and not told of. */
  suppressions?: string;
  /** A compiled core (`compileCore`), to share it. */
  module?: CompiledCore;
}

/** What a check found: the fields of `check --json`. */
export interface CheckResult {
  pagewalk: string;
  schema: number;
  trace: TraceSummary;
  /** Events of the trace by name. */
  events: Record<string, number>;
  interrupted?: true;
  /** What is wrong, in the order in which it was first found; the same at the same three places once, with a count. */
  errors: Finding[];
  /** How often something was found, and what of that is not in `errors`: `suppressed`, or `unlisted`, as there was too much of it. */
  errorCount: number;
  unlisted: number;
  suppressed: Suppressed[];
  leaks?: Leaks;
  blocks?: LiveBlock[];
  /** Of the heap: blocks that were given and freed, bytes that were given, the most that were live at once; allocations that failed. */
  heap: { allocations: number; frees: number; bytes: number; peak: number; failed: number };
  /** What the trace expected of bytes. Only where it expected something. */
  expect?: { checked: number; failed: FailedExpectation[] };
  /** What to know of the result. */
  notes: string[];
  timing: { seconds: number; recordsPerSecond: number };
}

/**
 * Checks every access and every allocation of a trace, and looks for leaks.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with what was found so far, as `replay` does; `E_MEMORY` above `heapLimit`
 * @throws PagewalkError `E_OPTION` for options that make no sense
 */
export async function check(trace: Trace, options: CheckOptions = {}): Promise<CheckResult> {
  const { config, checking } = checkerOptions(options);
  const leakCheck = leakCheckOf(options.leakCheck);
  const suppressions = new Suppressions(options.suppressions ?? "");
  const core = await Core.create(options.module);
  const texts = new Texts();
  const checker = new Checker(core, checking, (place) => texts.name(place));
  const session = new Session(checker, texts, config);
  const search = new LeakSearch(session);
  const events = new EventChecker(session, (process) => {
    if (leakCheck !== "no") search.take(process);
  });
  const reading = await readTrace(core, trace, options, (slice, feed) => {
    events.batch(slice, feed.strings);
    return true;
  });
  // Where memory is used up, there is none for a search.
  if (reading.failure?.code !== "E_MEMORY") events.processes.endAll();
  const placed = await events.code.places(checker.findings(), await madeAt(trace));
  return concluded(
    reading,
    resultOf({ reading, core, checker, texts, session, search, events, placed, suppressions, options }),
  );
}

/** When a trace was made, in milliseconds since 1970, where that can be told. */
async function madeAt({ source }: Trace): Promise<number> {
  if (typeof source !== "string" || source === "-") return Number.POSITIVE_INFINITY;
  const { statSync } = await import("node:fs");
  return statSync(source, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

interface Parts {
  reading: Reading;
  core: Core;
  checker: Checker;
  texts: Texts;
  session: Session;
  search: LeakSearch;
  events: EventChecker;
  placed: ReadonlyMap<RawFinding, CodePlace | undefined>;
  suppressions: Suppressions;
  options: CheckOptions;
}

function resultOf(parts: Parts): CheckResult {
  const { reading, core, checker, texts, session, search, events, placed, suppressions, options } = parts;
  const { interrupted, seconds } = reading;
  const { leakCheck = "full", showReachable = false, listBlocks = false } = options;
  const trace = traceOf(reading, core, session, events);
  const { blocks, bytes, freed, peak } = checker.counts;
  const { unlisted } = checker.found;
  const found = [...placed.keys()].reduce((all, { count }) => all + count, unlisted);
  const { accesses } = events;
  const live = suppressions.keepBlocks(search.blocks);
  const errors = suppressions.keep(findingsOf(placed, checker, texts));
  const leaks = search.result(live, { sites: leakCheck === "full", reachable: showReachable });
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace,
    events: eventsMet(core),
    ...(interrupted ? { interrupted: true as const } : {}),
    errors,
    errorCount: found,
    unlisted,
    suppressed: suppressions.used(),
    ...(leakCheck === "no" ? {} : { leaks }),
    ...(leakCheck !== "no" && listBlocks ? { blocks: live } : {}),
    heap: { allocations: blocks, frees: freed, bytes, peak, failed: session.failed },
    ...(accesses.checked > 0 ? { expect: { checked: accesses.checked, failed: accesses.failed } } : {}),
    notes: [...notesOf(parts, leaks), ...events.code.notes],
    timing: { seconds, recordsPerSecond: seconds > 0 ? trace.records / seconds : 0 },
  });
}

function notesOf({ reading, core, session, events }: Parts, { definite }: Leaks): string[] {
  const met = eventsMet(core);
  const { passedOver } = events;
  const { unplaced, unbalanced, isCapture, knowsPointers } = session;
  const isWhole = !reading.truncated && !reading.interrupted;
  const isUnsure = isCapture && !knowsPointers && definite.blocks > 0;
  return [
    ...(Object.keys(met).length === 0
      ? ["the trace tells of no allocation: a program's are in its trace with capture --heap"]
      : []),
    ...(unplaced > 0
      ? [
          unplaced === 1
            ? "1 access is of a name that stands for nothing yet: it was not checked"
            : `${unplaced} accesses are of names that stand for nothing yet: they were not checked`,
        ]
      : []),
    ...(unbalanced > 0
      ? [`frame pop: ${unbalanced} ${unbalanced === 1 ? "time" : "times"} there was no frame to pop`]
      : []),
    ...(passedOver > 0
      ? [
          `${passedOver} ${passedOver === 1 ? "line expects" : "lines expect"} faults or errors of calls, which run checks, not check`,
        ]
      : []),
    ...(isWhole ? [] : ["the trace was not read to its end: what is live there may be freed behind it"]),
    ...(isUnsure
      ? [
          "the trace does not tell what memory holds: which of the blocks that were never freed are lost is not known",
        ]
      : []),
  ];
}

function traceOf(reading: Reading, core: Core, session: Session, events: EventChecker): TraceSummary {
  const { Counter } = core.enums;
  const counters = core.counters();
  const kinds = Object.fromEntries(
    KINDS.map((kind) => {
      const counted = counters[Counter.InstructionRecords + kindNumber(core, kind)] ?? 0;
      return [kind, counted + events.unplaced[kind]];
    }),
  ) as TraceSummary["kinds"];
  const { instruction, load, store, modify } = kinds;
  const pageCrossings = counters[Counter.PageCrossings] ?? 0;
  const accesses = instruction + load + store + 2 * modify + pageCrossings;
  return summaryOf(reading, { kinds, accesses, pageCrossings, unplaced: session.unplaced });
}
