import type { Config } from "../config/model.js";
import type { ReplacementChoice } from "../config/replacement.js";
import { Crew } from "../crew/crew.js";
import { type Failure, failureOf } from "../crew/failure.js";
import { openShared, type SharedSource } from "../crew/kept.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { type Run, replayOnce } from "../replay/once.js";
import { countsOf, openLookups, openPool, type PoolCounts, type PoolPlan, tooMuch } from "./pool.js";
import { readRing, type SharedRing } from "./ring.js";

/** A policy with a size; `ws` has none. @internal */
export interface PoolSpec {
  choice: ReplacementChoice;
  frames: number | undefined;
}

/** What a worker is asked for: pools side by side, as one of a ring's readers, or a point by a whole machine. @internal */
export type Task =
  | { what: "pools"; ring: SharedRing; reader: number; pools: PoolSpec[]; plan: PoolPlan }
  | { what: "point"; trace: SharedSource; config: Config };

/** What a point takes of a machine's run. @internal */
export interface PointRun extends Pick<Run, "peak"> {
  result: Pick<Run["result"], "faults" | "paging">;
}

/** What a task came to. @internal */
export type Answer =
  | { what: "pools"; counts: PoolCounts[] }
  | { what: "point"; run: PointRun; failure: Failure | undefined }
  | { what: "failure"; failure: Failure };

/** The workers' code as it was built, seen from src/ and from dist/ alike. */
const WORKER = new URL("../../dist/curve/worker.js", import.meta.url);

/** @internal */
export function hire(module: CompiledCore, jobs: number): Crew<Task, Answer> {
  return new Crew({ module, jobs, worker: WORKER, perform });
}

/** Does a task, in a core of its own. @internal */
export async function perform(task: Task, module: CompiledCore): Promise<Answer> {
  try {
    return task.what === "pools" ? await pools(task, module) : await point(task, module);
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    return { what: "failure", failure: failureOf(thrown) };
  }
}

async function pools(task: Task & { what: "pools" }, module: CompiledCore): Promise<Answer> {
  const { ring, reader, plan } = task;
  const core = await Core.create(module);
  const { exports, enums } = core;
  openLookups(core, plan);
  const { seed } = plan.config;
  const opened = task.pools.map(({ choice, frames }, number) =>
    openPool(core, choice, frames, { number, seed }),
  );
  readRing(core, ring, reader, () => {
    if (exports.readyPools() !== enums.Status.Ok) throw tooMuch(core);
    for (const { number } of opened) exports.lookPool(number, 0);
  });
  return { what: "pools", counts: opened.map((pool) => countsOf(core, pool)) };
}

async function point({ trace, config }: Task & { what: "point" }, module: CompiledCore): Promise<Answer> {
  const { result, peak, failure } = await replayOnce(config, openShared(trace), {}, module);
  const { faults, paging } = result;
  const run = { result: { faults, paging }, peak };
  return { what: "point", run, failure: failure && failureOf(failure) };
}
