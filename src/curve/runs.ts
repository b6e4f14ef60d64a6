import type { Config } from "../config/model.js";
import { resolveConfig } from "../config/resolve.js";
import { errorOf } from "../crew/failure.js";
import { decoded, lasts, type SharedSource } from "../crew/kept.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { type Run, replayOnce } from "../replay/once.js";
import type { ReadOptions } from "../trace/read.js";
import type { Asked } from "./curve.js";
import { type Answer, hire, type PointRun } from "./tasks.js";

/** Accesses of all runs together that are worth a worker: some tenths of a second. */
const ACCESSES_A_WORKER = 2 ** 22;

/** What became of a point: its run, which is missing where it was not made to its end, and what went wrong. @internal */
export interface Made {
  run?: PointRun;
  failure?: PagewalkError | undefined;
}

/** A run in this thread. @internal */
export function runHere({ source, options }: Asked, config: Config): Promise<Run> {
  return replayOnce(config, source, readOptions(options), options.module);
}

/** A trace as workers read it, and the core that they share. */
interface Shared {
  trace: SharedSource;
  module: CompiledCore;
}

/**
 * Runs a machine of each of `configs`, in this thread one after the other, or by workers where `accesses` of each of them pay. Behind one
 * that a signal ends none is made.
 *
 * @throws PagewalkError for a machine that there cannot be
 * @internal
 */
export async function runsOf(asked: Asked, configs: readonly Config[], accesses: number): Promise<Made[]> {
  for (const config of configs) resolveConfig(config);
  const paying = Math.floor((configs.length * accesses) / ACCESSES_A_WORKER);
  const workers = Math.min(asked.jobs, configs.length, paying);
  if (workers < 2 || !(await lasts(asked.source))) return inTurn(asked, configs);
  try {
    const shared = await share(asked);
    return shared ? await byWorkers(asked, configs, shared, workers) : await inTurn(asked, configs);
  } catch (thrown) {
    // So ends the decoding only.
    if (thrown instanceof PagewalkError && thrown.code === "E_ABORTED") return [{ failure: thrown }];
    throw thrown;
  }
}

async function inTurn(asked: Asked, configs: readonly Config[]): Promise<Made[]> {
  const made: Made[] = [];
  for (const config of configs) {
    const run = await runHere(asked, config);
    const { failure } = run;
    if (failure?.code === "E_ABORTED") return [...made, { failure }];
    made.push({ run, failure });
  }
  return made;
}

/** Undefined where workers cannot read the trace. @throws PagewalkError `E_ABORTED` */
async function share({ source, options }: Asked): Promise<Shared | undefined> {
  const core = await Core.create(options.module);
  const { module } = core;
  const { source: trace, reading } = await decoded(source, core, readOptions(options));
  if (reading?.interrupted && reading.failure) throw reading.failure;
  const isWhole = !reading?.failure || reading.failure.code === "E_TRACE";
  return trace && isWhole ? { trace, module } : undefined;
}

async function byWorkers(
  { options }: Asked,
  configs: readonly Config[],
  { trace, module }: Shared,
  workers: number,
): Promise<Made[]> {
  const { signal = new AbortController().signal } = options;
  const crew = hire(module, workers);
  const make = async (config: Config): Promise<Made> => {
    let answer: Answer;
    try {
      answer = await crew.run({ what: "point", trace, config }, signal);
    } catch (thrown) {
      if (thrown instanceof PagewalkError) return { failure: thrown };
      throw thrown;
    }
    if (answer.what !== "point") throw errorOf((answer as Answer & { what: "failure" }).failure);
    const { run, failure } = answer;
    return { run, failure: failure && errorOf(failure) };
  };
  try {
    const ended = await Promise.allSettled(configs.map(make));
    return ended.map((each) => {
      if (each.status === "rejected") throw each.reason;
      return each.value;
    });
  } finally {
    await crew.close();
  }
}

function readOptions({ signal, onProgress }: ReadOptions): ReadOptions {
  return { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
}
