import type { Config, ConfigInput } from "../config/model.js";
import type { CompiledCore } from "../engine/core.js";
import { Machine } from "../engine/machine.js";
import type { PagewalkError } from "../errors.js";
import type { Interleaved } from "../trace/interleave.js";
import { PartialError } from "../trace/read.js";
import type { Trace } from "../trace/trace.js";
import { type ReplayOptions, type RunResult, replay } from "./replay.js";

/** One machine's run. @internal */
export interface Run {
  result: RunResult;
  /** The most frames that were in use. */
  peak: number;
  /** What ended it early. */
  failure: PagewalkError | undefined;
}

/**
 * Replays a trace on a machine of its own.
 *
 * @throws PagewalkError for a machine that there cannot be, and a trace that cannot be opened, or holds nothing
 * @internal
 */
export async function replayOnce(
  config: Config | ConfigInput,
  trace: Trace | Interleaved,
  options: ReplayOptions,
  module: CompiledCore | undefined,
): Promise<Run> {
  const machine = await Machine.create(config, module ? { module } : {});
  let failure: PagewalkError | undefined;
  const result = await replay(machine, trace, options).catch((thrown) => {
    if (!(thrown instanceof PartialError)) throw thrown;
    failure = thrown;
    return thrown.partial as RunResult;
  });
  const peak = machine.core.exports.peakResident.value >>> 0;
  return { result, peak: Math.max(peak, result.paging.resident), failure };
}
