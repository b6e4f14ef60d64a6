import type { Config } from "../config/model.js";
import type { Machine } from "../engine/machine.js";
import type { MachineStats } from "../engine/stats.js";
import { deepFreeze } from "../freeze.js";
import type { TraceHead } from "../trace/cursor.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
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

/**
 * Replays a trace on a machine. `trace` of the result is about this trace alone; every other count is the
 * machine's since it was made, so that a second trace finds the TLBs as the first left them. The machine
 * stays usable whatever the outcome.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with the result so far: `E_TRACE` where the trace breaks off,
 *   `E_MEMORY` when page tables outgrow memory, `E_ABORTED` after `signal`
 * @throws PagewalkError `E_TRACE` where the trace cannot be opened, or holds nothing
 */
export async function replay(machine: Machine, trace: Trace, options: ReadOptions = {}): Promise<RunResult> {
  const before = machine.stats();
  let stopped = false;
  const reading = await readTrace(machine.core, trace, options, (slice) => {
    stopped = !machine.replay(slice);
    return !stopped;
  });
  return concluded(reading, resultOf(machine, before, reading, stopped));
}

function resultOf(machine: Machine, before: MachineStats, reading: Reading, stopped: boolean): RunResult {
  const { accesses, pageCrossings, kinds: allKinds, ...stats } = machine.stats();
  const kinds = {
    instruction: allKinds.instruction - before.kinds.instruction,
    load: allKinds.load - before.kinds.load,
    store: allKinds.store - before.kinds.store,
    modify: allKinds.modify - before.kinds.modify,
  };
  const records = kinds.instruction + kinds.load + kinds.store + kinds.modify;
  const { head, filtered, skipped, truncated, interrupted, seconds } = reading;
  const { core } = machine;
  const record = stopped ? core.results()[core.enums.Result.StoppedAt] : undefined;
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace: {
      ...head,
      records,
      kinds,
      accesses: accesses - before.accesses,
      pageCrossings: pageCrossings - before.pageCrossings,
      filtered,
      skipped,
      truncated,
    },
    ...(interrupted ? { interrupted: true as const } : {}),
    ...(record ? { stoppedAt: { record } } : {}),
    config: machine.config,
    ...stats,
    timing: { seconds, recordsPerSecond: seconds > 0 ? records / seconds : 0 },
  });
}
