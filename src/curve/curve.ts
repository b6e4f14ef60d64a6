import { type ConfigInput, KINDS } from "../config/model.js";
import { TRIES } from "../crew/crew.js";
import { cores } from "../crew/jobs.js";
import { lasts } from "../crew/kept.js";
import { kindNumber } from "../engine/codes.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { Pace } from "../pace.js";
import { Interleaved } from "../trace/interleave.js";
import {
  concluded,
  PartialError,
  type Progress,
  type Reading,
  type ReadOptions,
  readTrace,
} from "../trace/read.js";
import { eventsMet, summaryOf, type TraceSummary } from "../trace/summary.js";
import { openTrace, type Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import { curvesOfMachines, wantsMachine } from "./machines.js";
import {
  type CurveChoice,
  type CurveConfig,
  type CurvePlan,
  curveName,
  planOf,
  powersUpTo,
} from "./options.js";
import { type CurveCounts, hasStack, PoolSet } from "./pools.js";
import { Shards, type ShardsResult } from "./shards.js";
import type { WorkingSetPoint } from "./workingset.js";

/** What one policy did with one size. */
export interface CurvePoint {
  /** Of `ws`: lookups of its process after which a page leaves; `frames` is then the most pages that were resident. */
  tau?: number;
  frames: number;
  faults: number;
  /** Dirty pages that left; of `wsclock`, also those that were written and stayed. */
  writes: number;
  evictions: number;
  /** Accesses that ended for want of a frame or of room in swap. Only of whole machines. */
  outOfMemory?: number;
  /** Of a sample of the pages (`shards`): the standard errors of `faults` and `writes`. */
  faultsError?: number;
  writesError?: number;
}

export interface Curve {
  policy: string;
  points: CurvePoint[];
}

/** The fields of `curve --json`, as `docs/model.md` explains them. */
export interface CurveResult {
  pagewalk: string;
  schema: number;
  trace: TraceSummary;
  /** Events of the trace by name. Without `config.machine` a switch of processes is acted upon, and nothing else is. */
  events: Record<string, number>;
  /** An AbortSignal ended it. */
  interrupted?: true;
  config: CurveConfig;
  /** Pages looked up, each process's by itself (of whole machines, the most frames in use without a limit), and accesses of addresses that are none. */
  pages: number;
  faults: { segv: number };
  curves: Curve[];
  /** Where the curve is expected of a share of the pages: what it stands on. `pages` is then expected, too. */
  shards?: ShardsResult;
  /** Where it was asked for: the size of the working set against its window. */
  workingSet?: { points: WorkingSetPoint[] };
  timing: { seconds: number; recordsPerSecond: number };
}

export interface CurveOptions extends CurveChoice, ReadOptions {
  /** A compiled core (`compileCore`), to share it. */
  module?: CompiledCore;
  /** Replays the trace on a machine like this for each point. Traces with mappings, or processes that fork, always are; without it, on one without TLBs. */
  machine?: ConfigInput;
}

/**
 * Page faults against size, a curve a policy. All sizes of lru come of one pass, and so do those of opt, which keeps all lookups in memory.
 * Without `frames` the trace is read twice for other policies (but `ws`); on whole machines once a point.
 *
 * @param trace a trace, several in turn (`interleave`), or a path
 * @returns the result, frozen
 * @throws PartialError (a PagewalkError) with the result so far, as `replay` does; after `signal`, opt has no points
 * @throws PagewalkError `E_OPTION` with everything that is wrong with the options
 */
export async function curve(
  trace: Trace | Interleaved | string,
  options: CurveOptions,
): Promise<CurveResult> {
  const plan = planOf(options);
  const source = typeof trace === "string" ? openTrace(trace) : trace;
  const asked: Asked = {
    source,
    plan,
    options,
    jobs: plan.jobs ?? (await cores()),
    started: performance.now(),
  };
  if (options.machine !== undefined) return machineCurve(asked);
  if (plan.shards !== undefined)
    return readCurve(asked, (core) => Shards.create(core, plan, plan.shards ?? 1));
  for (let times = 1; ; times++) {
    try {
      return await poolCurve(asked);
    } catch (thrown) {
      // A worker has died: it is made anew from the trace's beginning.
      const isWorkers = thrown instanceof PagewalkError && thrown.code === "E_INTERNAL";
      if (!isWorkers || times === TRIES || !(await lasts(source))) throw thrown;
    }
  }
}

/** What is asked for. @internal */
export interface Asked {
  source: Trace | Interleaved;
  plan: CurvePlan;
  options: CurveOptions;
  jobs: number;
  started: number;
}

async function poolCurve(asked: Asked): Promise<CurveResult> {
  const { source, plan, options, jobs } = asked;
  const sized = plan.policies.some((choice) => choice.policy !== "ws" && !hasStack(choice));
  const frames = plan.frames ?? (sized ? await powersOfTwo(source, plan, options) : undefined);
  return readCurve(asked, async (core) => new PoolSet(core, { ...plan, jobs }, frames));
}

/** Reads the trace once into what `open` makes in a core. */
async function readCurve(
  asked: Asked,
  open: (core: Core) => Promise<PoolSet | Shards>,
): Promise<CurveResult> {
  const { source, plan, options, started } = asked;
  const core = await Core.create(options.module);
  const pools = await open(core);
  const reading = await readTrace(core, source, options, async (slice) => {
    await pools.take(slice);
    return true;
  }).catch(async (thrown) => {
    await pools.settle();
    throw thrown;
  });
  const [failure] = await Promise.all([pools.settle(), foresee(pools, reading, source, options)]);
  reading.failure ??= failure;
  reading.seconds = (performance.now() - started) / 1000;
  const result = resultOf(core, plan, pools, reading);
  if (!wantsMachine(result.events)) return concluded(reading, result);
  if (reading.interrupted) return concluded(reading, deepFreeze({ ...result, curves: [] }));
  return machineCurve({ ...asked, options: { ...options, module: core.module } });
}

/** Each point by a whole machine. */
async function machineCurve(asked: Asked): Promise<CurveResult> {
  const { source, started } = asked;
  const once = readOnce(source);
  if (once) {
    const message = `curve: ${once.name} is replayed on a whole machine, once a point, and can be read once; want a file`;
    throw new PagewalkError("E_OPTION", message);
  }
  const made = await curvesOfMachines(asked);
  const { trace, events, faults } = made.whole.result;
  const { pageSize, count, seed } = made.machine;
  const seconds = (performance.now() - started) / 1000;
  const result: CurveResult = deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace,
    events,
    ...(made.failure?.code === "E_ABORTED" ? { interrupted: true as const } : {}),
    config: { pageSize, count, seed, machine: made.machine },
    pages: made.whole.peak,
    faults: { segv: faults.segv },
    curves: made.curves,
    timing: { seconds, recordsPerSecond: seconds > 0 ? trace.records / seconds : 0 },
  });
  if (made.failure) throw new PartialError(made.failure, result);
  return result;
}

