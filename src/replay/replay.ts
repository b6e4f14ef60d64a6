import type { Config } from "../config/model.js";
import type { FailedExpectation } from "../engine/expectations.js";
import type { Machine } from "../engine/machine.js";
import type { MachineStats } from "../engine/stats.js";
import { frameLimitOf } from "../engine/windows.js";
import { deepFreeze } from "../freeze.js";
import type { Interleaved } from "../trace/interleave.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { eventsMet, summaryOf, type TraceSummary } from "../trace/summary.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import { checkWindow, type Series, Windows } from "./series.js";
import { type Thrashing, thrashingOf } from "./thrashing.js";

/** What a trace expected. */
export interface ExpectResult {
  checked: number;
  failed: FailedExpectation[];
}

/** What a replay came to: the fields of `run --json`, as `docs/model.md` explains them. */
export interface RunResult extends Omit<MachineStats, "accesses" | "pageCrossings" | "kinds"> {
  pagewalk: string;
  schema: number;
  trace: TraceSummary;
  /** Events of the trace by name. */
  events: Record<string, number>;
  /** What the trace expected: how much, and what of it was not so. Only where it expected something. */
  expect?: ExpectResult;
  /** An AbortSignal ended the replay. */
  interrupted?: true;
  /** What it did window by window. Only where windows were asked for. */
  series?: Series;
  /** Whether it thrashed. Only where frames were limited. */
  thrashing?: Thrashing;
  /** The machine ended it at the first fault (`onFault: "stop"`). */
  stoppedAt?: { record: number };
  config: Config;
  timing: { seconds: number; recordsPerSecond: number };
}

export interface ReplayOptions extends ReadOptions {
  /** Records of a window: what the machine does is told for each by itself (`series`). */
  window?: number;
}

/**
 * Replays a trace on a machine, or several in turn (`interleave`). `trace` of the result is about this trace alone; every other count is the
 * machine's since it was made, so that a second trace finds the TLBs as the first left them. The machine
 * stays usable whatever the outcome.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with the result so far: `E_TRACE` where the trace breaks off,
 *   `E_MEMORY` when page tables outgrow memory, `E_ABORTED` after `signal`
 * @throws PagewalkError `E_TRACE` where the trace cannot be opened, or holds nothing, `E_OPTION` for a window that is no number of records
 */
export async function replay(
  machine: Machine,
  trace: Trace | Interleaved,
  options: ReplayOptions = {},
): Promise<RunResult> {
  const { window } = options;
  if (window !== undefined) checkWindow(window);
  const before = countsOf(machine);
  let stopped = false;
  const { expectations } = machine;
  const checked = expectations.checked;
  const failed = expectations.failed.length;
  const windows = window === undefined || machine.core.busy ? undefined : new Windows(machine, window);
  const reading = await readTrace(machine.core, trace, options, (slice, feed) => {
    const onDemand = feed.head.format !== "scenario";
    const named = { ...slice, strings: feed.strings, onDemand };
    stopped = !(windows ? windows.replay(named) : machine.replay(named));
    return !stopped;
  });
  const expect = { checked: expectations.checked - checked, failed: expectations.failed.slice(failed) };
  return concluded(reading, resultOf(machine, before, reading, stopped, expect, windows?.end()));
}

/** What a machine has counted that is told of each trace by itself. */
interface Before {
  stats: MachineStats;
  events: number[];
  unplaced: number;
}

function countsOf(machine: Machine): Before {
  const { core } = machine;
  const unplaced = core.counters()[core.enums.Counter.Unplaced] ?? 0;
  return { stats: machine.stats(), events: core.eventCounts(), unplaced };
}

function resultOf(
  machine: Machine,
  before: Before,
  reading: Reading,
  stopped: boolean,
  expect: ExpectResult,
  series: Series | undefined,
): RunResult {
  const now = countsOf(machine);
  const { accesses, pageCrossings, kinds: all, ...stats } = now.stats;
  const { kinds } = before.stats;
  const trace = summaryOf(reading, {
    kinds: {
      instruction: all.instruction - kinds.instruction,
      load: all.load - kinds.load,
      store: all.store - kinds.store,
      modify: all.modify - kinds.modify,
    },
    accesses: accesses - before.stats.accesses,
    pageCrossings: pageCrossings - before.stats.pageCrossings,
    unplaced: now.unplaced - before.unplaced,
  });
  const { interrupted, seconds } = reading;
  const { core } = machine;
  const isLimited = frameLimitOf(core) !== null;
  const thrashing = thrashingOf(now.stats, machine.config, isLimited, series);
  const record = stopped ? core.results()[core.enums.Result.StoppedAt] : undefined;
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace,
    events: eventsMet(core, before.events),
    ...(expect.checked > 0 ? { expect } : {}),
    ...(interrupted ? { interrupted: true as const } : {}),
    ...(record ? { stoppedAt: { record } } : {}),
    config: machine.config,
    ...(series ? { series } : {}),
    ...(thrashing ? { thrashing } : {}),
    ...stats,
    timing: { seconds, recordsPerSecond: seconds > 0 ? trace.records / seconds : 0 },
  });
}
