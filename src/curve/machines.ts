import type { Config } from "../config/model.js";
import type { ReplacementChoice } from "../config/replacement.js";
import { resolveConfig } from "../config/resolve.js";
import { PagewalkError } from "../errors.js";
import type { Run } from "../replay/once.js";
import type { Asked, Curve, CurveOptions, CurvePoint } from "./curve.js";
import { type CurvePlan, curveName, powersUpTo } from "./options.js";
import { runHere, runsOf } from "./runs.js";
import type { PointRun } from "./tasks.js";

/** Events that change which pages there are: pools of frames know nothing of them. */
const CALLS = new Set([
  ...["mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "sbrk", "mlock", "munlock"],
  ...["fork", "vfork", "exec", "exit", "truncate", "frames"],
]);

/** Whether the pages of a trace with these events are a machine's affair. @internal */
export function wantsMachine(events: Readonly<Record<string, number>>): boolean {
  return Object.keys(events).some((name) => CALLS.has(name));
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

/** A policy with a size, without one for `ws`. */
interface Point {
  choice: ReplacementChoice;
  frames: number | null;
}

/**
 * Replays a trace on a machine for each policy and size, and first on one without a limit of frames, which says how many sizes there are
 * where none were asked for.
 *
 * @throws PagewalkError `E_OPTION` for what is known of plain accesses only, as opt, which would have to know what a machine is asked later @internal
 */
export async function curvesOfMachines(asked: Asked): Promise<MachineCurves> {
  const { source, plan, options } = asked;
  const wrong = unableOf(plan);
  if (wrong.length > 0) {
    const message = `curve: ${wrong.join("; ")}; ${source.name} is replayed on a whole machine, for it has mappings or processes that fork, or one was asked for`;
    throw new PagewalkError("E_OPTION", message, {}, wrong);
  }
  const machine = configOf(options);
  const configFor = (frames: number | null, policy: string): Config => ({
    ...machine,
    memory: { ...machine.memory, frames, policy },
  });
  const whole = await runHere(asked, configFor(null, "lru"));
  const points = plan.policies.flatMap((choice): Point[] => {
    if (choice.policy === "ws") return [{ choice, frames: null }];
    return (plan.frames ?? powersUpTo(whole.peak)).map((frames) => ({ choice, frames }));
  });
  const configs = points.map(({ choice, frames }) => configFor(frames, choice.text));
  const isOver = whole.failure?.code === "E_ABORTED";
  const made = isOver ? [] : await runsOf(asked, configs, whole.result.trace.accesses);
  const curves = new Map(
    plan.policies.map(curveName).map((policy) => [policy, { policy, points: [] } as Curve]),
  );
  let { failure } = whole;
  for (const [i, { run, failure: its }] of made.entries()) {
    const { choice, frames } = points[i] as Point;
    failure = its ?? failure;
    if (run) curves.get(curveName(choice))?.points.push(pointOf(choice, frames, run));
  }
  for (const { points } of curves.values()) points.sort((a, b) => (a.tau ?? 0) - (b.tau ?? 0));
  return { whole, curves: [...curves.values()], machine, failure };
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

function pointOf(
  { parameter }: ReplacementChoice,
  frames: number | null,
  { result, peak }: PointRun,
): CurvePoint {
  const { faults, paging } = result;
  return {
    ...(frames === null ? { tau: parameter, frames: peak } : { frames }),
    faults: faults.minor + faults.major,
    writes: paging.pageOuts,
    evictions: paging.evictions,
    outOfMemory: paging.outOfMemory,
  };
}
