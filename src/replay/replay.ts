import type { Config } from "../config/model.js";
import type { Machine } from "../engine/machine.js";
import type { MachineStats } from "../engine/stats.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { Pace } from "../pace.js";
import { Cursor, type TraceHead } from "../trace/cursor.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";

/** What a replay came to: the fields of `run --json`, as `docs/model.md` explains them. */
export interface RunResult extends Omit<MachineStats, "accesses" | "pageCrossings" | "kinds"> {
  pagewalk: string;
  schema: number;
  trace: TraceHead & {
    records: number;
    kinds: MachineStats["kinds"];
    accesses: number;
    pageCrossings: number;
    /** Records read and left out, by `skip` or `kinds`. */
    filtered: number;
    /** Bad records passed over. */
    skipped: number;
    /** The trace ended before its end, or was given up at something broken. */
    truncated: boolean;
  };
  /** An AbortSignal ended the replay. */
  interrupted?: true;
  /** The machine ended it at the first fault (`onFault: "stop"`). */
  stoppedAt?: { record: number };
  config: Config;
  timing: { seconds: number; recordsPerSecond: number };
}

export interface Progress {
  /** Records read so far. */
  records: number;
  /** Bytes of the file read so far, and in all where that is known. */
  bytes: number;
  totalBytes: number | undefined;
}

export interface ReplayOptions {
  /** Called some times a second. */
  onProgress?: (progress: Progress) => void;
  /** Ends the replay between batches. */
  signal?: AbortSignal;
}

/** How a replay ended, where it did not end with its trace. */
interface Outcome {
  truncated?: true;
  interrupted?: true;
  stoppedAt?: { record: number };
}

/** A replay that failed on its way: `partial` holds what was counted until then. */
export class ReplayError extends PagewalkError {
  readonly partial: RunResult;

  constructor(cause: PagewalkError, partial: RunResult) {
    super(cause.code, cause.message, cause.at, cause.problems);
    this.partial = partial;
  }
}

/**
 * Replays a trace on a machine. `trace` of the result is about this trace alone; every other count is the
 * machine's since it was made, so that a second trace finds the TLBs as the first left them. The machine
 * stays usable whatever the outcome.
 *
 * @returns the result, frozen
 * @throws ReplayError (a PagewalkError) with the result so far: `E_TRACE` where the trace breaks off,
 *   `E_MEMORY` when page tables outgrow memory, `E_ABORTED` after `signal`
 * @throws PagewalkError `E_TRACE` where the trace cannot be opened, or holds nothing
 */
export async function replay(
  machine: Machine,
  trace: Trace,
  options: ReplayOptions = {},
): Promise<RunResult> {
  const started = performance.now();
  const before = machine.stats();
  const pace = new Pace<Progress>(options);
  const cursor = new Cursor(machine.core, trace);
  const outcome: Outcome = {};
  let failure: PagewalkError | undefined;
  try {
    await pace.race(cursor.open(options.signal));
    const record = await replayAll(machine, cursor, pace);
    if (record !== undefined) outcome.stoppedAt = { record };
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    failure = thrown;
    if (failure.code === "E_ABORTED") outcome.interrupted = true;
    else outcome.truncated = true;
  } finally {
    cursor.close();
  }
  const result = resultOf(machine, before, cursor, outcome, (performance.now() - started) / 1000);
  if (!failure) return result;
  if (result.trace.records === 0 && failure.code === "E_TRACE") throw failure;
  throw new ReplayError(failure, result);
}

/** Replays what the cursor gives; the record at which a fault stopped it, if one did. */
async function replayAll(
  machine: Machine,
  cursor: Cursor,
  pace: Pace<Progress>,
): Promise<number | undefined> {
  let records = 0;
  for (let slice = await pace.race(cursor.next()); slice; slice = await pace.race(cursor.next())) {
    if (!machine.replay(slice)) return machine.stats().faultList.at(-1)?.record ?? undefined;
    records += slice.to - slice.from;
    await pace.turn(() => ({ records, bytes: cursor.meter.done, totalBytes: cursor.meter.size }));
  }
  return undefined;
}

function resultOf(
  machine: Machine,
  before: MachineStats,
  cursor: Cursor,
  outcome: Outcome,
  seconds: number,
): RunResult {
  const { accesses, pageCrossings, kinds: allKinds, ...stats } = machine.stats();
  const kinds = {
    instruction: allKinds.instruction - before.kinds.instruction,
    load: allKinds.load - before.kinds.load,
    store: allKinds.store - before.kinds.store,
    modify: allKinds.modify - before.kinds.modify,
  };
  const records = kinds.instruction + kinds.load + kinds.store + kinds.modify;
  const { truncated = false, ...ending } = outcome;
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace: {
      ...cursor.head,
      records,
      kinds,
      accesses: accesses - before.accesses,
      pageCrossings: pageCrossings - before.pageCrossings,
      filtered: cursor.filtered,
      skipped: cursor.skipped,
      truncated,
    },
    ...ending,
    config: machine.config,
    ...stats,
    timing: { seconds, recordsPerSecond: seconds > 0 ? records / seconds : 0 },
  });
}
