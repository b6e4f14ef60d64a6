import type { LeakSums } from "../check/leaks.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { Pace } from "../pace.js";
import type { TraceHead } from "../trace/feed.js";
import {
  concluded,
  PartialError,
  type Progress,
  type Reading,
  type ReadOptions,
  readTrace,
} from "../trace/read.js";
import { openTrace, type Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import { type Demand, demandOf } from "./distributions.js";
import { type GcOptions, gcPlan } from "./gc.js";
import { heapLeaks } from "./leaks.js";
import { measure, type NamedPolicy, type Plan, type PolicyResult } from "./measure.js";
import { Numbering } from "./numbering.js";
import { OpReader } from "./ops.js";
import { DEFAULT_POLICIES, type PolicyChoice, resolvePolicies } from "./policies.js";
import type { HeapPolicyInput } from "./policy.js";
import { type Choice, chooseSpace, type HeapProcess, pidOf } from "./process.js";
import type { Unknown } from "./spaces.js";

const SAMPLES = 256;

export interface HeapReplayOptions extends ReadOptions {
  /** `all` is every preset; without it, some of them. */
  policies?: readonly PolicyChoice[];
  /** What is different in all of them. */
  set?: HeapPolicyInput;
  /** Whose operations are replayed, where several processes allocate; without it, those of the one with the most. */
  process?: number;
  /** Operations to replay at most. */
  operations?: number;
  /** Replays once more with a collector instead of the trace's frees. */
  gc?: GcOptions;
  /** Says of the blocks that are live at the end what pointers lead to them. */
  leakCheck?: boolean;
  /** How often the heap is looked at, for fragmentation and its size over time. */
  samples?: number;
  /** Draws the heap where the live payload is at its peak, at the end, or behind so many operations. */
  map?: "peak" | "end" | number;
  /** Checks each heap: every block after its operation, the whole heap every 1000 and at the end, payloads by what was written there. */
  validate?: boolean;
  /** A compiled core (`compileCore`), to share it. */
  module?: CompiledCore;
}

/** What was read. */
export interface HeapTrace extends TraceHead {
  /** Accesses, which heaps do not see, and events; those of allocations and processes are acted upon. */
  records: number;
  events: number;
  /** Bad records passed over. */
  skipped: number;
  truncated: boolean;
  other: Record<string, number>;
  notes: string[];
}

/** The fields of `heap --json`, as `docs/heap.md` explains them. */
export interface HeapResult {
  pagewalk: string;
  schema: number;
  trace: HeapTrace;
  /** An AbortSignal ended it; policies that were not done are absent. */
  interrupted?: true;
  /** Those that allocate; and the one that is replayed. */
  processes: HeapProcess[];
  process: HeapProcess["pid"];
  /** What the trace asks of a heap. */
  demand: Demand;
  /** What a tracer missed of the process that is replayed, and what was made of it. */
  unknown: Unknown;
  policies: PolicyResult[];
  /** Where it was asked for: what is live at the end, and what pointers lead to it. */
  leaks?: LeakSums;
  timing: { seconds: number };
}

/**
 * Replays the allocations of a trace through heaps, one a policy.
 *
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with the result of what was read, where the trace breaks off; with the policies that were
 *   done after `signal`
 * @throws PagewalkError `E_TRACE` where nothing is allocated, `E_CONFIG` for policies that are none, `E_OPTION`, `E_MEMORY`
 */
export async function replayHeap(
  trace: Trace | string,
  options: HeapReplayOptions = {},
): Promise<HeapResult> {
  const started = performance.now();
  const source = typeof trace === "string" ? openTrace(trace) : trace;
  const policies = resolvePolicies(options.policies ?? DEFAULT_POLICIES, options.set);
  checkNumbers(options);
  const core = await Core.create(options.module);
  const { HeapOp } = core.enums;
  const leakCheck = options.leakCheck === true;
  const reader = new OpReader(core, HeapOp, source, options.operations, {
    contents: leakCheck || options.gc !== undefined,
    sites: leakCheck,
  });
  const counts = { records: 0, events: 0 };
  const reading = await readTrace(core, source, options, (slice, feed) => {
    counts.records += slice.accesses;
    counts.events += slice.to - slice.from - slice.accesses;
    return reader.take(slice, feed);
  });
  const { space, processes } = choose(reading, reader, options.process, source.name);
  reader.spaces.close(space);
  const { ops, blocks, alignments } = space;
  const demand = demandOf(ops, blocks.slots, HeapOp);
  const numbering = new Numbering(ops, alignments, HeapOp);
  const plan = {
    ops,
    slots: blocks.slots,
    numbering,
    validate: options.validate === true,
    gc: options.gc && gcPlan(options.gc, space.contents, source.name),
    ...placesOf(numbering, space.operations, demand, options),
  };
  const results: PolicyResult[] = [];
  const pace = new Pace<Progress>({ ...options, ...signalOf(source, options) });
  let leaks: LeakSums | undefined;
  const stopped = reading.interrupted
    ? reading.failure
    : await untilAborted(async () => {
        const [first] = policies;
        if (leakCheck && first) leaks = await heapLeaks(await Core.create(core.module), first, space, pace);
        await measureAll(policies, plan, core, pace, results);
      });
  const { head, skipped, truncated, other, notes } = reading;
  const result = deepFreeze<HeapResult>({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace: {
      ...head,
      ...counts,
      skipped: skipped + reader.skipped,
      truncated,
      other: { ...other },
      notes: [...notes],
    },
    ...(stopped ? { interrupted: true as const } : {}),
    processes,
    process: pidOf(space),
    demand,
    unknown: { ...space.unknown },
    policies: results,
    ...(leaks ? { leaks } : {}),
    timing: { seconds: (performance.now() - started) / 1000 },
  });
  if (stopped) throw new PartialError(stopped, result);
  return concluded(reading, result);
}

/** Whose operations are replayed. @throws PagewalkError what ended the reading, where it came to none */
function choose(reading: Reading, reader: OpReader, process: number | undefined, file: string): Choice {
  const { failure, interrupted } = reading;
  const { all, current } = reader.spaces;
  if (failure && all.every(({ own }) => own === 0)) {
    if (!interrupted) throw failure;
    return { space: current, processes: [] };
  }
  return chooseSpace(all, process, file);
}

/** What ended it before it was done. */
async function untilAborted(run: () => Promise<void>): Promise<PagewalkError | undefined> {
  try {
    await run();
  } catch (thrown) {
    if (thrown instanceof PagewalkError && thrown.code === "E_ABORTED") return thrown;
    throw thrown;
  }
  return undefined;
}

/** Replays with each policy in turn. */
async function measureAll(
  policies: readonly NamedPolicy[],
  plan: Plan,
  { module }: Core,
  pace: Pace<Progress>,
  results: PolicyResult[],
): Promise<void> {
  const total = plan.ops.length * policies.length;
  let core = await Core.create(module);
  let limit = 0;
  for (const [i, policy] of policies.entries()) {
    // A heap has the region of the one before, unless it may grow larger: then both would be there.
    if (limit > 0 && policy.policy.limit > limit) core = await Core.create(module);
    limit = Math.max(limit, policy.policy.limit);
    const progress = (entries: number) => {
      const done = i * plan.ops.length + entries;
      return { records: done, bytes: done, totalBytes: total };
    };
    results.push(await measure(core, policy, plan, pace, progress));
  }
}

function signalOf({ options }: Trace, { signal }: ReadOptions): { signal?: AbortSignal } {
  const signals = [options.signal, signal].filter((each) => each !== undefined);
  return signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
}

/** Where the heaps are looked at, in entries of the stream. @throws PagewalkError `E_OPTION` for an operation beyond the last */
function placesOf(
  numbering: Numbering,
  operations: number,
  demand: Demand,
  { samples: wanted = SAMPLES, map }: HeapReplayOptions,
): Pick<Plan, "samples" | "peak" | "map"> {
  const count = Math.min(wanted, operations);
  const samples = Array.from({ length: count }, (_, i) =>
    numbering.entries(Math.round(((i + 1) * operations) / count)),
  );
  const places = {
    samples,
    peak: numbering.entries(demand.peak.operation),
    end: numbering.entries(operations),
  };
  if (typeof map !== "number") return { ...places, map: map && places[map] };
  if (map <= operations) return { ...places, map: numbering.entries(map) };
  throw new PagewalkError(
    "E_OPTION",
    `map: ${map}; want at most ${operations}, the operations that there are`,
  );
}

/** @throws PagewalkError `E_OPTION` */
function checkNumbers({ process, operations, samples, map }: HeapReplayOptions): void {
  const numbers = { process: [process, 0], operations: [operations, 1], samples: [samples, 1] } as const;
  for (const [name, [value, least]] of Object.entries(numbers)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new PagewalkError("E_OPTION", `${name}: ${String(value)}; want a whole number, ${least} or more`);
  }
  if (map === undefined || map === "peak" || map === "end") return;
  if (Number.isSafeInteger(map) && map >= 0) return;
  throw new PagewalkError("E_OPTION", `map: ${String(map)}; want peak, end, or a number of operations`);
}
