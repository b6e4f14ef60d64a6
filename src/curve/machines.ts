import type { Config } from "../config/model.js";
import type { ReplacementChoice } from "../config/replacement.js";
import { resolveConfig } from "../config/resolve.js";
import type { CompiledCore } from "../engine/core.js";
import { Machine } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { type RunResult, replay } from "../replay/replay.js";
import type { Interleaved } from "../trace/interleave.js";
import { PartialError } from "../trace/read.js";
import type { Trace } from "../trace/trace.js";
import type { Curve, CurveOptions, CurvePoint } from "./curve.js";
import { type CurvePlan, powersUpTo } from "./options.js";

/** Events that change which pages there are: pools of frames know nothing of them. */
const CALLS = new Set([
  ...["mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "sbrk", "mlock", "munlock"],
  ...["fork", "vfork", "exec", "exit", "truncate", "frames"],
]);

/** Whether the pages of a trace with these events are a machine's affair. @internal */
export function wantsMachine(events: Readonly<Record<string, number>>): boolean {
  return Object.keys(events).some((name) => CALLS.has(name));
}

/** One point's run. @internal */
interface Run {
  result: RunResult;
  /** The most frames that were in use. */
  peak: number;
  failure: PagewalkError | undefined;
}

/** Points that whole machines made, each replaying the trace by itself. @internal */
export interface MachineCurves {
  /** The run without a limit of frames. */
  whole: Run;
  curves: Curve[];
  machine: Config;
  /** What ended it early. */
  failure: PagewalkError | undefined;
}

/**
 * Replays a trace on a machine for each policy and size, and first on one without a limit of frames, which says how many sizes there are
 * where none were asked for.
 *
 * @throws PagewalkError `E_OPTION` for what is known of plain accesses only, as opt, which would have to know what a machine is asked later @internal
 */
export async function curvesOfMachines(
  source: Trace | Interleaved,
  plan: CurvePlan,
  options: CurveOptions,
  module: CompiledCore | undefined,
): Promise<MachineCurves> {
  const wrong = unableOf(plan);
  if (wrong.length > 0) {
    const message = `curve: ${wrong.join("; ")}; ${source.name} is replayed on a whole machine, for it has mappings or processes that fork, or one was asked for`;
    throw new PagewalkError("E_OPTION", message, {}, wrong);
  }
  const machine = configOf(options);
  const run = (frames: number | null, policy: string) =>
    runOnce(source, { ...machine, memory: { ...machine.memory, frames, policy } }, options, module);
  const whole = await run(null, "lru");
  const curves: Curve[] = [];
  let { failure } = whole;
  for (const choice of plan.policies) {
    const curve = curveFor(curves, choice);
    for (const frames of choice.policy === "ws" ? [null] : (plan.frames ?? powersUpTo(whole.peak))) {
      if (failure?.code === "E_ABORTED") break;
      const point = await run(frames, choice.text);
      failure = point.failure ?? failure;
      if (point.failure?.code !== "E_ABORTED") curve.points.push(pointOf(choice, frames, point));
    }
  }
  for (const { points } of curves) points.sort((a, b) => (a.tau ?? 0) - (b.tau ?? 0));
  return { whole, curves, machine, failure };
}

/** What was asked for that whole machines do not tell. */
function unableOf({ policies, shards, windows }: CurvePlan): string[] {
  return [
    ...(policies.some(({ policy }) => policy === "opt")
      ? ["opt knows the future of plain accesses only; want another policy"]
      : []),
    ...(shards === undefined ? [] : ["shards is a sample of plain accesses only; want every page"]),
    ...(windows
      ? ["working sets against windows are told of plain accesses only; want the policy ws:TAU"]
      : []),
  ];
}

/** The machine asked for, or one with no TLBs; what the options say of the curve itself comes over it. */
function configOf({ machine = {}, pageSize, count, seed }: CurveOptions): Config {
  return resolveConfig(machine, {
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(count === undefined ? {} : { count }),
    ...(seed === undefined ? {} : { seed }),
  });
}

/** Points of one policy are one curve; so are those of `ws`, whatever their TAU. */
function curveFor(curves: Curve[], { policy, text }: ReplacementChoice): Curve {
  const name = policy === "ws" ? "ws" : text;
  const known = curves.find((curve) => curve.policy === name);
  if (known) return known;
  const curve = { policy: name, points: [] };
  curves.push(curve);
  return curve;
}

function pointOf({ parameter }: ReplacementChoice, frames: number | null, { result, peak }: Run): CurvePoint {
  const { faults, paging } = result;
  return {
    ...(frames === null ? { tau: parameter, frames: peak } : { frames }),
    faults: faults.minor + faults.major,
    writes: paging.pageOuts,
    evictions: paging.evictions,
    outOfMemory: paging.outOfMemory,
  };
}

async function runOnce(
  source: Trace | Interleaved,
  config: Config,
  { signal, onProgress }: CurveOptions,
  module: CompiledCore | undefined,
): Promise<Run> {
  const machine = await Machine.create(config, module ? { module } : {});
  const peak = () => machine.core.exports.peakResident.value >>> 0;
  try {
    const options = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
    const result = await replay(machine, source, options);
    return { result, peak: Math.max(peak(), result.paging.resident), failure: undefined };
  } catch (thrown) {
    if (!(thrown instanceof PartialError)) throw thrown;
    const result = thrown.partial as RunResult;
    return { result, peak: Math.max(peak(), result.paging.resident), failure: thrown };
  }
}