/** The future's second pass. A signal ends it as one ends the reading. */
async function foresee(
  pools: CurveCounts,
  reading: Reading,
  source: Trace | Interleaved,
  options: CurveOptions,
): Promise<void> {
  if (reading.interrupted) return;
  const traces = source instanceof Interleaved ? source.traces : [source];
  const signals = [options.signal, ...traces.map((each) => each.options.signal)];
  const signal = AbortSignal.any(signals.filter((each) => each !== undefined));
  const pace = new Pace<Progress>({ signal });
  try {
    await pools.foresee(() => pace.turn(() => ({ records: 0, bytes: 0, totalBytes: undefined })));
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    reading.failure = thrown;
    reading.interrupted = true;
  }
}

/** The sizes where none were asked for: up to the first that holds every page. */
async function powersOfTwo(
  source: Trace | Interleaved,
  plan: CurvePlan,
  options: CurveOptions,
): Promise<number[]> {
  const once = readOnce(source);
  if (once) {
    const message = `curve: without frames a trace is read twice, and ${once.name} can be read once; want frames, as in --frames 64,512`;
    throw new PagewalkError("E_OPTION", message);
  }
  const core = await Core.create(options.module);
  const pools = new PoolSet(core, { ...plan, policies: [], windows: undefined, jobs: 1 }, undefined);
  const reading = await readTrace(core, source, options, async (slice) => {
    await pools.take(slice);
    return true;
  });
  // What ends it early ends the second reading too, which then tells of it.
  if (reading.isEmpty) concluded(reading, undefined);
  return powersUpTo(pools.pages);
}

