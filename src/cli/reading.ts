import type { PagewalkError } from "../errors.js";
import { PartialError, type Progress } from "../trace/read.js";
import { EXIT } from "./exit.js";
import type { TraceFlags } from "./options.js";
import { note } from "./output.js";
import { type ProgressBar, progressBar } from "./progress.js";

/** A result, and the error that ended the reading behind it. */
export interface Reading<R> {
  result: R;
  failure?: PagewalkError;
}

/** Runs a long reading with a progress bar, and tells how many bad records it passed over. */
export async function reading<R extends { trace: { skipped: number } }>(
  flags: TraceFlags,
  read: (options: LongOptions<Progress>) => Promise<R>,
): Promise<Reading<R>> {
  const outcome = await interruptible(await progressBar(flags), read);
  tellSkipped(outcome.result.trace.skipped, flags);
  return outcome;
}

export function tellSkipped(skipped: number, flags: TraceFlags): void {
  if (skipped > 0) note(`${skipped} bad ${skipped === 1 ? "record was" : "records were"} passed over`, flags);
}

interface LongOptions<P> {
  onProgress: (progress: P) => void;
  signal: AbortSignal;
}

/** Runs a long call, and ends it on Ctrl-C with what was counted so far. A second Ctrl-C ends the program. */
export async function interruptible<R, P>(
  bar: ProgressBar<P>,
  call: (options: LongOptions<P>) => Promise<R>,
): Promise<Reading<R>> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  try {
    const options = { onProgress: (progress: P) => bar.update(progress), signal: controller.signal };
    return { result: await call(options) };
  } catch (thrown) {
    if (!(thrown instanceof PartialError)) throw thrown;
    return { result: thrown.partial as R, failure: thrown };
  } finally {
    process.off("SIGINT", interrupt);
    bar.stop();
  }
}