/** A trace that cannot be read again. */
function readOnce(source: Trace | Interleaved): Trace | undefined {
  const traces = source instanceof Interleaved ? source.traces : [source];
  return traces.find(({ source }) => source === "-" || !isLasting(source));
}

function isLasting(source: Trace["source"]): boolean {
  return typeof source === "string" || source instanceof Uint8Array;
}

function resultOf(core: Core, plan: CurvePlan, pools: PoolSet | Shards, reading: Reading): CurveResult {
  const counters = core.counters();
  const { Counter } = core.enums;
  const at = (slot: number) => counters[slot] ?? 0;
  const kinds = Object.fromEntries(
    KINDS.map((kind) => [kind, at(Counter.InstructionRecords + kindNumber(core, kind))]),
  ) as TraceSummary["kinds"];
  const trace = summaryOf(reading, {
    kinds,
    accesses: at(Counter.InstructionLookups) + at(Counter.LoadLookups) + at(Counter.StoreLookups),
    pageCrossings: at(Counter.PageCrossings),
    unplaced: at(Counter.Unplaced),
  });
  const { interrupted, seconds } = reading;
  const curves = curvesOf(plan, pools, interrupted);
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace,
    events: eventsMet(core),
    ...(interrupted ? { interrupted: true as const } : {}),
    config: plan.config,
    pages: pools.pages,
    faults: { segv: at(Counter.SegvFaults) },
    curves,
    ...more(pools, curves, trace.accesses),
    timing: { seconds, recordsPerSecond: seconds > 0 ? trace.records / seconds : 0 },
  });
}

/** What a result has beside curves. */
function more(
  pools: PoolSet | Shards,
  curves: readonly Curve[],
  accesses: number,
): Pick<CurveResult, "shards" | "workingSet"> {
  if (pools instanceof PoolSet) {
    return pools.workingSets ? { workingSet: { points: pools.workingSets.points() } } : {};
  }
  const errors = curves.flatMap(({ points }) => points.map(({ faultsError = 0 }) => faultsError));
  return { shards: pools.result(errors, accesses) };
}

/** Points of one policy are one curve; so are those of `ws`, whatever their TAU. */
function curvesOf({ policies }: CurvePlan, pools: CurveCounts, interrupted: boolean): Curve[] {
  const curves = new Map(policies.map(curveName).map((policy) => [policy, { policy, points: [] } as Curve]));
  pools.each((choice, frames, { faults, writes, evictions, peak, errors }) => {
    // Of an interrupted reading opt has seen nothing, or a part.
    if (interrupted && choice.policy === "opt") return;
    curves.get(curveName(choice))?.points.push({
      ...(choice.policy === "ws" ? { tau: choice.parameter, frames: peak } : { frames }),
      faults,
      writes,
      evictions,
      ...(errors ? { faultsError: errors.faults, writesError: errors.writes } : {}),
    });
  });
  for (const { points } of curves.values()) points.sort((a, b) => (a.tau ?? 0) - (b.tau ?? 0));
  return [...curves.values()];
}
